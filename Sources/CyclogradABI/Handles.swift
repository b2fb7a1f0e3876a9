import Cyclograd
import CyclogradFormats

/// What `cg_network` points to.
final class NetworkHandle: Sendable {
  let network: Network
  let parameters: Parameters
  let graph: Graph
  /// What a reader assumed or left out.
  let remarks: [String]

  init(_ graph: Graph, locate: GraphPartLocator? = nil, remarks: [String] = []) throws {
    (network, parameters) = try graph.compile(locate: locate)
    self.graph = graph
    self.remarks = remarks
  }
}

/// What `cg_simulator` points to.
final class SimulatorHandle: Sendable {
  let simulator: Simulator
  /// The parameters that the network begins with.
  let parameters: Parameters
  /// Compiles what it needs when it is first asked.
  let hessian: OutputHessian

  init(_ simulator: Simulator, _ parameters: Parameters) {
    self.simulator = simulator
    hessian = OutputHessian(simulator)
    self.parameters = parameters
  }
}

/// What `cg_equilibrium` points to: copies of an equilibrium share its factors, so these go along.
final class EquilibriumHandle: Sendable {
  let equilibrium: Equilibrium

  init(_ equilibrium: Equilibrium) { self.equilibrium = equilibrium }
}

/// What `cg_token` points to.
final class TokenHandle: Sendable {
  let token = CancellationToken()
  let progress: TaskProgress?

  init(_ progress: TaskProgress?) { self.progress = progress }

  /// Runs a call that the token may end.
  func run<Result>(_ body: () throws -> Result) throws -> Result {
    try CancellationToken.$current.withValue(token) {
      try token.check()
      guard let progress else { return try body() }
      return try TaskProgress.$current.withValue(progress, operation: body)
    }
  }
}

/// A handle that the caller owns, and gives back by ``release(_:as:)``.
func handle(_ object: AnyObject) -> OpaquePointer {
  OpaquePointer(Unmanaged.passRetained(object).toOpaque())
}

/// What a handle points to.
func object<Object: AnyObject>(_ handle: OpaquePointer, as type: Object.Type) -> Object {
  Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).takeUnretainedValue()
}

/// Gives a handle back.
func release<Object: AnyObject>(_ handle: OpaquePointer?, as type: Object.Type) {
  guard let handle else { return }
  Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).release()
}
