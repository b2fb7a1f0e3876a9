import Cyclograd
import TestSupport
import Testing

@testable import CyclogradFormats

/// Compositions of random models, nested at random, whose matrices are known as fractions.
@Suite("Random compositions have the matrices that the algebra says")
struct RandomCompositionTests {
  /// A graph and what it must be.
  private struct Known {
    var graph: Graph
    var composed: ComposedGraph?
    /// The neurons at which parts were joined, at all depths.
    var junctions: [NeuronReference]
    var model: ExactModel
  }

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func fraction(_ random: inout TestRandom) -> Fraction {
    Fraction(random.integer(-3...3), random.pick([2, 4, 8]))
  }

  private func matrix(_ height: Int, _ width: Int, _ random: inout TestRandom) -> ExactMatrix {
    var result = ExactMatrix(height, width)
    for i in 0..<height { for j in 0..<width { result.rows[i][j] = fraction(&random) } }
    return result
  }

  private func leaf(_ inputs: Int, _ outputs: Int, _ random: inout TestRandom) throws -> Known {
    let n = random.integer(1...3)
    let model = ExactModel(
      a: matrix(n, n, &random), b: matrix(n, inputs, &random), c: matrix(outputs, n, &random),
      d: matrix(outputs, inputs, &random), stateBias: matrix(n, 1, &random),
      outputBias: matrix(outputs, 1, &random))
    let path = folder("leaf.npz")
    func array(_ matrix: ExactMatrix) -> NumpyArray {
      NumpyArray(shape: [matrix.height, matrix.width], elements: matrix.doubles)
    }
    func vector(_ matrix: ExactMatrix) -> NumpyArray {
      NumpyArray(shape: [matrix.height], elements: matrix.doubles)
    }
    try NpzFile.write(
      [
        ("A", array(model.a)), ("B", array(model.b)), ("C", array(model.c)), ("D", array(model.d)),
        ("b", vector(model.stateBias)), ("c", vector(model.outputBias)),
      ], to: path)
    var options = ImportOptions()
    options.activation = random.pick([Activation.relu, .tanh])
    return Known(
      graph: try NetworkFormat.implicit.read(path, options: options).graph, junctions: [],
      model: model)
  }

  private func joined(
    _ composed: ComposedGraph, _ parts: [(String, Known)], _ model: ExactModel
  ) -> Known {
    let inner = parts.flatMap { name, part in
      part.junctions.map { NeuronReference("\(name).\($0.group)", $0.index) }
    }
    var composed = composed
    for junction in inner where !composed.junctions.contains(junction) {
      composed.junctions.append(junction)
    }
    return Known(
      graph: composed.graph, composed: composed, junctions: composed.junctions, model: model)
  }

  private func vector(_ matrix: ExactMatrix) -> [Double] { matrix.doubles }
  private func matrix(_ matrix: ExactMatrix) -> Matrix {
    Matrix(rows: matrix.height, columns: matrix.width, elements: matrix.doubles)
  }

