/// Makes the parts of a network with many copies from those with five.
///
/// The third copy is the original. A copy that is put in before the last one has the rows of the original, shifted: the same
/// entries of W where all parameters of a row are tied, and entries of its own elsewhere. Parameters that are not tied
/// follow one another copy by copy. Everything else moves up by what is put in.
struct CopyUnrolling {
  /// The number of the original among the copies that were compiled.
  static let original = 2

  let small: NetworkParts
  let short: ShortenedGraph
  let copies: RepeatedCopies
  /// How many copies are put in.
  let added: Int
  /// Neurons, units, weights and biases of their own that each copy has.
  let neurons: Int
  let units: Int
  private var ownWeights = 0
  private var ownBiases = 0
  /// The first neuron and unit of the first copy.
  private let firstNeuron: Int
  let firstUnit: Int
  /// The first weight and bias of the original's own.
  private var firstOwnWeight = Int.max
  private var firstOwnBias = Int.max
  /// For each unit of a copy, whether all parameters of its row are those of other copies, too.
  private(set) var isShared: [Bool] = []

  /// `nil` where the original and the next copy differ by more than a shift, or share nothing.
  init?(_ small: NetworkParts, _ short: ShortenedGraph, _ copies: RepeatedCopies) {
    (self.small, self.short, self.copies) = (small, short, copies)
    added = copies.count - NetworkParts.compiledCopies
    let entries = zip(short.wholeGroup, small.layout.entries).filter {
      copies.place(ofGroup: $0.0)?.copy == 0
    }
    neurons = entries.reduce(0) { $0 + $1.1.size }
    units = entries.reduce(0) { $0 + $1.1.size * $1.1.unitsPerNeuron }
    firstNeuron = entries.reduce(Int.max) { first, entry in
      (entry.1.firstNeuron..<entry.1.firstNeuron + entry.1.size)
        .reduce(first) { min($0, Int(small.position[$1])) }
    }
    guard neurons > 0, let parameters = small.edgeParameter else { return nil }
    firstUnit = Int(small.unitStarts[firstNeuron])
    guard findOwnWeights(parameters), findOwnBiases(), hasEqualOutRows, isShared.contains(true)
    else { return nil }
  }

  func neuron(_ copy: Int) -> Int { firstNeuron + copy * neurons }
  func unit(_ copy: Int) -> Int { firstUnit + copy * units }

  // MARK: The original and the next copy

  private mutating func findOwnWeights(_ parameters: [Int32]) -> Bool {
    let (one, two) = (unit(Self.original), unit(Self.original + 1))
    var steps: Set<Int> = []
    for index in 0..<units {
      let (row, next) = (small.rows[one + index], small.rows[two + index])
      guard row.count == next.count else { return false }
      var isTied = true
      for (entry, nextEntry) in zip(row, next) {
        guard
          small.rows.columns[nextEntry] == small.rows.columns[entry] + Int32(neurons),
          small.factors.map({ $0.edges[entry] == $0.edges[nextEntry] }) ?? true
        else { return false }
        let (parameter, nextParameter) = (Int(parameters[entry]), Int(parameters[nextEntry]))
        if parameter == nextParameter { continue }
        isTied = false
        steps.insert(nextParameter - parameter)
        firstOwnWeight = min(firstOwnWeight, parameter)
      }
      isShared.append(isTied)
    }
    ownWeights = steps.first ?? 0
    return steps.count <= 1 && ownWeights >= 0
  }

  private mutating func findOwnBiases() -> Bool {
    let (one, two) = (unit(Self.original), unit(Self.original + 1))
    var steps: Set<Int> = []
    for index in 0..<units {
      let (bias, next) = (
        Int(small.biasParameter[one + index]), Int(small.biasParameter[two + index])
      )
      if bias == next { continue }
      steps.insert(next - bias)
      firstOwnBias = min(firstOwnBias, bias)
    }
    ownBiases = steps.first ?? 0
    return steps.count <= 1 && ownBiases >= 0
  }

  private var hasEqualOutRows: Bool {
    let (one, two) = (neuron(Self.original), neuron(Self.original + 1))
    return (0..<neurons).allSatisfy { index in
      let (row, next) = (small.outRows[one + index], small.outRows[two + index])
      return row.count == next.count
        && zip(row, next).allSatisfy {
          small.outRows.columns[$1] == small.outRows.columns[$0] + Int32(units)
        }
        && small.unitStarts[two + index] == small.unitStarts[one + index] + Int32(units)
    }
  }

  // MARK: The whole

  /// - Parameters:
  ///   - layout: of the whole graph.
  ///   - components: how many components a copy has.
  func parts(_ layout: GraphLayout, components: Int) -> NetworkParts {
    var parts = small
    parts.layout = layout
    parts.componentCount += added * components
    parts.unitStarts = inserted(
      small.unitStarts, neuron(Self.original), neuron(4), neurons, step: units)
    parts.neuronOfUnit = inserted(
      small.neuronOfUnit, unit(Self.original), unit(4), units, step: neurons)
    parts.weightParameterCount += added * ownWeights
    parts.initialValues = withOwn(small.initialValues)
    if !small.frozen.isEmpty { parts.frozen = withOwn(small.frozen) }
    addRows(&parts)
    addOutRows(&parts)
    addBiases(&parts)
    addStages(&parts)
    addPositions(&parts)
    return parts
  }

