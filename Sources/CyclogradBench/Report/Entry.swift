import Cyclograd
import Foundation

/// A problem with those who race on it.
struct Entry {
  /// Programs in other languages, by the names of their files.
  enum Peer: String, CaseIterable {
    case scipyCSR = "scipy_csr"
    case scipySuperLU = "scipy_splu"
    case scipyLayers = "scipy_layers"
    case jax = "jax_segments"
    case jaxHessian = "jax_hessian"
    case torchCSR = "torch_csr"
    case torchDense = "torch_dense"
    case pardiso

    var title: String {
      switch self {
      case .scipyCSR: "SciPy CSR"
      case .scipySuperLU: "SciPy SuperLU"
      case .scipyLayers: "SciPy, by layers"
      case .jax: "JAX segment sums"
      case .jaxHessian: "JAX jvp of grad"
      case .torchCSR: "PyTorch CSR"
      case .torchDense: "PyTorch dense"
      case .pardiso: "PARDISO"
      }
    }
  }

  /// What is asked for.
  enum Task {
    /// An equilibrium and a gradient.
    case gradient
    /// A training step.
    case training
    /// An equilibrium and a product with the loss's Hessian by all parameters.
    case hessianProduct

    /// The names of what answers hold.
    var vectors: [String] {
      switch self {
      case .gradient: ["states", "weights", "biases", "inputs"]
      case .training, .hessianProduct: ["weights", "biases"]
      }
    }
  }

  var family: Family
  var neurons: Int
  var peers: [Peer]
  var task = Task.gradient
  /// The ratio that the family is to reach; `nil`: only the geometric mean and the floor of 3.
  var target: Double?
  var make: () throws -> Problem

  /// Races everybody on the problem.
  func race(_ settings: Settings, _ progress: (String) -> Void) throws -> (Problem, Race) {
    progress("making the network")
    let problem = try make()
    // Training steps are short, and their peers were measured on one thread.
    let threads = task == .gradient ? settings.threads : 1
    var contestants = try own(problem, settings, threads)
    var withdrawn: [Race.Result] = []
    if let python = settings.python, !peers.isEmpty {
      let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("cyclograd-bench-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      try problem.export(to: folder, tolerance: tolerance(settings))
      for peer in peers {
        progress("\(peer.title): starting")
        do {
          contestants.append(try start(peer, python, folder, threads, settings))
        } catch let error as Withdrawal {
          withdrawn.append(.init(name: peer.title, isPeer: true, withdrawal: error.reason))
        }
      }
      return (problem, run(contestants, withdrawn, problem, settings, progress))
    }
    return (problem, run(contestants, withdrawn, problem, settings, progress))
  }

  /// Errors of second derivatives grow with one more power of the inverse's norm.
  private func tolerance(_ settings: Settings) -> Double {
    task == .hessianProduct ? min(settings.tolerance, 1e-12) : settings.tolerance
  }

  private func run(
    _ contestants: [any Contestant], _ withdrawn: [Race.Result], _ problem: Problem,
    _ settings: Settings, _ progress: (String) -> Void
  ) -> Race {
    var race = Race(
      contestants, rounds: settings.rounds, budget: settings.budget,
      agreement: problem.agreement(settings.tolerance, task), rest: settings.rest,
      progress: progress)
    race.results += withdrawn
    return race
  }

  private func own(
    _ problem: Problem, _ settings: Settings, _ threads: Int
  ) throws -> [any Contestant] {
    var options = SolverOptions(tolerance: tolerance(settings), threads: threads)
    switch task {
    case .gradient: break
    case .training: return [try TrainingContestant(problem, options)]
    case .hessianProduct: return [try HessianContestant(problem, options)]
    }
    var result: [any Contestant] = []
    for name in settings.backends {
      do {
        result.append(try SimulatorContestant(problem, GradientBackend.named(name), options))
      } catch let error as Withdrawal where !result.isEmpty {
        _ = error  // A backend outside its domain is no news here: `compare` says why.
      }
    }
    if threads > 1 {
      options.threads = 1
      result.append(
        try SimulatorContestant(problem, GradientBackend.named(settings.backends[0]), options))
    }
    return result
  }

  private func start(
    _ peer: Peer, _ python: String, _ folder: URL, _ threads: Int, _ settings: Settings
  ) throws -> PeerContestant {
    try PeerContestant(
      peer.title, python: python, script: peer.rawValue,
      arguments: [folder.path, String(threads)], folder: folder,
      vectors: task.vectors,
      settings)
  }
}
