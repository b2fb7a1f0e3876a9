import Cyclograd

/// x = φ(A x + B u + b), y = C x + D u as a graph with the groups u, x and y.
func implicitGraph(
  _ a: [[Double]], _ b: [[Double]], _ c: [[Double]], _ d: [[Double]]? = nil,
  bias: [Double]? = nil, activation: Activation
) -> Graph {
  func entries(_ matrix: [[Double]]) -> Pattern {
    var entries = SparseEntries(rows: [], columns: [], values: [])
    for (i, row) in matrix.enumerated() {
      for (j, value) in row.enumerated() where value != 0 {
        entries.rows.append(Int32(i))
        entries.columns.append(Int32(j))
        entries.values!.append(value)
      }
    }
    return .entries(entries)
  }
  var connections = [
    Connection("x", to: "x", entries(a)), Connection("u", to: "x", entries(b)),
    Connection("x", to: "y", entries(c)),
  ]
  if let d { connections.append(Connection("u", to: "y", entries(d))) }
  return Graph(
    name: "implicit",
    groups: [
      Group("u", size: b[0].count, role: .input),
      Group(
        "x", size: a.count, activation: activation,
        bias: ParameterRule(.list(bias ?? a.map { _ in 0 }))),
      Group("y", size: c.count, role: .output),
    ], connections: connections)
}

/// The small model of the known answers.
enum SmallImplicitModel {
  static let a = [
    [0.3, -0.2, 0.0, 0.1], [0.25, 0.0, -0.4, 0.0], [0.0, 0.35, 0.1, -0.3], [-0.2, 0.0, 0.15, 0.2],
  ]
  static let b = [[1.0, -0.5, 0.0], [0.0, 0.75, 0.5], [-0.6, 0.0, 1.0], [0.4, 0.3, -0.8]]
  static let c = [[1.0, -1.0, 0.5, 0.0], [0.0, 0.6, -0.7, 1.2]]
  static let d = [[0.1, 0.0, -0.2], [0.0, 0.05, 0.0]]
  static let u = [0.8, -0.3, 0.5]
  static let sigma = [0.1, 0.05, 0.2]

  static func graph(_ activation: Activation) -> Graph {
    implicitGraph(a, b, c, d, activation: activation)
  }
}
