import SparseAlgebra

/// Products with W and Wᵀ of one network, whose rounding errors are bounded beside them.
///
/// Sums are to nearest, in the kernels, beside the sums of magnitudes that bound their errors: m products and additions
/// of p₁ … p_m are wrong by at most γ_m Σ|p|, γ_m = m u / (1 − m u), in whichever order (Higham 2002, section 3.1).
/// What is not 0 is kept so far from the smallest numbers that no product vanishes by underflow.
final class WeightProducts: Sendable {
  let network: Network
  let weights: [Double]
  /// Magnitudes of weights, none but 0 smaller than ``least``.
  private let sizes: [Double]
  /// The same in the order of Wᵀ.
  private let transposed: [Double]
  private let transposedSizes: [Double]
  /// For each unit, where the edges from its own stage begin if that is cyclic.
  private let splits: [Int32]
  private let mostIn: Int
  private let mostOut: Int
  /// So many neurons, the first, each have one unit that passes an input on and nothing else.
  let passedCount: Int

  /// What is smaller counts as 0 where that is allowed.
  static let least = 0x1p-300

  /// - Parameter network: one whose edges are all written out.
  init(_ network: Network, _ weights: [Double]) {
    self.network = network
    self.weights = weights
    sizes = weights.map { $0 == 0 ? 0 : max($0.magnitude, Self.least) }
    transposed = network.transpose.places.map { weights[Int($0)] }
    transposedSizes = transposed.map { $0 == 0 ? 0 : max($0.magnitude, Self.least) }
    mostIn = network.rows.longest
    mostOut = network.transpose.rows.longest
    passedCount = network.passedCount
    var splits: [Int32] = []
    splits.reserveCapacity(network.unitCount)
    for stage in network.stages {
      for s in network.units(of: stage) {
        let edges = network.inEdges(of: s)
        guard stage.isCyclic else {
          splits.append(Int32(edges.upperBound))
          continue
        }
        // Columns ascend.
        let split = edges.partitioningIndex {
          network.sourceNeuron(of: $0, into: s) >= Int(stage.neurons.lowerBound)
        }
        splits.append(Int32(split))
      }
    }
    self.splits = splits
  }

  /// Which edges into a unit are meant.
  enum Part {
    /// Those from earlier stages.
    case before
    /// Those from its own cyclic stage.
    case within
    /// All.
    case all
  }

  /// Intervals as middles and reaches, for ``times(_:_:_:)``.
  struct Spans {
    var middle: [Double]
    var reach: [Double]

    init(_ count: Int) {
      middle = Array(repeating: 0, count: count)
      reach = middle
    }
  }

  /// Takes intervals of some neurons over.
  func take(_ intervals: [Interval], _ range: Range<Int>, into spans: inout Spans) {
    let share = Double(mostIn + 3) * Double.ulpOfOne
    for k in range {
      let x = intervals[k]
      let middle = x.lower == x.upper ? x.lower : x.middle
      var reach = max(x.upper - middle, middle - x.lower)
      reach = reach + (share * (reach + middle.magnitude))
      spans.middle[k] = middle
      // Infinite ends have no middle, and sums become the whole line.
      spans.reach[k] =
        (reach > 0 || middle != 0) && reach < Self.least ? Self.least : reach
    }
  }

  /// Contains Σ w a for each of some units, over the wanted edges.
  func times(_ units: Range<Int>, _ part: Part, _ spans: Spans) -> [Interval] {
    guard !units.isEmpty else { return [] }
    let share = Double(mostIn + 3) * Double.ulpOfOne
    var sums = [Double](repeating: 0, count: units.count)
    var reaches = sums
    withRows(units, part) { begin, end, columns in
      for (values, x, isReach) in [
        (weights, spans.middle, false), (sizes, spans.reach, true),
      ] {
        values.withUnsafeBufferPointer { values in
          x.withUnsafeBufferPointer { x in
            let rows = SparseRows(
              begin: begin, end: end, columns: columns, values: values.baseAddress)
            if isReach {
              reaches.withUnsafeMutableBufferPointer {
                SparseKernels.addProduct(
                  rows, rows: 0..<units.count, x: x.baseAddress!, to: $0.baseAddress!)
              }
            } else {
              sums.withUnsafeMutableBufferPointer {
                SparseKernels.addProduct(
                  rows, rows: 0..<units.count, x: x.baseAddress!, to: $0.baseAddress!)
              }
            }
          }
        }
      }
    }
    return sums.indices.map { index in
      let reach = reaches[index]
      return reach == 0
        ? Interval(sums[index])
        : Interval(centre: sums[index], radius: (reach * (1 + share)).nextUp)
    }
  }

  /// Contains Σ w a for each unit.
  func sums(of activation: [Interval]) -> [Interval] {
    var spans = Spans(network.neuronCount)
    take(activation, 0..<network.neuronCount, into: &spans)
    return times(0..<network.unitCount, .all, spans)
  }

