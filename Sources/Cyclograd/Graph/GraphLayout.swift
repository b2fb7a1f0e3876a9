/// An error about one part of a graph, before its place in a file is known.
struct GraphPartError: Error {
  var part: GraphPart
  var code: CyclogradError.Code = .invalidGraph
  var subject: String?
  var message: String
  var advice: String?
}

/// How the neurons and units of a graph are numbered in the file's order.
struct GraphLayout: Sendable {
  struct Entry: Sendable {
    var group: Group
    var firstNeuron: Int
    var firstUnit: Int
    var size: Int
    var unitsPerNeuron: Int { group.units.count }
  }

  private(set) var entries: [Entry] = []
  private(set) var indexOfGroup: [String: Int] = [:]
  private(set) var neuronCount = 0
  private(set) var unitCount = 0

  /// The most neurons, units and edges that the index type can number.
  static let indexLimit = Int(Int32.max) - 1

  /// - Parameter isHeldWhole: whether all units are to be held by this process.
  init(_ groups: [Group], isHeldWhole: Bool = true) throws(GraphPartError) {
    guard !groups.isEmpty else {
      throw GraphPartError(
        part: .graph, message: "the graph has no groups", advice: "add at least one group")
    }
    for (index, group) in groups.enumerated() {
      try Self.check(group, index)
      guard indexOfGroup.updateValue(index, forKey: group.name) == nil else {
        throw GraphPartError(
          part: .group(index), subject: "group \(group.name)",
          message: "another group has the same name", advice: "rename one of them")
      }
      let (units, overflow) = group.size.multipliedReportingOverflow(by: group.units.count)
      guard !overflow, units <= Self.indexLimit - unitCount else {
        throw GraphPartError(
          part: .group(index), code: .tooLarge, subject: "group \(group.name)",
          message: "the graph has more than \(Self.indexLimit) units",
          advice: "make the groups smaller")
      }
      entries.append(
        Entry(group: group, firstNeuron: neuronCount, firstUnit: unitCount, size: group.size))
      neuronCount += group.size
      unitCount += units
    }
    if isHeldWhole { try MemoryBudget.check(edges: 0, units: unitCount) }
    try checkNames()
    try checkPrefixes()
  }

  /// `a` and `a.b` cannot both be groups: what begins with `a.` is in an instance named `a`.
  private func checkPrefixes() throws(GraphPartError) {
    for (index, entry) in entries.enumerated() {
      var prefix = entry.group.name[...]
      while let dot = prefix.lastIndex(of: ".") {
        prefix = prefix[..<dot]
        guard let other = indexOfGroup[String(prefix)] else { continue }
        throw GraphPartError(
          part: .group(other), subject: "group \(prefix)",
          message: "the instance of group \(entries[index].group.name) has the same name",
          advice: "rename one of them")
      }
    }
  }

  private static func check(_ group: Group, _ index: Int) throws(GraphPartError) {
    func fail(_ message: String, _ advice: String) throws(GraphPartError) {
      throw GraphPartError(
        part: .group(index), subject: "group \(group.name)", message: message, advice: advice)
    }
    if group.name.isEmpty { try fail("the group has no name", "give it one") }
    if !(1...3).contains(group.shape.count) {
      try fail(
        "the shape has \(group.shape.count) extents",
        "give [size], [rows, columns] or [channels, rows, columns]")
    }
    if let extent = group.shape.first(where: { $0 < 1 }) {
      try fail("the size \(extent) is not positive", "give at least 1 neuron")
    }
    if group.units.isEmpty { try fail("the group has no units", "give at least one") }
    if !(group.timeConstant > 0 && group.timeConstant.isFinite) {
      try fail(
        "the time constant is \(group.timeConstant)", "give a positive, finite number")
    }
    if group.combine == .select, group.units.count % 2 != 0 {
      try fail(
        "it selects by half of its units, but has \(group.units.count)",
        "give as many values as keys: an even number of units")
    }
    for unit in group.units {
      if let invalidity = unit.activation.invalidity {
        try fail(invalidity, "give finite numbers in order")
      }
      if unit.activation == .softmax && group.units.count > 1 {
        try fail(
          "softmax acts on a group of neurons with one unit each",
          "give the group one unit, or multiply in a second group")
      }
    }
  }

  /// The group of a neuron (in the file's numbering) and its index there.
  func locate(neuron: Int) -> (group: Int, index: Int) {
    let group = max(0, entries.indices.partitioningIndex { entries[$0].firstNeuron > neuron } - 1)
    return (group, neuron - entries[group].firstNeuron)
  }

  /// The units of neighbouring neurons, in the file's numbering.
  func units(of neurons: Range<Int>) -> Range<Int> {
    firstUnit(ofNeuron: neurons.lowerBound)..<firstUnit(ofNeuron: neurons.upperBound)
  }

  /// How many units neighbouring neurons have.
  func unitCount(of neurons: Range<Int>) -> Int { units(of: neurons).count }

