import Cyclograd
import CyclogradReports
import Foundation

/// What a sweep over a network takes, and what a solve takes besides its sweeps.
///
/// A solve to a small tolerance makes more sweeps than one to a large one, and does everything else as often: the difference
/// is the cost of sweeps alone, and what is left of the shorter one is what is outside of them.
struct SweepCost: Sendable {
  /// Seconds in one direction.
  struct Direction: Sendable {
    /// Of one sweep.
    var sweep: Double
    /// Of everything outside of sweeps, once a solve.
    var outside: Double

    /// - Parameters:
    ///   - short: seconds and sweeps of the solve with fewer sweeps.
    ///   - long: those of the one with more.
    init(short: (seconds: Double, sweeps: Int), long: (seconds: Double, sweeps: Int)) {
      sweep = (long.seconds - short.seconds) / Double(long.sweeps - short.sweeps)
      outside = max(0, short.seconds - Double(short.sweeps) * sweep)
    }

    /// Of a peer: what is done once is part of its sweeps.
    init(perSweep seconds: Double) { (sweep, outside) = (seconds, 0) }
  }

  /// Who swept, with how many threads.
  struct Sweeper: Sendable {
    var name: String
    var forward: Direction
    var backward: Direction
    /// What the first solve of a simulator takes longer than later ones: packed weights, fresh memory. `nil` for peers.
    var first: Double?
    /// Reading entries and vectors once, with as many threads.
    var reading: Double
  }

  var problem: String
  var family: Family
  var neurons: Int
  var edges: Int
  /// The library, one thread first.
  var own: [Sweeper]
  var sciPy: Sweeper?
  /// Why SciPy's times do not count.
  var withdrawal: String?

  /// Sweeps networks of a family of 1,000 neurons to the largest, by powers of ten.
  static func measure(
    _ family: Family, _ settings: Settings, _ progress: (String) -> Void,
    _ make: (Int) throws -> Problem
  ) throws -> [SweepCost] {
    try sequence(first: 1000) { 10 * $0 }.prefix { $0 <= settings.largest }.map { count in
      progress("\(family.rawValue) \(Families.label(count)): making the network")
      return try SweepCost(family, make(count), settings, progress)
    }
  }

  private init(
    _ family: Family, _ problem: Problem, _ settings: Settings, _ progress: (String) -> Void
  ) throws {
    (self.family, self.problem) = (family, problem.name)
    (neurons, edges) = (problem.network.neuronCount, problem.network.edgeCount)
    let found = try Set([1, settings.threads]).sorted().map { threads in
      progress("\(problem.name): sweeping, \(Quantity.count(threads, "thread"))")
      return try Self.sweeper(problem, threads: threads, settings)
    }
    own = found.map(\.sweeper)
    if let python = settings.python {
      progress("\(problem.name): \(Entry.Peer.scipyCSR.title)")
      do {
        sciPy = try Self.peer(
          problem, python, settings, reading: own[0].reading, answer: found[0].answer)
      } catch let error as Withdrawal {
        withdrawal = error.reason
      }
    }
  }

  private static func sweeper(
    _ problem: Problem, threads: Int, _ settings: Settings
  ) throws -> (sweeper: Sweeper, answer: Answer) {
    let backend = try GradientBackend.pair(solver: "picard", adjoint: "neumann")
    let contestants = try [1e-2, settings.tolerance].map { tolerance in
      try SimulatorContestant(
        problem, backend, SolverOptions(tolerance: tolerance, threads: threads))
    }
    let first = try contestants.map { try $0.run() }
    var timings: [[Timing]] = [[], []]
    var spent = 0.0
    for round in 0..<settings.rounds where round == 0 || spent < settings.budget {
      for (index, contestant) in contestants.enumerated() {
        timings[index].append(try contestant.run())
        spent += timings[index][round].total
      }
    }
    func direction(_ number: Int, _ seconds: KeyPath<Timing, Double?>) -> Direction {
      let medians = timings.map { runs in
        runs.compactMap { $0[keyPath: seconds] }.median() ?? .nan
      }
      return Direction(
        short: (medians[0], timings[0][0].iterations[number]),
        long: (medians[1], timings[1][0].iterations[number]))
    }
    let usual = timings[1].map(\.total).median() ?? .nan
    let streaming = Streaming(
      edges: problem.network.edgeCount, units: problem.network.unitCount, threads: threads)
    let streams = (0...settings.rounds).map { _ in streaming.seconds() }
    let sweeper = Sweeper(
      name: Quantity.count(threads, "thread"), forward: direction(0, \.equilibrium),
      backward: direction(1, \.gradient), first: max(0, first[1].total - usual),
      // A limit is what can be reached, not what is usual.
      reading: streams.dropFirst().min() ?? .nan)
    return (sweeper, try contestants[1].answer())
  }

  private static func peer(
    _ problem: Problem, _ python: String, _ settings: Settings, reading: Double, answer: Answer
  ) throws -> Sweeper {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("cyclograd-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try problem.export(to: folder, tolerance: settings.tolerance)
    let contestant = try PeerContestant(
      Entry.Peer.scipyCSR.title, python: python, script: Entry.Peer.scipyCSR.rawValue,
      arguments: [folder.path, "1"], folder: folder,
      vectors: Entry.Task.gradient.vectors, settings)
    var timings: [Timing] = []
    var spent = try contestant.run().total
    let difference = try contestant.answer().difference(from: answer)
    guard difference <= problem.agreement(settings.tolerance, .gradient) else {
      throw Withdrawal(reason: "its answer differs by \(difference)")
    }
    for round in 0..<settings.rounds where round == 0 || spent < settings.budget {
      timings.append(try contestant.run())
      spent += timings[round].total
    }
    func sweep(_ number: Int, _ seconds: KeyPath<Timing, Double?>) -> Direction {
      let median = timings.compactMap { $0[keyPath: seconds] }.median() ?? .nan
      return Direction(perSweep: median / Double(timings[0].iterations[number]))
    }
    return Sweeper(
      name: contestant.name, forward: sweep(0, \.equilibrium), backward: sweep(1, \.gradient),
      first: nil, reading: reading)
  }
}
