import Testing

@testable import Cyclograd

@Suite("Ties with a factor and a transposition")
struct FactoredTieTests {
  /// A monotone operator's matrix made of its factors: P, Pᵀ with −1, Q, Qᵀ with −1.
  private let operatorGraph = Graph("operator", seed: 3) {
    Group("u", size: 3, role: .input)
    Group("x", size: 4, activation: .tanh, bias: .normal(0.3).shared("b"))
    Group("p", size: 2, bias: ParameterRule(nil, share: "half", factor: 0.5))
    Group("q", size: 2, bias: ParameterRule(nil, share: "half", factor: -2))
    Group("y", size: 4, role: .output, bias: .shared("b", factor: -1))
    Connection("u", to: "x", weight: .normal(0.5))
    Connection("x", to: "p", weight: .normal(0.4).shared("P"))
    Connection("p", to: "x", weight: .shared("P", factor: -1, transposed: true))
    Connection("x", to: "x", .inDegree(2), self: false, weight: .normal(0.2).shared("Q"))
    Connection("x", to: "q", weight: .shared("P", factor: 3))
    Connection("q", to: "y", .all, weight: .shared("P", factor: 0.25, transposed: true))
    Connection("x", to: "y", .oneToOne)
  }

  @Test("A transposed share is the transposed matrix times its factor")
  func matrix() throws {
    let (network, parameters) = try operatorGraph.compile()
    var weight: [String: Double] = [:]
    network.forEachParameterUse { use in
      weight["\(use.source ?? "-") \(use.target)"] = parameters.values[use.parameter] * use.factor
    }
    for i in 0..<2 {
      for j in 0..<4 {
        let value = try #require(weight["x.\(j) p.\(i)"])
        #expect(weight["p.\(i) x.\(j)"] == -value)
        #expect(weight["x.\(j) q.\(i)"] == 3 * value)
        #expect(weight["q.\(i) y.\(j)"] == 0.25 * value)
      }
    }
    for j in 0..<4 { #expect(weight["- y.\(j)"] == -(try #require(weight["- x.\(j)"]))) }
  }

  @Test("States and gradients are those of the dense oracle, and of finite differences")
  func gradient() throws {
    let (network, parameters) = try operatorGraph.compile()
    let simulator = try Simulator(
      network, backend: .automatic, options: SolverOptions(tolerance: 1e-13))
    let inputs = Matrix([[0.3, -0.5, 0.9], [1, 0.2, -0.4]])
    let targets = Matrix([[0.1, 0, -0.2, 0.4], [0, 0.5, 0.2, -0.1]])
    let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
    let gradient = try simulator.gradient(
      of: HalfSquaredError(), targets: targets, at: equilibrium)
    func loss(_ values: [Double]) throws -> Double {
      let outputs = try simulator.equilibrium(Parameters(values), inputs: inputs).outputs
      return zip(outputs.elements, targets.elements).reduce(0) {
        $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
      } / 4
    }
    for index in parameters.values.indices where network.isTrainable(parameter: index) {
      var (up, down) = (parameters.values, parameters.values)
      up[index] += 1e-5
      down[index] -= 1e-5
      let difference = try (loss(up) - loss(down)) / 2e-5
      #expect(
        abs(difference - gradient.parameters[index]) < 1e-8, "\(network.describe(parameter: index))"
      )
    }
  }

  @Test("A kernel is transposed edge by edge, and so is a random pattern")
  func patterns() throws {
    let graph = Graph("autoencoder", seed: 1) {
      Group("image", shape: [5, 5], role: .input)
      Group("code", shape: [3, 3], activation: .tanh)
      Group("again", shape: [5, 5], role: .output)
      Connection(
        "image", to: "code", .neighborhood(Neighborhood(3, 3, offset: .init(0, 0))),
        weight: .kernel(.normal(deviation: 1)).shared("k"))
      Connection(
        "code", to: "again", .entries(transposedWindow), weight: .shared("k", transposed: true))
    }
    let (network, parameters) = try graph.compile()
    #expect(network.weightParameterCount == 9)
    var weight: [String: Double] = [:]
    network.forEachParameterUse { use in
      if let source = use.source {
        weight["\(source) \(use.target)"] = parameters.values[use.parameter]
      }
    }
    for (key, value) in weight where key.hasPrefix("image") {
      let ends = key.split(separator: " ")
      #expect(weight["\(ends[1]) again.\(ends[0].dropFirst(6))"] == value)
    }
  }

  private var transposedWindow: SparseEntries {
    var entries = SparseEntries(rows: [], columns: [])
    for i in 0..<3 {
      for j in 0..<3 {
        for p in 0..<3 {
          for q in 0..<3 {
            entries.rows.append(Int32((i + p) * 5 + j + q))
            entries.columns.append(Int32(i * 3 + j))
          }
        }
      }
    }
    return entries
  }

  @Test(
    "What cannot be tied so is refused, with what to do",
    arguments: [
      (ParameterRule(1, share: "w", factor: 0), "is 0.0"),
      (ParameterRule(1, share: "w", factor: .nan), "is nan"),
      (ParameterRule(1, factor: 2), "belongs to shared parameters"),
      (ParameterRule(1, share: "v", transposed: true), "is the first that shares"),
      (ParameterRule(nil, share: "w", transposed: true), "has no edge"),
    ])
  func refusals(rule: ParameterRule, message: String) {
    let graph = Graph("wrong") {
      Group("a", size: 2)
      Group("b", size: 3)
      Connection("a", to: "b", weight: .normal(1).shared("w"))
      Connection("a", to: "b", .oneToOneWithin, weight: rule)
      Connection("b", to: "b", .entries(SparseEntries(rows: [2], columns: [2])), weight: rule)
    }
    let error = #expect(throws: CyclogradError.self) { try graph.compile() }
    #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
  }
}

extension Pattern {
  /// No edge that stands elsewhere.
  fileprivate static var oneToOneWithin: Pattern { .entries(SparseEntries(rows: [], columns: [])) }
}
