import CCyclogradABI
import Cyclograd
import Testing

/// The library is the oracle: its own cuts of the same ring.
@Suite("Cuts through the C interface are those of the library")
struct LesionCallTests {
  private static let inputs = Matrix([[0.5, -1, 0.25], [0, 0, 2]])

  /// What a call leaves, for two samples of three outputs.
  private struct Answer: Equatable {
    var outputs: [Double]
    var relations: [Int32]
    var residuals: [Double]

    init(_ study: LesionStudy) {
      let outcomes = study.outcomes.flatMap { $0 }
      outputs = outcomes.flatMap { $0.outputs }
      relations = outcomes.map { outcome -> Int32 in
        switch outcome.relation {
        case .continued: 0
        case .another: 1
        case .none: 2
        }
      }
      residuals = outcomes.map { $0.residual }
    }

    init(
      _ ring: Ring, _ equilibrium: OpaquePointer, starts: [Int64], _ sources: [Int64],
      _ targets: [Int64]? = nil
    ) throws {
      let cuts = starts.count - 1
      var outputs = [Double](repeating: 0, count: cuts * 6)
      var relations = [Int32](repeating: -1, count: cuts * 2)
      var residuals = [Double](repeating: -1, count: cuts * 2)
      var error: UnsafeMutablePointer<CChar>?
      let worked = cg_lesions(
        ring.simulator, equilibrium, Int64(cuts), starts, sources, targets, &outputs, &relations,
        &residuals, nil, &error)
      guard worked == 1 else { throw Refusal(error) }
      (self.outputs, self.relations, self.residuals) = (outputs, relations, residuals)
    }
  }

  private func solved(_ ring: Ring) throws -> OpaquePointer {
    let made = cg_solve(ring.simulator, nil, Self.inputs.elements, 2, nil, 0, 0, nil, nil)
    return try #require(made)
  }

  @Test("Neurons are cut off, one by one and together, and edges by themselves")
  func cuts() throws {
    let ring = try Ring()
    let equilibrium = try solved(ring)
    defer { cg_equilibrium_release(equilibrium) }
    let (network, values) = try WeightMatrixGraph.ring.compile()
    let simulator = try Simulator(network)
    let intact = try simulator.equilibrium(values, inputs: Self.inputs)
    let finder = LesionFinder(network)
    let (first, last) = (try finder.outEdges(of: 0), try finder.outEdges(of: 2))
    let both = Lesion("both", weights: first.weights + last.weights)
    let neurons = Answer(
      try LesionStudy([first, both, last], at: intact, with: simulator))
    let edges = Answer(
      try LesionStudy(
        [finder.edge(from: 1, to: 1), finder.edge(from: 2, to: 0)], at: intact, with: simulator))

    #expect(
      try Answer(ring, equilibrium, starts: [0, 1, 3, 4], [0, 0, 2, 2]) == neurons)
    #expect(try Answer(ring, equilibrium, starts: [0, 1, 2], [1, 2], [1, 0]) == edges)
    // Nothing has to be cut, and nobody has to want the answer.
    let worked = cg_lesions(
      ring.simulator, equilibrium, 0, [0], nil, nil, nil, nil, nil, nil, nil)
    #expect(worked == 1)
  }

  @Test(
    "Neurons and edges that there are not, and starts that do not ascend, are errors",
    arguments: [
      ([0, 1], [3], nil), ([0, 1], [-1], nil), ([0, 1], [0], [2]), ([1, 1], [0], nil),
      ([0, 1, 0], [0], nil), ([0, 1], nil, nil),
    ] as [([Int64], [Int64]?, [Int64]?)])
  func errors(starts: [Int64], sources: [Int64]?, targets: [Int64]?) throws {
    let ring = try Ring()
    let equilibrium = try solved(ring)
    defer { cg_equilibrium_release(equilibrium) }
    var error: UnsafeMutablePointer<CChar>?
    let worked = cg_lesions(
      ring.simulator, equilibrium, Int64(starts.count - 1), starts, sources, targets, nil, nil, nil,
      nil, &error)
    #expect(worked == 0)
    #expect(Refusal(error).code == "invalid-option")
  }
}
