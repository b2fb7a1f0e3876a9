/// A bound on the rows of a part of W: Σ |W[s, j]| ≤ κ for every unit s.
///
/// With κ < 1 over the edges of a cyclic component, whose activations have slopes of at most 1,
/// iteration contracts in the maximum norm, so there is exactly one equilibrium (El Ghaoui et al.
/// 2021, section 2 and equation 6.7).
public struct RowBall: Hashable, Sendable {
  /// κ.
  public var radius: Double
  /// Which edges count; `nil`: those within cyclic components.
  public var selection: ParameterSelection?

  /// Creates a bound.
  public init(radius: Double, _ selection: ParameterSelection? = nil) {
    self.radius = radius
    self.selection = selection
  }
}

/// The rows of a ``RowBall``, as parameters.
///
/// A parameter that acts on several edges of a row counts that often there. Rows that consist of
/// the same parameters, as in tied networks, are one row; rows that share only some are refused,
/// because the projection would no longer be row by row.
struct RowBallProjector {
  private struct Row: Hashable {
    var parameters: [Int32]
    var costs: [Double]
  }

  private let radius: Double
  private var rows: [Row] = []
  private var names: [String] = []
  private let isFixed: [Bool]

  init(
    _ ball: RowBall, of network: Network, isTrained: [Bool]
  ) throws(CyclogradError) {
    guard ball.radius > 0, ball.radius.isFinite else {
      throw CyclogradError(
        .invalidOption, "the radius of the ball for rows of W is \(ball.radius)",
        advice: "give a positive number, below 1 for a contraction")
    }
    radius = ball.radius
    isFixed = isTrained.map { !$0 }
    // Edges are chosen one by one.
    let network = try network.writtenOut()
    let chosen = Self.edges(ball, network)
    var known: Set<Row> = []
    var rowOfParameter: [Int32: Int] = [:]
    for s in 0..<network.unitCount {
      var count: [Int32: Double] = [:]
      for e in network.inEdges(of: s) where chosen[e] {
        count[Int32(network.parameter(ofEdge: e)), default: 0] += abs(network.factor(ofEdge: e))
      }
      guard !count.isEmpty else { continue }
      let parameters = count.keys.sorted()
      let row = Row(parameters: parameters, costs: parameters.map { count[$0] ?? 0 })
      guard known.insert(row).inserted else { continue }
      let name = network.name(atPosition: Int(network.neuronOfUnit[s]))
      for parameter in parameters {
        guard let other = rowOfParameter.updateValue(rows.count, forKey: parameter) else {
          continue
        }
        throw CyclogradError(
          .invalidOption,
          "the rows of W at \(names[other]) and \(name) share some of their weights, but not all",
          at: .init(subject: "the ball for rows of W"),
          advice: "bound rows that are tied as a whole or not at all")
      }
      rows.append(row)
      names.append(name)
    }
    guard !rows.isEmpty else {
      throw CyclogradError(
        .invalidOption, "there are no edges whose rows are to be bounded",
        at: .init(subject: "the ball for rows of W"),
        advice: "name groups that are connected; without them the edges within cycles count")
    }
  }

  /// For each edge whether it counts.
  static func edges(_ ball: RowBall, _ network: Network) -> [Bool] {
    var chosen = [Bool](repeating: false, count: network.edgeCount)
    guard let selection = ball.selection else {
      for stage in network.stages where stage.isCyclic {
        let component = Component(network, stage: stage)
        for row in 0..<component.unitCount {
          for e in component.innerEdges(of: row) { chosen[e] = true }
        }
      }
      return chosen
    }
    let group = network.groupOfNeuron
    let source = selection.source.flatMap { network.layout.indexOfGroup[$0] }
    let target = selection.target.flatMap { network.layout.indexOfGroup[$0] }
    for s in 0..<network.unitCount {
      if let target, group[Int(network.neuronOfUnit[s])] != target { continue }
      for e in network.inEdges(of: s) {
        if let source, group[network.sourceNeuron(of: e, into: s)] != source { continue }
        chosen[e] = true
      }
    }
    return chosen
  }

  /// Marks the parameters that it bounds.
  func mark(_ isLimited: inout [Bool]) {
    for row in rows { for parameter in row.parameters { isLimited[Int(parameter)] = true } }
  }

  /// Projects every row; weights that are not trained stay, and take their part of the radius.
  func project(_ values: inout [Double]) throws(CyclogradError) {
    for (index, row) in rows.enumerated() {
      var rest = radius
      var free: [Int] = []
      var norm = 0.0
      for (place, parameter) in row.parameters.enumerated() {
        let part = row.costs[place] * abs(values[Int(parameter)])
        norm += part
        if isFixed[Int(parameter)] { rest -= part } else { free.append(place) }
      }
      guard norm > radius else { continue }
      guard rest >= 0 else {
        throw CyclogradError(
          .invalidValue,
          "the weights that are not trained have the sum \(radius - rest) already, above \(radius)",
          at: .init(subject: "row of W at \(names[index])"),
          advice: "give a larger radius, or train them too")
      }
      var x = free.map { values[Int(row.parameters[$0])] }
      BallProjection.project(&x, costs: free.map { row.costs[$0] }, radius: rest)
      for (place, value) in zip(free, x) { values[Int(row.parameters[place])] = value }
    }
  }
}