  private func withRows(
    _ units: Range<Int>, _ part: Part,
    _ body: (UnsafePointer<Int32>, UnsafePointer<Int32>, UnsafePointer<Int32>) -> Void
  ) {
    guard !network.rows.columns.isEmpty else { return }
    network.rows.columns.withUnsafeBufferPointer { columns in
      network.rows.withBounds(units) { begin, end in
        splits.withUnsafeBufferPointer { splits in
          let split = splits.baseAddress! + units.lowerBound
          switch part {
          case .before: body(begin, split, columns.baseAddress!)
          case .within: body(split, end, columns.baseAddress!)
          case .all: body(begin, end, columns.baseAddress!)
          }
        }
      }
    }
  }

  /// Multipliers of functionals, with ν = c + Wᵀ g.
  ///
  /// - Parameter d: functionals × units: g, without the functional's own unit.
  /// - Complexity: O(functionals · edges).
  func multipliers(_ functionals: [SampleBounds.Functional], _ d: [Double]) -> MultiplierRows {
    let (units, neurons) = (network.unitCount, network.neuronCount)
    var g = d.map { $0.isFinite && $0.magnitude >= Self.least ? $0 : 0 }
    var ownUnits = [Int](repeating: -1, count: functionals.count)
    var ownStates = [Double](repeating: 0, count: functionals.count)
    for (row, functional) in functionals.enumerated() {
      guard let unit = functional.unit else { continue }
      ownUnits[row] = unit
      let value = g[row * units + unit]
      // So that 1 + d and d differ by exactly 1.
      let own = value.magnitude < 0x1p12 ? (value * 0x1p40).rounded() * 0x1p-40 : 0
      ownStates[row] = own
      g[row * units + unit] = 1 + own
    }
    let sizes = g.map(\.magnitude)
    var nu = [Double](repeating: 0, count: functionals.count * neurons)
    var radius = nu
    var first = 0
    while first < functionals.count {
      let lanes = functionals.count - first > 8 ? 16 : functionals.count - first > 1 ? 8 : 1
      let range = first..<min(functionals.count, first + lanes)
      addTransposed(transposed, g, range, lanes, to: &nu)
      addTransposed(transposedSizes, sizes, range, lanes, to: &radius)
      first += lanes
    }
    for (row, functional) in functionals.enumerated() {
      for (k, value) in zip(functional.neurons, functional.values) {
        nu[row * neurons + k] += value
        radius[row * neurons + k] += value.magnitude
      }
      // Twice what is needed, so that rounding here does not matter.
      let share = Double(mostOut + functional.neurons.count + 4) * Double.ulpOfOne
      for index in row * neurons..<(row + 1) * neurons { radius[index] *= share }
    }
    return MultiplierRows(
      functionals.count, units: units, neurons: neurons, passed: passedCount, g: g, nu: nu,
      radius: radius, ownUnits: ownUnits, ownStates: ownStates)
  }

  /// Products of Wᵀ, or of magnitudes, with a few rows.
  private func addTransposed(
    _ values: [Double], _ g: [Double], _ range: Range<Int>, _ lanes: Int, to result: inout [Double]
  ) {
    let (units, neurons) = (network.unitCount, network.neuronCount)
    let rows = network.transpose.rows
    guard !rows.columns.isEmpty else { return }
    var x = [Double](repeating: 0, count: units * lanes)
    g.withUnsafeBufferPointer { g in
      x.withUnsafeMutableBufferPointer { x in
        for (lane, row) in range.enumerated() {
          // No edge enters what passes inputs on.
          for s in passedCount..<units { x[s * lanes + lane] = g[row * units + s] }
        }
      }
    }
    var y = [Double](repeating: 0, count: neurons * lanes)
    y.withUnsafeMutableBufferPointer { y in
      rows.columns.withUnsafeBufferPointer { columns in
        rows.withBounds(0..<neurons) { begin, end in
          values.withUnsafeBufferPointer { values in
            x.withUnsafeBufferPointer { x in
              SparseKernels.addProduct(
                SparseRows(
                  begin: begin, end: end, columns: columns.baseAddress!,
                  values: values.baseAddress),
                rows: 0..<neurons, x: x.baseAddress!, to: y.baseAddress!, lanes: lanes)
            }
          }
        }
      }
      result.withUnsafeMutableBufferPointer { result in
        for k in 0..<neurons {
          for (lane, row) in range.enumerated() { result[row * neurons + k] = y[k * lanes + lane] }
        }
      }
    }
  }
}

extension Network {
  /// How many neurons, the first in condensation order, have one unit each that passes an input on and nothing else.
  var passedCount: Int {
    var count = 0
    while count < neuronCount, passesInputOn(count), Int(unitStarts[count]) == count { count += 1 }
    return count
  }

  /// Whether a neuron passes an input on and nothing else.
  func passesInputOn(_ k: Int) -> Bool {
    let s = Int(unitStarts[k])
    guard inEdges(of: s).isEmpty else { return false }
    let group = entry(atPosition: k).group
    return group.units.count == 1 && group.units[0].activation == .identity
  }
}
