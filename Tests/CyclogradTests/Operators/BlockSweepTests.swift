import Foundation
import SparseAlgebra
import Synchronization
import Testing

@testable import Cyclograd

@Suite("Sweeps block by block in large components")
struct BlockSweepTests {
  /// One component in which every neuron listens to others anywhere, or only to those around it.
  private static func problem(_ neurons: Int, isLocal: Bool = false, samples: Int) throws -> Problem
  {
    try Problem(
      Graph("large", seed: 3) {
        Group("x", size: 2, role: .input)
        Group("h", size: neurons, activation: .tanh, bias: .uniform(-0.3...0.3))
        Group("y", size: 2, role: .output)
        Connection("x", to: "h", .inDegree(1), weight: .normal(1))
        if isLocal {
          for offset in [1, 2, 3] {
            for source in 0..<neurons {
              Edge(
                .init("h", source), to: .init("h", (source + offset) % neurons),
                weight: ParameterRule(.constant(0.2)))
            }
          }
        } else {
          // Short cycles must not decide: they stay within blocks.
          Connection("h", to: "h", .inDegree(6), self: false, weight: .uniform(-0.3...0.3))
        }
        Connection("h", to: "y", .inDegree(20), weight: .normal(0.3))
      }, samples: samples)
  }

  @Test(
    "The equilibrium and the gradient are those of plain sweeps, in fewer sweeps", .tags(.slow),
    .unlessFast,
    arguments: [(5000, 1), (900, 5), (1500, 20)])
  func agrees(neurons: Int, samples: Int) throws {
    let problem = try Self.problem(neurons, samples: samples)
    func run(_ backend: GradientBackend, _ threads: Int) throws -> (Equilibrium, Gradient) {
      let simulator = try Simulator(
        problem.network, backend: backend,
        options: SolverOptions(tolerance: 1e-12, threads: threads))
      let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
      return (
        equilibrium,
        try simulator.gradient(
          of: .halfSquaredError, targets: problem.targetMatrix, at: equilibrium)
      )
    }
    let plain = try run(.named("picard+neumann"), 1)
    let blocks = try run(.named("automatic"), 1)
    #expect(relativeDifference(blocks.0.states.elements, plain.0.states.elements) < 1e-11)
    #expect(relativeDifference(blocks.1.parameters, plain.1.parameters) < 1e-10)
    #expect(relativeDifference(blocks.1.inputs.elements, plain.1.inputs.elements) < 1e-10)
    for (a, b) in zip(blocks.0.evidence, plain.0.evidence) {
      #expect(a.iterations < b.iterations)
      #expect(a.detail == BlockGaussSeidelOrder.name && a.residual <= 1e-12)
    }
    for threads in [2, 5] {
      let other = try run(.named("automatic"), threads)
      #expect(other.0.states == blocks.0.states)
      #expect(other.1.parameters == blocks.1.parameters)
    }
  }

  @Test("The residual is that of the state which is returned")
  func residual() throws {
    let problem = try Self.problem(5000, samples: 1)
    let simulator = try Simulator(problem.network, backend: .named("automatic"))
    let found = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    let measured = try simulator.equilibrium(
      problem.parameters, inputs: problem.inputMatrix, at: found.states)
    // Over the whole network terms are counted one by one that a component's drive has added up.
    #expect(measured.evidence[0].residual <= found.evidence[0].residual * (1 + 1e-6))
    #expect(measured.evidence[0].residual > 0.3 * found.evidence[0].residual)
  }

  @Test(
    "Blocks cover a component once; where edges stay within them, or it is small, there are none")
  func covers() throws {
    func blocks(_ neurons: Int, isLocal: Bool, lanes: Int) throws -> BlockGaussSeidelOrder? {
      let network = try Self.problem(neurons, isLocal: isLocal, samples: 1).network
      let stage = try #require(network.stages.first { $0.isCyclic })
      return BlockGaussSeidelOrder(Component(network, stage: stage), lanes: lanes)
    }
    let made = try #require(try blocks(5000, isLocal: false, lanes: 1))
    let count = try #require(made.ranges.last?.upperBound)
    #expect(count > 4900 && made.ranges.flatMap { Array($0) } == Array(0..<count))
    #expect(made.ranges.dropLast().allSatisfy { $0.count % RowOrder.window == 0 })
    #expect(made.pieceCount <= Parallel.mostPieces)
    #expect(try blocks(5000, isLocal: true, lanes: 1) == nil)
    #expect(try blocks(400, isLocal: false, lanes: 8) == nil)
    // The same blocks for any number of samples, as iterates must not depend on it.
    for neurons in [1500, 5000] {
      let ranges = try [1, 8, 16].map { try blocks(neurons, isLocal: false, lanes: $0)?.ranges }
      #expect(ranges[0] != nil && ranges[0] == ranges[1] && ranges[0] == ranges[2])
    }
  }

