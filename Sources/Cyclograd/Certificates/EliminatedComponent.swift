/// The rows of W within a cyclic component, its identity neurons eliminated, enclosed by intervals.
///
/// An identity neuron a_k = Σ w_kj a_j + c is a sum of others: where 1 − w_kk is not 0 it can be put in, which adds
/// w_ik (1 − w_kk)⁻¹ w_kj to w_ij. The component has exactly one state for every input if and only if what is left
/// has. Keeping such neurons weakens bounds by absolute values, since |B₁| |C₂| ≥ |B₁ C₂|.
struct EliminatedComponent {
  /// A component whose rows would have more entries than this, and more than before, is left as it is.
  static let entryLimit = 250_000

  let network: Network
  let runs: [(neurons: Range<Int>, group: Int)]
  private let stage: Network.Stage
  private let firstUnit: Int
  private var rows: [[Int: Interval]]
  private var eliminated: Set<Int> = []

  /// - Parameter isEliminating: whether identity neurons are eliminated at all.
  init(
    _ network: Network, _ weights: [Double], _ stage: Network.Stage, isEliminating: Bool
  ) {
    self.network = network
    self.stage = stage
    runs = network.runs[Int(stage.runs.lowerBound)..<Int(stage.runs.upperBound)].map {
      (Int($0.neurons.lowerBound)..<Int($0.neurons.upperBound), Int($0.group))
    }
    let neurons = Int(stage.neurons.lowerBound)..<Int(stage.neurons.upperBound)
    firstUnit = Int(network.unitStarts[neurons.lowerBound])
    let lastUnit = Int(network.unitStarts[neurons.upperBound])
    rows = (firstUnit..<lastUnit).map { s in
      var row: [Int: Interval] = [:]
      for e in network.inEdges(of: s) {
        let j = network.sourceNeuron(of: e, into: s)
        if neurons.contains(j), weights[e] != 0 { row[j] = Interval(weights[e]) }
      }
      return row
    }
    if isEliminating { eliminate() }
  }

  /// Γ of the units of the n-th run.
  func slopeBounds(run: Int) throws(NoCertificate) -> [Double] {
    try network.slopeBounds(
      of: network.runs[Int(stage.runs.lowerBound) + run],
      movedBy: Int(stage.neurons.lowerBound)..<Int(stage.neurons.upperBound), inputs: [])
  }

  /// Whether anything is left.
  var isEmpty: Bool { runs.allSatisfy { $0.neurons.allSatisfy(eliminated.contains) } }
  /// Whether any neuron was eliminated.
  var hasEliminated: Bool { !eliminated.isEmpty }

  func isEliminated(_ neuron: Int) -> Bool { eliminated.contains(neuron) }

  /// The entries of a unit's row, by neuron.
  func row(_ unit: Int) -> [Int: Interval] { rows[unit - firstUnit] }

  private mutating func eliminate() {
    var candidates: [Int] = []
    for run in runs {
      let group = network.layout.entries[run.group].group
      if group.units.count == 1, group.units[0].activation == .identity {
        candidates += Array(run.neurons)
      }
    }
    guard !candidates.isEmpty else { return }
    // The units that each neuron feeds.
    var targets: [Int: Set<Int>] = [:]
    for (unit, row) in rows.enumerated() {
      for neuron in row.keys { targets[neuron, default: []].insert(unit) }
    }
    var entries = rows.reduce(0) { $0 + $1.count }
    let limit = max(entries, Self.entryLimit)
    for k in candidates.sorted(by: { cost($0, targets) < cost($1, targets) }) {
      let own = Int(network.unitStarts[k]) - firstUnit
      let pivot = Interval.one - (rows[own][k] ?? .zero)
      let added = cost(k, targets)
      guard pivot.mignitude > 0, entries + added <= limit else { continue }
      var source = rows[own]
      source[k] = nil
      let scaled = source.mapValues { $0 / pivot }
      guard scaled.values.allSatisfy(\.isFinite) else { continue }
      for unit in targets[k] ?? [] where unit != own {
        guard let factor = rows[unit].removeValue(forKey: k) else { continue }
        for (j, value) in scaled {
          let old = rows[unit][j]
          if old == nil { targets[j, default: []].insert(unit) }
          rows[unit][j] = (old ?? .zero) + factor * value
        }
        entries += scaled.count
      }
      for j in source.keys { targets[j]?.remove(own) }
      targets[k] = nil
      rows[own] = [:]
      eliminated.insert(k)
    }
  }

  /// At most how many entries are added by eliminating a neuron.
  private func cost(_ neuron: Int, _ targets: [Int: Set<Int>]) -> Int {
    let row = rows[Int(network.unitStarts[neuron]) - firstUnit].count
    let (product, overflow) = row.multipliedReportingOverflow(by: targets[neuron]?.count ?? 0)
    return overflow ? .max / 4 : product
  }
}
