import Cyclograd

extension ExpandedNetwork {
  /// A group for each block, or several where one rule cannot say the block's biases.
  func groups() -> [Group] {
    let hasMarks = hasBiasMarks
    let tyings = BiasTyings(self, hasMarks: hasMarks)
    var result: [Group] = []
    var names = Set(blocks.map(\.name))
    var unit = 0
    for (index, block) in blocks.enumerated() {
      let width = block.activations.count
      let whole = tyings.ofBlocks[index]
      let runs = whole == nil ? runs(of: block, firstUnit: unit) : [0..<block.size]
      for (part, run) in runs.enumerated() {
        let isWhole = run.count == block.size
        let units = (0..<width).map { offset in
          let places = run.map { unit + $0 * width + offset }
          let tie = marks(places[0]).tie
          return Group.Unit(
            block.activations[offset],
            bias: biasRule(
              places, whole?[offset] ?? (tie < 0 ? .own : .single(tie)), hasMarks: hasMarks))
        }
        result.append(
          block.group(
            isWhole ? block.name : Self.unused("\(block.name)-\(part)", &names),
            shape: isWhole ? block.shape : [run.count], units: units))
      }
      unit += block.size * width
    }
    return result
  }

  /// Neurons that follow one another and whose biases have all in common but their values.
  private func runs(of block: Block, firstUnit: Int) -> [Range<Int>] {
    let width = block.activations.count
    var runs: [Range<Int>] = []
    var start = 0
    for index in 1...block.size {
      let isSame =
        index < block.size
        && (0..<width).allSatisfy {
          marks(firstUnit + start * width + $0) == marks(firstUnit + index * width + $0)
        }
      guard !isSame else { continue }
      runs.append(start..<index)
      start = index
    }
    return runs
  }

  /// Groups with the names of their neurons, where the file has any, or where a block has come apart, whose neurons keep
  /// theirs.
  func named(_ groups: [Group]) -> [Group] {
    guard let names = names ?? (groups.count > blocks.count ? Self.ownNames(blocks) : nil) else {
      return groups
    }
    var groups = groups
    var next = 0
    for index in groups.indices {
      let own = Array(names[next..<next + groups[index].size])
      next += own.count
      let isPlain = own.enumerated().allSatisfy { $1 == "\(groups[index].name).\($0)" }
      if !isPlain { groups[index].neuronNames = .list(own) }
    }
    return groups
  }

  private static func unused(_ name: String, _ names: inout Set<String>) -> String {
    var candidate = name
    while !names.insert(candidate).inserted { candidate += "-" }
    return candidate
  }

  /// What biases have in common that one rule can say.
  fileprivate struct Marks: Hashable {
    var tie: Int32
    var factor: Double
    var isFrozen: Bool
    var isDrawn: Bool
  }

  fileprivate func marks(_ unit: Int) -> Marks {
    Marks(
      tie: biasTies.isEmpty ? -1 : biasTies[unit],
      factor: biasFactors.isEmpty ? 1 : biasFactors[unit],
      isFrozen: frozenBiases.isEmpty ? false : frozenBiases[unit],
      isDrawn: biases.isEmpty ? false : biases[unit].isNaN)
  }

  /// Whether biases may differ in more than their values.
  fileprivate var hasBiasMarks: Bool {
    !frozenBiases.isEmpty || !biasTies.isEmpty || biases.contains { $0.isNaN }
  }

  private func biasRule(
    _ places: [Int], _ tying: BiasTyings.Tying, hasMarks: Bool
  ) -> ParameterRule {
    guard !biases.isEmpty, let first = places.first else { return .default }
    guard hasMarks else {
      let values = places.map { biases[$0] }
      let isConstant = values.allSatisfy { $0.bitPattern == values[0].bitPattern }
      if isConstant { return values[0] == 0 ? .default : ParameterRule(.constant(values[0])) }
      return ParameterRule(.list(values))
    }
    let marks = places.map { self.marks($0) }
    // Where a softmax could not be divided, nothing is drawn.
    let isDrawn = marks.allSatisfy(\.isDrawn)
    let values = places.map { isDrawn || !biases[$0].isNaN ? biases[$0] : 0 }
    var rule: ParameterRule
    if isDrawn {
      rule = ParameterRule(.uniform(lower: -1, upper: 1, scaled: .fanIn))
    } else if values.allSatisfy({ $0.bitPattern == values[0].bitPattern }) {
      rule = values[0] == 0 && !marks[0].isFrozen ? .default : ParameterRule(.constant(values[0]))
    } else {
      rule = ParameterRule(.list(values))
    }
    if marks.allSatisfy(\.isFrozen) { rule.isTrainable = false }
    func value(_ tie: Int32, _ place: Int) -> Double {
      tieValues.isEmpty ? biases[place] : tieValues[Int(tie)]
    }
    switch tying {
    case .own: return rule
    case .single(let tie):
      if !isDrawn { rule.initial = .constant(value(tie, first)) }
      (rule.tying, rule.share) = (.single, "bias-\(tie)")
    case .list(let ties, let share):
      if !isDrawn { rule.initial = .list(zip(ties, places).map { value($0, $1) }) }
      rule.share = share
    case .kernel(let ties, let share):
      if !isDrawn {
        let width = places.count / ties.count
        rule.initial = .list(ties.enumerated().map { value($1, places[$0 * width]) })
      }
      (rule.tying, rule.share) = (.kernel, share)
    }
    if rule.share != nil { rule.factor = marks[0].factor }
    return rule
  }
}