  private func random(
    _ inputs: Int, _ outputs: Int, depth: Int, _ random: inout TestRandom,
    _ kinds: inout Set<Int>
  ) throws -> Known {
    let kind = depth == 0 ? 0 : random.integer(1...5)
    kinds.insert(kind)
    switch kind {
    case 1:
      let middle = random.integer(1...2)
      let a = try self.random(inputs, middle, depth: depth - 1, &random, &kinds)
      let b = try self.random(middle, outputs, depth: depth - 1, &random, &kinds)
      return joined(
        try GraphComposition.cascade(a.graph, b.graph), [("first", a), ("second", b)],
        .cascade(a.model, b.model))
    case 2:
      let a = try self.random(inputs, outputs, depth: depth - 1, &random, &kinds)
      let b = try self.random(inputs, outputs, depth: depth - 1, &random, &kinds)
      let (alpha, beta) = (fraction(&random), fraction(&random))
      return joined(
        try GraphComposition.sum(
          a.graph, b.graph, coefficients: (alpha.double, beta.double)),
        [("first", a), ("second", b)], .sum(a.model, b.model, alpha, beta))
    case 3 where outputs > 1:
      let a = try self.random(inputs, 1, depth: depth - 1, &random, &kinds)
      let b = try self.random(inputs, outputs - 1, depth: depth - 1, &random, &kinds)
      return joined(
        try GraphComposition.concatenation(a.graph, b.graph), [("first", a), ("second", b)],
        .concatenation(a.model, b.model))
    case 4:
      let (p, q) = (random.integer(1...2), random.integer(1...2))
      let a = try self.random(p, q, depth: depth - 1, &random, &kinds)
      let (f, g) = (matrix(p, inputs, &random), matrix(p, 1, &random))
      let (m, r) = (matrix(outputs, q, &random), matrix(outputs, 1, &random))
      return joined(
        try GraphComposition.affine(
          a.graph, inputMatrix: matrix(f), inputOffset: vector(g), outputMatrix: matrix(m),
          outputOffset: vector(r)),
        [("first", a)], a.model.affine(f, g, m, r))
    case 0: return try leaf(inputs, outputs, &random)
    default:
      let a = try self.random(inputs, outputs, depth: depth - 1, &random, &kinds)
      let b = try self.random(outputs, inputs, depth: depth - 1, &random, &kinds)
      return joined(
        try GraphComposition.feedback(a.graph, b.graph), [("first", a), ("second", b)],
        .feedback(a.model, b.model))
    }
  }

  @Test("Cascades, sums, concatenations, affine maps and feedback, three deep")
  func nested() throws {
    var checked = 0
    var kinds: Set<Int> = []
    for seed in 0..<60 as Range<UInt64> {
      var random = TestRandom(seed)
      let depth = random.integer(1...3)
      let known = try self.random(
        random.integer(1...2), random.integer(1...2), depth: depth, &random, &kinds)
      // A loop without an answer, or fractions that grow too long.
      guard known.model.hasValues else { continue }
      checked += 1
      let path = folder("matrices.npz")
      try Composition(#require(known.composed), file: "random").writeMatrices(to: path)
      let archive = try NpzFile.read(path)
      let model = known.model
      for (name, wanted) in [
        ("A", model.a), ("B", model.b), ("C", model.c), ("D", model.d), ("b", model.stateBias),
        ("c", model.outputBias),
      ] {
        let found = try archive.array(name).elements
        #expect(found.count == wanted.doubles.count, "\(name) of composition \(seed)")
        let size = max(1, wanted.doubles.reduce(0) { max($0, abs($1)) })
        for (x, y) in zip(found, wanted.doubles) {
          #expect(abs(x - y) <= 1e-12 * size, "\(name) of composition \(seed): \(x), not \(y)")
        }
      }
    }
    #expect(checked >= 40, "only \(checked) compositions have known matrices")
    #expect(kinds == [0, 1, 2, 3, 4, 5])
  }

  @Test("Products of outputs, of nested parts too")
  func products() throws {
    for seed in 100..<110 as Range<UInt64> {
      var random = TestRandom(seed)
      // Without cycles and loops each part has one answer.
      func part() throws -> Graph {
        var known = try leaf(2, 2, &random)
        known.graph.edges = known.graph.edges.filter { $0.source.group != $0.target.group }
        known.graph.connections = known.graph.connections.filter { $0.from != $0.to }
        return known.graph
      }
      let (a, b, c) = (try part(), try part(), try part())
      let inner = try GraphComposition.product(a, b).graph
      let whole = try GraphComposition.product(GraphComposition.cascade(inner, c).graph, a).graph
      let u = random.vector(2)
      func outputs(_ graph: Graph, _ inputs: [Double]) throws -> [Double] {
        let (network, parameters) = try graph.compile()
        return try Simulator(network).equilibrium(parameters, inputs: Matrix([inputs])).outputs
          .elements
      }
      let (ya, yb) = (try outputs(a, u), try outputs(b, u))
      let yc = try outputs(c, zip(ya, yb).map { $0 * $1 })
      for (x, y) in zip(try outputs(whole, u), zip(yc, ya).map { $0 * $1 }) {
        #expect(abs(x - y) <= 1e-12 * max(1, abs(y)))
      }
    }
  }
}