  /// A list of numbers that grow by `step` from a copy to the next, with those of the copies that are put in.
  private func inserted(
    _ list: [Int32], _ first: Int, _ place: Int, _ count: Int, step: Int
  ) -> [Int32] {
    var result = Array(list[..<place])
    result.reserveCapacity(list.count + added * count)
    for copy in 1...added {
      for number in list[first..<first + count] { result.append(number + Int32((copy + 1) * step)) }
    }
    for number in list[place...] { result.append(number + Int32(added * step)) }
    return result
  }

  /// The parameters' values, or what else belongs to them, with those of the copies that are put in.
  private func withOwn<Value>(_ values: [Value]) -> [Value] {
    let weights = small.weightParameterCount
    let afterWeights = ownWeights > 0 ? firstOwnWeight + 2 * ownWeights : weights
    let afterBiases = ownBiases > 0 ? firstOwnBias + 2 * ownBiases : values.count
    var result = Array(values[..<afterWeights])
    for _ in 0..<added { result += values[afterWeights - ownWeights..<afterWeights] }
    result += values[afterWeights..<afterBiases]
    for _ in 0..<added { result += values[afterBiases - ownBiases..<afterBiases] }
    return result + values[afterBiases...]
  }

  /// The place of a parameter among those of the whole.
  func place(_ parameter: Int32) -> Int32 {
    let number = Int(parameter)
    var result = number
    if ownWeights > 0, number >= firstOwnWeight + 2 * ownWeights { result += added * ownWeights }
    if ownBiases > 0, number >= firstOwnBias + 2 * ownBiases { result += added * ownBiases }
    return Int32(result)
  }

  /// The place of a parameter of the original's in a copy that is put in.
  func place(_ parameter: Int32, inCopy copy: Int) -> Int32 {
    let number = Int(parameter)
    if number < small.weightParameterCount {
      let isOwn = ownWeights > 0 && (firstOwnWeight..<firstOwnWeight + ownWeights) ~= number
      return isOwn ? parameter + Int32((copy + 1) * ownWeights) : place(parameter)
    }
    let isOwn = ownBiases > 0 && (firstOwnBias..<firstOwnBias + ownBiases) ~= number
    return place(parameter) + (isOwn ? Int32((copy + 1) * ownBiases) : 0)
  }

  // MARK: Order

  private func addStages(_ parts: inout NetworkParts) {
    func firstStage(_ neuron: Int) -> Int {
      small.stages.firstIndex { $0.neurons.lowerBound >= Int32(neuron) } ?? small.stages.count
    }
    let (first, next, last) = (
      firstStage(neuron(Self.original)), firstStage(neuron(Self.original + 1)),
      firstStage(neuron(4))
    )
    let levels = small.stages[next].level - small.stages[first].level
    let (firstRun, nextRun) = (
      Int(small.stages[first].runs.lowerBound), Int(small.stages[next].runs.lowerBound)
    )
    let lastRun = Int(small.stages[last].runs.lowerBound)
    let runs = Int32(nextRun - firstRun)
    func moved(_ stage: Network.Stage, by count: Int) -> Network.Stage {
      var stage = stage
      stage.neurons = Self.moved(stage.neurons, by: count * neurons)
      stage.runs = Self.moved(stage.runs, by: count * Int(runs))
      stage.level += Int32(count) * levels
      return stage
    }
    func moved(
      _ run: Network.ActivationRun, by count: Int, inCopy copy: Int? = nil
    ) -> Network.ActivationRun {
      var group = short.wholeGroup[Int(run.group)]
      if let copy { group += (copy - Self.original) * copies.period }
      return Network.ActivationRun(
        neurons: Self.moved(run.neurons, by: count * neurons), group: Int32(group))
    }
    parts.stages = Array(small.stages[..<last])
    parts.runs = small.runs[..<lastRun].map { moved($0, by: 0) }
    for copy in 1...added {
      for index in first..<next {
        var stage = moved(small.stages[index], by: copy + 1)
        stage.original = Int32(index)
        parts.stages.append(stage)
      }
      for run in small.runs[firstRun..<nextRun] {
        parts.runs.append(moved(run, by: copy + 1, inCopy: copy + 3))
      }
    }
    parts.stages += small.stages[last...].map { moved($0, by: added) }
    parts.runs += small.runs[lastRun...].map { moved($0, by: added) }
  }

  private static func moved(_ range: Range<Int32>, by count: Int) -> Range<Int32> {
    range.lowerBound + Int32(count)..<range.upperBound + Int32(count)
  }

  private func addPositions(_ parts: inout NetworkParts) {
    let layout = parts.layout
    var smallGroup = [Int](repeating: -1, count: layout.entries.count)
    for (number, whole) in short.wholeGroup.enumerated() { smallGroup[whole] = number }
    parts.position = Array(repeating: 0, count: layout.neuronCount)
    parts.fileNeuron = parts.position
    let last = neuron(4)
    for (number, entry) in layout.entries.enumerated() {
      var known = smallGroup[number]
      var copy = 0
      if known < 0, let place = copies.place(ofGroup: number) {
        copy = place.copy - 3
        known = smallGroup[copies.firstGroup + Self.original * copies.period + place.index]
      }
      let first = small.layout.entries[known].firstNeuron
      for index in 0..<entry.size {
        var position = Int(small.position[first + index])
        if copy > 0 {
          position += (copy + 1) * neurons
        } else if position >= last {
          position += added * neurons
        }
        parts.position[entry.firstNeuron + index] = Int32(position)
        parts.fileNeuron[position] = Int32(entry.firstNeuron + index)
      }
    }
  }
}
