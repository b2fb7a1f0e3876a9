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
      let runs =
        whole == nil && hasMarks ? runs(of: block, firstUnit: unit) : [0..<block.size]
      for (part, run) in runs.enumerated() {
        let isWhole = run.count == block.size
        let units = (0..<width).map { offset in
          // Where the file says nothing of biases, no neuron is looked at: numbers may go up to 2³¹ − 2.
          let places = biases.isEmpty ? [] : run.map { unit + $0 * width + offset }
          let tie = hasMarks ? marks(places[0]).tie : -1
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
  struct Marks: Hashable {
    var tie: Int32
    var factor: Double
    var isFrozen: Bool
    var isDrawn: Bool
  }

  func marks(_ unit: Int) -> Marks {
    Marks(
      tie: biasTies.isEmpty ? -1 : biasTies[unit],
      factor: biasFactors.isEmpty ? 1 : biasFactors[unit],
      isFrozen: frozenBiases.isEmpty ? false : frozenBiases[unit],
      isDrawn: biases.isEmpty ? false : biases[unit].isNaN)
  }

  /// Whether biases may differ in more than their values.
  private var hasBiasMarks: Bool {
    !biases.isEmpty
      && (!frozenBiases.isEmpty || !biasTies.isEmpty || biases.contains { $0.isNaN })
  }

  private func biasRule(
    _ places: [Int], _ tying: BiasTyings.Tying, hasMarks: Bool
  ) -> ParameterRule {
    guard !biases.isEmpty, let first = places.first else { return .default }
    guard hasMarks else { return rule(places.map { biases[$0] }, isFrozen: false) }
    let marks = places.map { self.marks($0) }
    // Where a softmax could not be divided, nothing is drawn.
    let isDrawn = marks.allSatisfy(\.isDrawn)
    let values = places.map { isDrawn || !biases[$0].isNaN ? biases[$0] : 0 }
    var rule =
      isDrawn
      ? ParameterRule(.uniform(lower: -1, upper: 1, scaled: .fanIn))
      : self.rule(values, isFrozen: marks[0].isFrozen)
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

  /// Biases that start from some values; one number where they are equal, and nothing where it is that of the default.
  private func rule(_ values: [Double], isFrozen: Bool) -> ParameterRule {
    guard values.allSatisfy({ $0.bitPattern == values[0].bitPattern }) else {
      return ParameterRule(.list(values))
    }
    return values[0] == 0 && !isFrozen ? .default : ParameterRule(.constant(values[0]))
  }
}
