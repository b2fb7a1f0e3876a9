import Cyclograd

extension ExpandedNetwork {
  /// A group for each block, or several where one rule cannot say the block's biases.
  func groups() -> [Group] {
    let lists = BiasLists(self)
    var result: [Group] = []
    var names = Set(blocks.map(\.name))
    var unit = 0
    for (index, block) in blocks.enumerated() {
      let width = block.activations.count
      func group(_ name: String, _ shape: [Int], _ neurons: Range<Int>) -> Group {
        block.group(
          name, shape: shape,
          units: (0..<width).map { offset in
            let places = neurons.map { unit + $0 * width + offset }
            return .init(block.activations[offset], bias: biasRule(places, lists))
          })
      }
      let runs = lists.areWhole[index] ? [0..<block.size] : runs(of: block, firstUnit: unit)
      for (part, run) in runs.enumerated() {
        let isWhole = run.count == block.size
        let name = isWhole ? block.name : Self.unused("\(block.name)-\(part)", &names)
        result.append(group(name, isWhole ? block.shape : [run.count], run))
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

  private func biasRule(_ places: [Int], _ lists: BiasLists) -> ParameterRule {
    guard !biases.isEmpty, let first = places.first else { return .default }
    let marks = places.map { self.marks($0) }
    let isUniform = marks.allSatisfy { $0 == marks[0] }
    // Where a softmax could not be divided, nothing is drawn, and its ties are given up.
    let values = places.map { isUniform || !biases[$0].isNaN ? biases[$0] : 0 }
    var rule: ParameterRule
    if isUniform, marks[0].isDrawn {
      rule = ParameterRule(.uniform(lower: -1, upper: 1, scaled: .fanIn))
    } else if values.allSatisfy({ $0.bitPattern == values[0].bitPattern }) {
      rule = values[0] == 0 && !marks[0].isFrozen ? .default : ParameterRule(.constant(values[0]))
    } else {
      rule = ParameterRule(.list(values))
    }
    if marks.allSatisfy(\.isFrozen) { rule.isTrainable = false }
    let ties = marks.map(\.tie)
    if isUniform, ties[0] >= 0 {
      rule.initial =
        tieValues.isEmpty ? rule.initial ?? .constant(0) : .constant(tieValues[Int(ties[0])])
      rule.factor = marks[0].factor
      rule.tying = .single
      rule.share = "bias-\(ties[0])"
    } else if let list = lists.name(ofListAt: first, ties) {
      rule.initial = .list(tieValues.isEmpty ? values : ties.map { tieValues[Int($0)] })
      rule.factor = marks[0].factor
      rule.share = list
    }
    return rule
  }
}

/// Biases that whole groups have in common, neuron by neuron: `share` without a tying, as instances of a module and lists have
/// it. Written neuron by neuron, each would be a group of its own, and a softmax over one neuron is another network.
private struct BiasLists {
  /// For each block whether a rule for each of its units says all of its biases.
  private(set) var areWhole: [Bool] = []
  /// The name of the list that begins with a tie.
  private var names: [Int32: String] = [:]

  init(_ network: ExpandedNetwork) {
    var lists: [[[Int32]]] = []
    var listOfTie: [Int32: [Int32]] = [:]
    var broken: Set<Int32> = []
    var unit = 0
    for block in network.blocks {
      let width = block.activations.count
      lists.append(
        (0..<width).map { offset in
          (0..<block.size).map { network.marks(unit + $0 * width + offset).tie }
        })
      unit += block.size * width
    }
    for list in lists.joined() {
      let isList = Set(list).count == list.count && list.allSatisfy { $0 >= 0 }
      for tie in list where tie >= 0 {
        if !isList || listOfTie[tie, default: list] != list { broken.insert(tie) }
        listOfTie[tie] = list
      }
    }
    unit = 0
    for (block, lists) in zip(network.blocks, lists) {
      let width = block.activations.count
      let units = unit..<unit + block.size * width
      unit = units.upperBound
      let isSoftmax = block.activations == [.softmax]
      areWhole.append(
        lists.enumerated().allSatisfy { offset, list in
          let marks = stride(from: units.lowerBound + offset, to: units.upperBound, by: width)
            .map { network.marks($0) }
          guard
            marks.allSatisfy({
              $0.factor == marks[0].factor && $0.isFrozen == marks[0].isFrozen
                && $0.isDrawn == marks[0].isDrawn
            })
          else { return isSoftmax }
          if list.allSatisfy({ $0 == list[0] }) { return true }
          guard Set(list).count == list.count, list.allSatisfy({ $0 >= 0 && !broken.contains($0) })
          else { return isSoftmax }
          names[list[0]] = "biases-\(list[0])"
          return true
        })
    }
  }

  /// The name of the list that some ties are, if they are one.
  func name(ofListAt unit: Int, _ ties: [Int32]) -> String? {
    ties.count > 1 && Set(ties).count == ties.count ? ties.first.flatMap { names[$0] } : nil
  }
}
