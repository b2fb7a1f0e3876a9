import Cyclograd
import Testing

/// Shares of one in two hundred thousand are small numbers, and the default tolerance has to mean something to them.
@Suite("PageRank of 200,000 nodes is right to 1e-8 of each entry", .tags(.slow), .unlessFast)
struct PageRankTests {
  static let size = 200_000
  static let damping = 0.85
  static let teleport = (1 - damping) / Double(size)

  /// Links by their ends; every node has one to eight.
  struct Links {
    var sources: [Int32] = []
    var targets: [Int32] = []
    var weights: [Double] = []

    init() {
      var random = TestRandom(42)
      for source in 0..<size {
        var own: Set<Int> = []
        for _ in 0..<random.integer(1...8) { own.insert(random.integer(0...size - 1)) }
        for target in own.sorted() {
          sources.append(Int32(source))
          targets.append(Int32(target))
          weights.append(damping / Double(own.count))
        }
      }
    }

    /// x = constant + W x, or with Wᵀ, by so many plain power iterations that 0.85ⁿ is below rounding.
    func solve(_ constant: [Double], transposed: Bool) -> [Double] {
      let (from, to) = transposed ? (targets, sources) : (sources, targets)
      var x = constant
      var next = constant
      from.withUnsafeBufferPointer { from in
        to.withUnsafeBufferPointer { to in
          weights.withUnsafeBufferPointer { weights in
            for _ in 0..<240 {
              next.withUnsafeMutableBufferPointer { next in
                x.withUnsafeBufferPointer { x in
                  _ = next.update(from: constant)
                  var edge = 0
                  while edge < weights.count {
                    next[Int(to[edge])] += weights[edge] * x[Int(from[edge])]
                    edge += 1
                  }
                }
              }
              swap(&x, &next)
            }
          }
        }
      }
      return x
    }
  }

  @Test("States and adjoints")
  func pageRank() throws {
    let links = Links()
    let graph = Graph("PageRank") {
      Group("p", size: Self.size, role: [.input, .output], bias: .init(.constant(Self.teleport)))
      Connection(
        "p", to: "p",
        .entries(
          SparseEntries(rows: links.targets, columns: links.sources, values: links.weights)))
    }
    let (network, parameters) = try graph.compile()
    let simulator = try Simulator(network, options: SolverOptions(threads: 2))
    let equilibrium = try simulator.equilibrium(
      parameters, inputs: Matrix(rows: 1, columns: Self.size))
    #expect(equilibrium.isConverged, "\(equilibrium.evidence[0])")
    let expected = links.solve(
      Array(repeating: Self.teleport, count: Self.size), transposed: false)
    let stateError = Self.error(equilibrium.states.elements, expected)
    #expect(stateError < 1e-8, "states: \(stateError)")
    // At targets of 0, g = a.
    let gradient = try simulator.gradient(
      of: .halfSquaredError, targets: Matrix(rows: 1, columns: Self.size), at: equilibrium)
    let adjointError = Self.error(
      gradient.inputs.elements,
      links.solve(equilibrium.states.elements, transposed: true))
    #expect(adjointError < 1e-8, "adjoint: \(adjointError)")
  }

  /// The largest error of an entry relative to that entry.
  static func error(_ found: [Double], _ expected: [Double]) -> Double {
    zip(found, expected).reduce(0) { max($0, abs($1.0 / $1.1 - 1)) }
  }
}