  /// The neuron of a unit, and which of its units it is.
  func locate(unit: Int) -> (neuron: Int, unit: Int) {
    let entry = entries[entries.indices.partitioningIndex { entries[$0].firstUnit > unit } - 1]
    let place = unit - entry.firstUnit
    return (entry.firstNeuron + place / entry.unitsPerNeuron, place % entry.unitsPerNeuron)
  }

  private func firstUnit(ofNeuron neuron: Int) -> Int {
    guard neuron < neuronCount else { return unitCount }
    let (group, index) = locate(neuron: neuron)
    return entries[group].firstUnit + index * entries[group].unitsPerNeuron
  }

  /// The neuron's own name, or `group.index` where its group names none.
  func name(ofNeuron neuron: Int) -> String {
    let (group, index) = locate(neuron: neuron)
    if case .list(let names)? = entries[group].group.neuronNames { return names[index] }
    return "\(entries[group].group.name).\(index)"
  }

  /// The entry of a group by name.
  func entry(
    named name: String, of part: GraphPart, _ subject: String
  ) throws(GraphPartError) -> Entry {
    guard let index = indexOfGroup[name] else {
      let parts = entries.map(\.group.name).filter { $0.hasPrefix(name + ".") }
      if !parts.isEmpty {
        throw GraphPartError(
          part: part, subject: subject,
          message: "the instance '\(name)' is no single group here",
          advice: "name one of its groups: " + parts.prefix(12).joined(separator: ", ")
            + (parts.count > 12 ? ", …" : ""))
      }
      let known = entries.prefix(12).map(\.group.name).joined(separator: ", ")
      throw GraphPartError(
        part: part, subject: subject, message: "there is no group named '\(name)'",
        advice: "the groups are \(known)\(entries.count > 12 ? ", …" : "")")
    }
    return entries[index]
  }

  /// A neuron's number in the file's order.
  func neuron(
    _ reference: NeuronReference, of part: GraphPart, _ subject: String
  ) throws(GraphPartError) -> Int {
    let entry = try entry(named: reference.group, of: part, subject)
    guard (0..<entry.size).contains(reference.index) else {
      throw GraphPartError(
        part: part, subject: subject, message: "there is no neuron \(reference)",
        advice: "\(reference.group) has the neurons 0 to \(entry.size - 1)")
    }
    return entry.firstNeuron + reference.index
  }

  /// The neurons of a list, or those of the groups that have a role.
  func neurons(
    _ ranges: [NeuronRange]?, role: Group.Role, of part: GraphPart, _ subject: String
  ) throws(GraphPartError) -> [Int32] {
    let withRole = entries.filter { $0.group.role.contains(role) }
    guard let ranges else {
      return withRole.flatMap { entry in
        (entry.firstNeuron..<entry.firstNeuron + entry.size).map { Int32($0) }
      }
    }
    var result: [Int32] = []
    for range in ranges {
      let entry = try entry(named: range.group, of: part, subject)
      let indices = range.indices ?? 0...entry.size - 1
      guard indices.lowerBound >= 0, indices.upperBound < entry.size else {
        throw GraphPartError(
          part: part, subject: subject, message: "\(range) goes beyond its group",
          advice: "\(range.group) has the neurons 0 to \(entry.size - 1)")
      }
      result += indices.map { Int32(entry.firstNeuron + $0) }
    }
    if let repeated = Self.firstRepetition(in: result) {
      throw GraphPartError(
        part: part, subject: subject,
        message: "neuron \(name(ofNeuron: Int(repeated))) is listed twice",
        advice: "list each neuron once")
    }
    // A role beside the list must say the same; the list then gives the order.
    let listed = Set(result)
    for entry in withRole {
      let missing = (entry.firstNeuron..<entry.firstNeuron + entry.size)
        .first { !listed.contains(Int32($0)) }
      if missing != nil || listed.count != withRole.reduce(0, { $0 + $1.size }) {
        throw GraphPartError(
          part: part, subject: subject,
          message: "the list and the role of group \(entry.group.name) contradict each other",
          advice: "keep one of the two")
      }
    }
    return result
  }

  private static func firstRepetition(in neurons: [Int32]) -> Int32? {
    var seen = Set<Int32>(minimumCapacity: neurons.count)
    return neurons.first { !seen.insert($0).inserted }
  }
}

extension GraphLayout {
  /// The names of all neurons.
  var neuronNames: [String] { (0..<neuronCount).map { name(ofNeuron: $0) } }

  /// The names of all units: the neuron's, with `/unit` where a neuron has several.
  var unitNames: [String] {
    entries.flatMap { entry in
      (0..<entry.size).flatMap { index in
        (0..<entry.unitsPerNeuron).map { unit in
          let neuron = name(ofNeuron: entry.firstNeuron + index)
          return entry.unitsPerNeuron == 1 ? neuron : "\(neuron)/\(unit)"
        }
      }
    }
  }
}
