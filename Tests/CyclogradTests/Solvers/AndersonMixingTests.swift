import TestSupport
import Testing

@testable import Cyclograd

@Suite("Anderson mixing finds fixed points that plain steps find slowly, or not at all")
struct AndersonMixingTests {
  /// x = A x + b with given eigenvalues of A, which is not normal.
  private struct Linear {
    let matrix: [[Double]]
    let b: [Double]
    /// (I − A)⁻¹ b
    let solution: [Double]

    init(_ eigenvalues: [Double], _ random: inout TestRandom) {
      let n = eigenvalues.count
      // A = S D S⁻¹ with a unit triangular S, so that both are known.
      var s = (0..<n).map { i in (0..<n).map { $0 == i ? 1.0 : 0 } }
      for i in 0..<n { for j in 0..<i { s[i][j] = random.number(-0.3, 0.3) } }
      func product(_ v: [Double]) -> [Double] {
        (0..<n).map { i in (0..<n).reduce(0) { $0 + s[i][$1] * v[$1] } }
      }
      func inverse(_ v: [Double]) -> [Double] {
        var x = v
        for i in 0..<n { for j in 0..<i { x[i] -= s[i][j] * x[j] } }
        return x
      }
      func unit(_ j: Int) -> [Double] { (0..<n).map { $0 == j ? 1 : 0 } }
      func apply(_ factors: [Double], _ v: [Double]) -> [Double] {
        product(zip(factors, inverse(v)).map { $0 * $1 })
      }
      let columns = (0..<n).map { apply(eigenvalues, unit($0)) }
      matrix = (0..<n).map { i in (0..<n).map { columns[$0][i] } }
      b = (0..<n).map { _ in random.number(-1, 1) }
      solution = apply(eigenvalues.map { 1 / (1 - $0) }, b)
    }

    /// Iterates from 0; the iterations that it took, and the largest error.
    func run(
      _ acceleration: FixedPointIteration.Acceleration, window: Int, interval: Int = 3
    ) -> (Int, Double) {
      let n = b.count
      let room = UnsafeMutableBufferPointer<Double>.allocate(capacity: 3 * n)
      room.initialize(repeating: 0)
      defer { room.deallocate() }
      func part(_ index: Int) -> UnsafeMutableBufferPointer<Double> {
        UnsafeMutableBufferPointer(rebasing: room[index * n..<(index + 1) * n])
      }
      let (x, r) = (part(0), part(1))
      let progress = FixedPointIteration(tolerance: 1e-12, limit: 3000, acceleration: acceleration)
        .run(
          x, r: r, best: part(2),
          mixing: { AndersonMixing(length: n, window: window, interval: interval) },
          residual: {
            var (most, size) = (0.0, 1e-300)
            for i in 0..<n {
              r[i] = x[i] - b[i]
              for j in 0..<n { r[i] -= matrix[i][j] * x[j] }
              most = max(most, abs(r[i]))
              size = max(size, abs(x[i]))
            }
            return most / size
          }, record: { _ in })
      let error = zip(x, solution).reduce(0) { max($0, abs($1.0 - $1.1)) }
      return (progress.hasConverged ? progress.iterations : 3000, error)
    }
  }

  @Test("slow contractions take a fraction of the plain steps", arguments: 0..<5 as Range<UInt64>)
  func slow(seed: UInt64) {
    var random = TestRandom(seed)
    let problem = Linear((0..<60).map { _ in random.number(-0.98, 0.98) } + [0.99], &random)
    let (plain, _) = problem.run(.never, window: 8)
    for interval in [1, 3] {
      let (mixed, error) = problem.run(.always, window: 8, interval: interval)
      #expect(mixed * 4 < plain, "\(mixed) of \(plain)")
      #expect(error < 1e-8 * (problem.solution.map(abs).max() ?? 1))
    }
  }

  @Test(
    "eigenvalues outside of the unit circle, where plain steps run away",
    arguments: 0..<5 as Range<UInt64>)
  func unstable(seed: UInt64) {
    var random = TestRandom(seed)
    let problem = Linear(
      (0..<40).map { _ in random.number(-0.8, 0.8) } + [-3, 1.5, -1.2], &random)
    #expect(problem.run(.never, window: 8).0 == 3000)
    let (mixed, error) = problem.run(.always, window: 8)
    #expect(mixed < 200 && error < 1e-8 * (problem.solution.map(abs).max() ?? 1), "\(mixed)")
  }

  @Test("as many eigenvalues as the window are found exactly", arguments: [1, 2, 5, 8])
  func few(count: Int) {
    var random = TestRandom(UInt64(count))
    let values = (0..<count).map { 0.9 - 0.15 * Double($0) }
    let problem = Linear(values, &random)
    let (mixed, error) = problem.run(.always, window: 8)
    // Three steps for each, and what rounding asks for.
    #expect(mixed <= 3 * count + 12 && error < 1e-9 * (problem.solution.map(abs).max() ?? 1))
  }

  @Test("a window beyond all bounds is cut, and blocks of any length give the same")
  func windows() {
    var random = TestRandom(9)
    let problem = Linear((0..<30).map { _ in random.number(-0.95, 0.95) }, &random)
    for window in [1, 3, 20, 100, 100_000] {
      let (mixed, error) = problem.run(.always, window: window)
      #expect(mixed < 3000 && error < 1e-8, "\(window): \(mixed)")
    }
  }

  @Test("numbers of any size are mixed alike", arguments: [1e-200, 1e-160, 1e-30, 1e150, 1e200])
  func units(scale: Double) throws {
    let graph = Graph("lattice", seed: 1) {
      Group("h", shape: [7, 7], activation: .identity, bias: ParameterRule(.constant(scale)))
      Connection(
        "h", to: "h", .neighborhood(Neighborhood(kernel: .init(3, 3))), self: false,
        weight: ParameterRule(.constant(0.97 / 8)))
    }
    let (network, parameters) = try graph.compile()
    let found = try Simulator(
      network, backend: .pair(solver: "anderson", adjoint: "neumann")
    ).equilibrium(parameters, inputs: Matrix(rows: 1, columns: 0))
    #expect(found.isConverged && found.evidence[0].iterations < 100)
  }
}
