extension TangentBuilder {
  mutating func addPrimal(_ index: Int, _ group: Group) {
    var copy = group
    copy.role = []
    for unit in group.units.indices { copy.units[unit].bias = rules.bias(index, unit) }
    graph.groups.append(copy)
  }

  /// Adds a group with a neuron for each of another.
  mutating func add(_ group: Group, _ part: String, _ units: [Group.Unit]) -> String {
    addGroup(group.name, group.shape, part, .product, units)
  }

  private mutating func addGroup(
    _ primal: String, _ shape: [Int], _ part: String, _ combine: Group.Combination,
    _ units: [Group.Unit]
  ) -> String {
    var name = "d-\(primal)\(part)"
    while !names.insert(name).inserted { name += "-" }
    graph.groups.append(Group(name, shape: shape, combine: combine, units: units))
    return name
  }

  mutating func sum(
    _ from: String, to group: String, unit: Int = 0, sign: SharedRules.Constant = .one
  ) {
    graph.connections.append(
      Connection(
        from, to: group, unit: unit, .oneToOne, weight: rules.constant(sign, isWeight: true)))
  }

  mutating func addImage(_ index: Int, _ group: Group) {
    if seeds.contains(index) {
      let name = add(group, "", [Group.Unit(bias: rules.constant(.zero))])
      images[index] = Image(activation: name, entry: name, rows: [], copies: [])
      return
    }
    switch (group.units.count, group.combine) {
    case (1, _) where group.units[0].activation == .softmax: images[index] = softmax(index, group)
    case (1, _):
      var image = Image(activation: "", entry: "", rows: [[]], copies: [[]])
      image.activation = term(index, group, 0, "", &image)
      image.entry = image.activation
      images[index] = image
    case (_, .product): images[index] = product(index, group)
    case (_, .max): images[index] = selection(index, group, firstValue: 0)
    case (let count, .select): images[index] = selection(index, group, firstValue: count / 2)
    }
  }

  /// row × f′(copy) of one unit, and, in products, × the other units.
  private mutating func term(
    _ index: Int, _ group: Group, _ unit: Int, _ part: String, _ image: inout Image,
    others: [Int] = [], from copies: [String]? = nil
  ) -> String {
    var units = [Group.Unit(bias: rowBias(index, unit))]
    var ports: [(unit: Int, at: Int)] = []
    func see(_ other: Int, _ function: Activation, _ bias: ParameterRule) {
      ports.append((other, units.count))
      units.append(Group.Unit(function, bias: bias))
    }
    switch group.units[unit].activation {
    case .identity: break
    case .complement: units.append(Group.Unit(bias: rules.constant(.minusOne)))
    case let function where others.isEmpty:
      // The slope is no part of a cycle, so a neuron of its own evaluates it once.
      let slope = add(
        group, part + "-f",
        [Group.Unit(function.derivative ?? function, bias: rules.bias(index, unit))])
      image.copies[unit].append(Port(group: slope, unit: 0))
      units.append(Group.Unit(bias: rules.constant(.zero)))
      let name = add(group, part, units)
      image.rows[unit].append(Port(group: name, unit: 0))
      sum(slope, to: name, unit: 1)
      return name
    case let function:
      see(
        unit, function.derivative ?? function,
        copies == nil ? rules.bias(index, unit) : rules.constant(.zero))
    }
    for other in others {
      see(
        other, group.units[other].activation,
        copies == nil ? rules.bias(index, other) : rules.constant(.zero))
    }
    let name = add(group, part, units)
    image.rows[unit].append(Port(group: name, unit: 0))
    for port in ports {
      if let copies {
        sum(copies[port.unit], to: name, unit: port.at)
      } else {
        image.copies[port.unit].append(Port(group: name, unit: port.at))
      }
    }
    return name
  }

  private mutating func product(_ index: Int, _ group: Group) -> Image {
    let count = group.units.count
    var image = Image(
      activation: "", entry: "", rows: Array(repeating: [], count: count),
      copies: Array(repeating: [], count: count))
    var copies: [String]?
    if count > 2 {
      // Each z is needed several times, so a neuron holds it.
      copies = (0..<count).map { unit in
        let name = add(group, "-z\(unit)", [Group.Unit(bias: rules.bias(index, unit))])
        image.copies[unit].append(Port(group: name, unit: 0))
        return name
      }
    }
    let terms = (0..<count).map { unit in
      term(
        index, group, unit, "-\(unit)", &image, others: (0..<count).filter { $0 != unit },
        from: copies)
    }
    image.entry = terms[0]
    image.activation = add(group, "", [Group.Unit(bias: rules.constant(.zero))])
    for term in terms { sum(term, to: image.activation) }
    return image
  }

  /// The change of the unit that counts, for a maximum or a selection.
  private mutating func selection(_ index: Int, _ group: Group, firstValue: Int) -> Image {
    let count = group.units.count
    let keys = firstValue == 0 ? count : firstValue
    var image = Image(
      activation: "", entry: "", rows: Array(repeating: [], count: count),
      copies: Array(repeating: [], count: count))
    let terms = (0..<keys).map { key in
      term(index, group, firstValue + key, "-\(key)", &image)
    }
    var units = (0..<keys).map { key in
      Group.Unit(group.units[key].activation, bias: rules.bias(index, key))
    }
    for _ in 0..<keys { units.append(Group.Unit(bias: rules.constant(.zero))) }
    image.activation = addGroup(group.name, group.shape, "", .select, units)
    for key in 0..<keys {
      image.copies[key].append(Port(group: image.activation, unit: key))
      sum(terms[key], to: image.activation, unit: keys + key)
    }
    // What enters a key changes nothing.
    image.entry =
      firstValue == 0 ? terms[0] : add(group, "-x", [Group.Unit(bias: rules.constant(.zero))])
    return image
  }

  private mutating func softmax(_ index: Int, _ group: Group) -> Image {
    let row = add(group, "-z", [Group.Unit(bias: rowBias(index, 0))])
    // The first rule of a name in the graph says the value, so it has to be made first, too.
    let zero = rules.constant(.zero)
    let weighted = add(group, "-p", [Group.Unit(bias: zero), Group.Unit(bias: zero)])
    let mean = addGroup(group.name, [1], "-m", .product, [Group.Unit(bias: zero)])
    let change = add(group, "", [Group.Unit(bias: zero), Group.Unit(bias: zero)])
    for name in [weighted, change] {
      sum(group.name, to: name)
      sum(row, to: name, unit: 1)
    }
    graph.connections.append(
      Connection(weighted, to: mean, .all, weight: rules.constant(.one, isWeight: true)))
    graph.connections.append(
      Connection(
        mean, to: change, unit: 1, .all, weight: rules.constant(.minusOne, isWeight: true)))
    return Image(
      activation: change, entry: row, rows: [[Port(group: row, unit: 0)]], copies: [[]])
  }
}