/// What one rule can say of the biases that the neurons of a block have in common, among each other or with other blocks.
///
/// Written neuron by neuron, each would be a group of its own, and a softmax over one neuron is another network.
private struct BiasTyings {
  enum Tying {
    /// Each neuron has a parameter of its own, or its tie is given up.
    case own
    case single(Int32)
    /// One for each neuron, which other blocks have as well: `share` of lists, or of a module's instances.
    case list([Int32], share: String?)
    /// One for each channel.
    case kernel([Int32], share: String?)
  }

  /// For each block the tying of each of its units; `nil` where no rules can say it.
  private(set) var ofBlocks: [[Tying]?] = []

  init(_ network: ExpandedNetwork, hasMarks: Bool) {
    guard hasMarks else {
      ofBlocks = network.blocks.map { $0.activations.map { _ in .own } }
      return
    }
    var marks: [[[ExpandedNetwork.Marks]]] = []
    var unit = 0
    for block in network.blocks {
      let width = block.activations.count
      marks.append(
        (0..<width).map { offset in
          (0..<block.size).map { network.marks(unit + $0 * width + offset) }
        })
      unit += block.size * width
    }
    let lists = zip(network.blocks, marks).map { block, units in
      units.map { Self.list($0.map(\.tie), channels: block.channels) }
    }
    var listOfTie: [Int32: [Int32]] = [:]
    var uses: [Int32: Int] = [:]
    var broken: Set<Int32> = []
    for (units, unitLists) in zip(marks, lists) {
      for (unit, list) in zip(units, unitLists) {
        for tie in Set(unit.map(\.tie)) where tie >= 0 {
          if list == nil || listOfTie[tie, default: list ?? []] != list { broken.insert(tie) }
          listOfTie[tie] = list ?? []
          uses[tie, default: 0] += 1
        }
      }
    }
    for (index, block) in network.blocks.enumerated() {
      let tyings = zip(marks[index], lists[index]).map { unit, list -> Tying? in
        let first = unit[0]
        let isUniform = unit.allSatisfy {
          ($0.factor, $0.isFrozen, $0.isDrawn) == (first.factor, first.isFrozen, first.isDrawn)
        }
        guard isUniform, let list else { return nil }
        if list == [-1] { return .own }
        if unit.allSatisfy({ $0.tie == first.tie }) { return .single(first.tie) }
        guard list.allSatisfy({ !broken.contains($0) }) else { return nil }
        let isShared = uses[list[0], default: 0] > 1 || first.factor != 1
        let share = isShared ? "biases-\(list[0])" : nil
        return list.count == unit.count ? .list(list, share: share) : .kernel(list, share: share)
      }
      let isWhole = tyings.allSatisfy { $0 != nil }
      // A softmax stays together whatever is lost.
      let mustStay = block.activations == [.softmax]
      ofBlocks.append(isWhole || mustStay ? tyings.map { $0 ?? .own } : nil)
    }
  }

  /// The ties that are different, one for all, for each channel, or for each neuron; `nil` for other patterns.
  private static func list(_ ties: [Int32], channels: Int) -> [Int32]? {
    if ties.allSatisfy({ $0 == ties[0] }) { return [ties[0]] }
    func isList(_ list: [Int32]) -> Bool {
      list.allSatisfy { $0 >= 0 } && Set(list).count == list.count
    }
    if isList(ties) { return ties }
    guard channels > 1, ties.count % channels == 0 else { return nil }
    let width = ties.count / channels
    let heads = (0..<channels).map { ties[$0 * width] }
    return isList(heads) && ties.indices.allSatisfy { ties[$0] == heads[$0 / width] } ? heads : nil
  }
}

extension ExpandedNetwork.Block {
  /// Of the grid; 1 where it has none.
  fileprivate var channels: Int { shape.count == 3 ? shape[0] : 1 }
}