  @Test("Where rows are long, blocks are smaller", arguments: [100, 300])
  func denseBlocks(neurons: Int) throws {
    let network = try Graph("dense") {
      Group("h", size: neurons, role: [.input, .output], activation: .tanh)
      Connection("h", to: "h", weight: .normal(1))
    }.compile().network
    let component = Component(network, stage: try #require(network.stages.first { $0.isCyclic }))
    let made = try [1, 8, 16].map {
      try #require(BlockGaussSeidelOrder(component, lanes: $0)).ranges
    }
    #expect(made[0] == made[1] && made[0] == made[2] && made[0].count >= 2)
    #expect(made[0].flatMap { Array($0) } == Array(0..<neurons))
    #expect(made[0].dropLast().allSatisfy { $0.count % RowBundles.size == 0 })
  }

  @Test("An order of rows keeps them within their windows, equally long ones together")
  func order() throws {
    #expect(RowOrder(5000) { _ in 7 } == nil)
    #expect(RowOrder(100) { $0 % 5 } == nil)
    let order = try #require(RowOrder(5003) { ($0 * 7919) % 11 })
    for start in stride(from: 0, to: 5003, by: RowOrder.window) {
      let window = start..<min(start + RowOrder.window, 5003)
      #expect(order.rows[window].map(Int.init).sorted() == Array(window))
      let lengths = order.rows[window].map { (Int($0) * 7919) % 11 }
      #expect(lengths == lengths.sorted())
    }
  }
}

@Suite("Pieces of work for several threads")
struct ThreadTeamTests {
  /// Counts calls by piece.
  private final class Counts: @unchecked Sendable {
    let values: UnsafeMutablePointer<Int>
    let count: Int
    init(_ count: Int) {
      self.count = count
      values = .allocate(capacity: max(1, count))
      values.initialize(repeating: 0, count: max(1, count))
    }
    deinit { values.deallocate() }
    var areAllOne: Bool { (0..<count).allSatisfy { values[$0] == 1 } }
  }

  @Test("Every piece is done once, also after a rest, nested and by several callers at once")
  func once() async {
    for round in 0..<300 {
      let counts = Counts(round % 70)
      ThreadTeam.shared.run(round % 70, threads: 1 + round % 5) { counts.values[$0] += 1 }
      #expect(counts.areAllOne)
    }
    try? await Task.sleep(for: .milliseconds(30))
    await withTaskGroup(of: Bool.self) { group in
      for caller in 0..<6 {
        group.addTask {
          var isRight = true
          for round in 0..<200 {
            let counts = Counts(40)
            ThreadTeam.shared.run(8, threads: 3) { outer in
              ThreadTeam.shared.run(5, threads: 3) { counts.values[5 * outer + $0] += 1 }
            }
            isRight = isRight && counts.areAllOne
            if (caller + round) % 50 == 0 { try? await Task.sleep(for: .milliseconds(3)) }
          }
          return isRight
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }

  @Test("No more threads work than were asked for, also after there were more")
  func seats() {
    ThreadTeam.shared.run(64, threads: 8) { _ in usleep(50) }
    for threads in [1, 2, 3, 8] {
      let seen = Mutex<Set<UInt>>([])
      ThreadTeam.shared.run(200, threads: threads) { _ in
        let thread = UInt(bitPattern: pthread_self().hashValue)
        seen.withLock { _ = $0.insert(thread) }
        usleep(20)
      }
      #expect((1...threads).contains(seen.withLock(\.count)))
    }
  }

  @Test("Parts cover a range in order and begin at multiples of the grain", arguments: [1, 8, 256])
  func parts(grain: Int) {
    for (count, pieces) in [(0, 3), (7, 3), (1000, 7), (5003, 32), (100, 32)] {
      let starts = Counts(count)
      let context = ExecutionContext(ThreadExecutor(threads: 3), threads: 3)
      context.forEachPart(of: 11..<11 + count, pieces, grain: grain) { _, part in
        for index in part { starts.values[index - 11] += 1 }
        if part.upperBound != 11 + count { #expect((part.upperBound - 11) % grain == 0) }
      }
      #expect(starts.areAllOne)
    }
  }
}
