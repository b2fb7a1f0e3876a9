/// A non-negative map that is monotone and homogeneous, M(c v) = c M(v) for c ≥ 0.
///
/// A matrix is one; so is a matrix in which the largest of several rows counts.
protocol NonNegativeMap {
  /// The number of coordinates.
  var count: Int { get }
  /// A measure of what one product costs.
  var work: Int { get }
  /// M v with the given sums and products of non-negative numbers.
  func times(
    _ v: [Double], sum: (Double, Double) -> Double, product: (Double, Double) -> Double
  ) -> [Double]
}

extension NonNegativeMap {
  /// M v to nearest: an estimate.
  func estimate(_ v: [Double]) -> [Double] { times(v, sum: +, product: *) }
}

/// N(A, γ) of one cyclic component, after its identity neurons have been eliminated (El Ghaoui et al. 2021,
/// equation 2.4).
///
/// A block is a softmax group, measured in ℓ₁ or ℓ∞, or another neuron by itself. The entry of two blocks bounds
/// the norm of the operator between them; γ = 1/2 is the constant of softmax in both norms, because a row and a
/// column of its Jacobian have absolute sums 2 s (1 − s). In a maximum the largest row counts, not the sum.
struct BlockComparison: NonNegativeMap {
  /// How softmax groups are measured.
  enum Norm: CaseIterable {
    case one, infinity
  }

  private struct Row {
    var bound: Double
    var terms: [(block: Int, value: Double)]
  }

  private struct Block {
    var rows: [Row]
    var isMaximum: Bool
  }

  private var blocks: [Block] = []
  private(set) var work = 0

  var count: Int { blocks.count }

  init(_ system: EliminatedComponent, _ norm: Norm) throws(NoCertificate) {
    let network = system.network
    var blockOfNeuron: [Int: Int] = [:]
    var members: [(neurons: [Int], group: Group, bounds: [Double])] = []
    for (index, run) in system.runs.enumerated() {
      let group = network.layout.entries[run.group].group
      let kept = run.neurons.filter { !system.isEliminated($0) }
      let isSoftmax = group.units[0].activation == .softmax
      let bounds = try system.slopeBounds(run: index)
      for neurons in isSoftmax ? [kept] : kept.map({ [$0] }) where !neurons.isEmpty {
        for k in neurons { blockOfNeuron[k] = members.count }
        members.append((neurons, group, bounds))
      }
    }
    for (neurons, group, bounds) in members {
      if group.units[0].activation == .softmax {
        let row = Self.softmaxRow(neurons, system, blockOfNeuron, norm)
        blocks.append(Block(rows: [row], isMaximum: false))
      } else {
        let first = Int(network.unitStarts[neurons[0]])
        let rows = bounds.enumerated().map { unit, bound in
          Row(
            bound: bound,
            terms: Self.terms(system.row(first + unit), blockOfNeuron, norm))
        }
        blocks.append(Block(rows: rows, isMaximum: group.combine == .max))
      }
    }
    work = count + blocks.reduce(0) { $0 + $1.rows.reduce(0) { $0 + $1.terms.count } }
  }

  /// ‖a‖ of one row towards each block: its largest entry for a block in ℓ₁, the sum for one in ℓ∞.
  private static func terms(
    _ row: [Int: Interval], _ blockOfNeuron: [Int: Int], _ norm: Norm
  ) -> [(block: Int, value: Double)] {
    var values: [Int: Double] = [:]
    for (neuron, weight) in row {
      guard let block = blockOfNeuron[neuron] else { continue }
      let old = values[block, default: 0]
      values[block] =
        norm == .one ? max(old, weight.magnitude) : Rounding.sumUp(old, weight.magnitude)
    }
    return values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// The norms of the operators from each block into a softmax group, and the constant 1/2.
  private static func softmaxRow(
    _ neurons: [Int], _ system: EliminatedComponent, _ blockOfNeuron: [Int: Int], _ norm: Norm
  ) -> Row {
    let rows = neurons.map { system.row(Int(system.network.unitStarts[$0])) }
    var values: [Int: Double] = [:]
    switch norm {
    case .infinity:
      for row in rows {
        for (block, value) in terms(row, blockOfNeuron, norm) {
          values[block] = max(values[block, default: 0], value)
        }
      }
    case .one:
      // The norm from a block is that of its largest column.
      var columns: [Int: Double] = [:]
      for (neuron, weight) in rows.joined() {
        columns[neuron] = Rounding.sumUp(columns[neuron, default: 0], weight.magnitude)
      }
      for (neuron, sum) in columns {
        guard let block = blockOfNeuron[neuron] else { continue }
        values[block] = max(values[block, default: 0], sum)
      }
    }
    return Row(bound: 0.5, terms: values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
  }

  func times(
    _ v: [Double], sum: (Double, Double) -> Double, product: (Double, Double) -> Double
  ) -> [Double] {
    blocks.map { block in
      block.rows.reduce(0) { total, row in
        var entry = 0.0
        for (source, value) in row.terms { entry = sum(entry, product(value, v[source])) }
        let part = product(row.bound, entry)
        return block.isMaximum ? max(total, part) : sum(total, part)
      }
    }
  }
}
