import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

/// Small models whose matrices and outputs were computed apart, with fractions or 50 digits.
@Suite("Compositions of implicit models")
struct CompositionTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func model(
    _ a: [[Double]], _ b: [[Double]], _ c: [[Double]], _ d: [[Double]],
    _ activation: Activation = .relu
  ) throws -> Graph {
    let path = folder("model.npz")
    try NpzFile.write(
      zip(["A", "B", "C", "D"], [a, b, c, d]).map { name, rows in
        (name, NumpyArray(shape: [rows.count, rows[0].count], elements: rows.flatMap { $0 }))
      }, to: path)
    var options = ImportOptions()
    options.activation = activation
    return try NetworkFormat.implicit.read(path, options: options).graph
  }

  private func matrices(_ composed: ComposedGraph) throws -> [String: [Double]] {
    let path = folder("matrices.npz")
    try Composition(composed, file: "composition").writeMatrices(to: path)
    let archive = try NpzFile.read(path)
    return try Dictionary(
      uniqueKeysWithValues: ["A", "B", "C", "D", "b", "c"].map {
        ($0, try archive.array($0).elements)
      })
  }

  private func outputs(_ graph: Graph, _ inputs: [Double]) throws -> [Double] {
    let (network, parameters) = try graph.compile()
    let options = SolverOptions(tolerance: 1e-14)
    return try Simulator(network, options: options)
      .equilibrium(parameters, inputs: Matrix([inputs])).outputs.elements
  }

  private func expect(_ found: [Double]?, _ rows: [[Double]], _ what: String) {
    let wanted = rows.flatMap { $0 }
    #expect(found?.count == wanted.count, "\(what)")
    for (x, y) in zip(found ?? [], wanted) {
      #expect(abs(x - y) <= 1e-12, "\(what): \(x), not \(y)")
    }
  }

  @Test("cascade") func cascade() throws {
    let first = try model(
      [[0.2, -0.3], [0.1, 0.4]], [[1, 0], [0.5, -1]], [[1, 0.5], [-0.5, 1], [0.3, 0.3]],
      [[0.1, 0.2], [0, -0.3], [0.4, 0]])
    let second = try model(
      [[-0.3, 0.2, 0], [0.1, 0.1, -0.4], [0, 0.3, 0.2]],
      [[0.5, 0, -1], [1, 0.2, 0], [0, -0.7, 0.6]],
      [[0.6, -0.2, 0.1], [0.3, 0.4, -0.5]], [[0.2, 0, -0.1], [0, 0.3, 0.1]])
    let composed = try GraphComposition.cascade(first, second)
    let found = try matrices(composed)
    expect(
      found["A"],
      [
        [-0.3, 0.2, 0, 0.2, -0.05], [0.1, 0.1, -0.4, 0.9, 0.7], [0, 0.3, 0.2, 0.53, -0.52],
        [0, 0, 0, 0.2, -0.3], [0, 0, 0, 0.1, 0.4],
      ], "A")
    expect(found["B"], [[-0.35, 0.1], [0.1, 0.14], [0.24, 0.21], [1, 0], [0.5, -1]], "B")
    expect(found["C"], [[0.6, -0.2, 0.1, 0.17, 0.07], [0.3, 0.4, -0.5, -0.12, 0.33]], "C")
    expect(found["D"], [[-0.02, 0.04], [0.04, -0.09]], "D")
    expect(
      try outputs(composed.graph, [0.7, -0.4]), [[-0.1478660616663022, 0.9998921568627451]], "y")
  }

  @Test("feedback, D₁ and D₂ not zero") func feedback() throws {
    let first = try model(
      [[0.2, -0.3], [0.1, 0.4]], [[0.5, 0], [0.2, -0.4]], [[0.4, 0.2], [-0.3, 0.5]],
      [[0.1, 0.2], [0, -0.3]])
    let second = try model(
      [[-0.3, 0.2], [0.1, 0.1]], [[0.5, -0.2], [0.3, 0.2]], [[0.3, -0.2], [0.1, 0.4]],
      [[0.2, -0.1], [0.1, 0.3]])
    let composed = try GraphComposition.feedback(first, second)
    let found = try matrices(composed)
    expect(
      found["A"],
      [
        [0.25448993224544325, -0.29942742628113367, 0.15650348315678977, -0.08874892642427712],
        [0.14008016032064127, 0.3366733466933868, 0.02404809619238477, -0.1843687374749499],
        [0.25813531825555874, 0.02547953048955053, -0.26892833285618856, 0.25067277411966793],
        [0.0632693959347266, 0.160034354423132, 0.10939020898940739, 0.09467506441454338],
      ], "A")
    expect(
      found["B"],
      [
        [0.5105448993224544, 0.033400133600534405], [0.20040080160320642, -0.36072144288577157],
        [0.052581353182555586, 0.15297261189044756], [0.030632693959347267, 0.002004008016032064],
      ], "B")
    expect(
      found["D"],
      [
        [0.10401755892737857, 0.19372077488309952], [-0.0028628685943315204, -0.280561122244489],
      ], "D")
    expect(
      try outputs(composed.graph, [0.9, -0.6]), [[0.2704917385188037, 0.3304820826260874]], "y")
  }

  @Test("A loop of direct paths without an answer is refused; its neighbour is not")
  func singular() throws {
    func gain(_ d: Double) throws -> Graph { try model([[0]], [[1]], [[1]], [[d]]) }
    let composed = try GraphComposition.feedback(gain(0.5), gain(2))
    let error = #expect(throws: CyclogradError.self) { try Composition(composed, file: "loop") }
    #expect(error?.message.contains("singular") == true)
    _ = try Composition(GraphComposition.feedback(gain(0.5), gain(1.75)), file: "loop")
    _ = try Composition(
      GraphComposition.feedback(gain(0.5), gain(2), isNegative: true), file: "loop")
  }

  @Test("Sums, concatenations, products and affine maps compute what they say")
  func others() throws {
    let a = try model([[0.3]], [[1, -0.5]], [[2], [0.5]], [[0.25, 0], [0, 1]], .tanh)
    let b = try model([[-0.4]], [[0.5, 1]], [[1], [-1]], [[0, 0], [0.5, 0]], .tanh)
    let u = [0.8, 0.3]
    let (ya, yb) = (try outputs(a, u), try outputs(b, u))
    let sum = try GraphComposition.sum(a, b, coefficients: (2, -0.5))
    expect(try outputs(sum.graph, u), [zip(ya, yb).map { 2 * $0 - 0.5 * $1 }], "sum")
    let concat = try GraphComposition.concatenation(a, b)
    expect(try outputs(concat.graph, u), [ya + yb], "concatenation")
    let product = try GraphComposition.product(a, b)
    expect(try outputs(product.graph, u), [zip(ya, yb).map { $0 * $1 }], "product")
    let v = [0.1, -0.7]
    let separate = try GraphComposition.sum(a, b, sharesInputs: false)
    let other = try outputs(b, v)
    expect(try outputs(separate.graph, u + v), [zip(ya, other).map { $0 + $1 }], "own inputs")
    let affine = try GraphComposition.affine(
      a, inputMatrix: Matrix([[2], [-1]]), inputOffset: [0.4, 0.5], outputMatrix: Matrix([[1, 3]]),
      outputOffset: [-2])
    expect(try outputs(affine.graph, [0.2]), [[ya[0] + 3 * ya[1] - 2]], "affine")
    let found = try matrices(affine)
    expect(found["c"], [[0.25 * 0.4 + 3 * 0.5 - 2]], "c")
  }

  @Test("Archives keep biases and activations")
  func archive() throws {
    let graph = Graph("mixed", seed: 4) {
      Group("u", size: 2, role: .input)
      Group("h", size: 3, activation: .tanh, bias: .normal(1))
      Group("k", size: 2, activation: .leakyReLU(slope: 0.125), bias: .normal(1))
      Group("y", size: 2, role: .output, bias: .normal(1))
      Connection("u", to: "h")
      Connection("h", to: "k", weight: .normal(0.2))
      Connection("k", to: "h", weight: .normal(0.2))
      Connection("k", to: "y")
    }
    let path = folder("mixed.npz")
    _ = try NetworkFormat.implicit.write(ImportedNetwork(graph: graph, file: "mixed"), to: path)
    let again = try NetworkFormat.implicit.read(path)
    expect(try outputs(again.graph, [0.3, -2]), [try outputs(graph, [0.3, -2])], "answers")
    let second = folder("again.npz")
    _ = try NetworkFormat.implicit.write(again, to: second)
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: path))
        == Data(contentsOf: URL(fileURLWithPath: second)))
  }
}
