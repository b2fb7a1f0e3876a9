public import CCyclogradABI
import Cyclograd
import CyclogradFormats
import CyclogradReports

#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// See the header.
@c @implementation
public func cg_abi_version() -> Int32 { CG_ABI_VERSION }

/// See the header.
@c @implementation
public func cg_free(_ memory: UnsafeMutableRawPointer?) { free(memory) }

/// See the header.
@c @implementation
public func cg_features() -> UnsafeMutablePointer<CChar> {
  func names(_ values: [String]) -> JSONValue { .list(values.map { .string($0) }) }
  return text(
    JSONValue.object([
      ("abi", .integer(Int(CG_ABI_VERSION))),
      ("backends", names(GradientBackend.available.map(\.name))),
      ("state_solvers", names(GradientBackend.stateSolvers.map(\.name))),
      ("adjoint_solvers", names(GradientBackend.adjointSolvers.map(\.name))),
      ("losses", names(LossRegistry.all.map(\.name))),
      ("statuses", names(SolveStatus.allCases.map(\.rawValue))),
      ("formats", names(NetworkFormat.all.filter(\.canRead).map(\.name))),
    ]).line)
}

/// See the header.
@c @implementation
public func cg_token_create(
  _ progress: cg_progress?, _ context: UnsafeMutableRawPointer?
) -> OpaquePointer {
  guard let progress else { return handle(TokenHandle(nil)) }
  // The caller promises that both may be used from the threads that do the work.
  nonisolated(unsafe) let context = context
  return handle(
    TokenHandle(
      TaskProgress { state in
        guard let state else { return }
        state.name.withCString {
          progress($0, Int64(state.done), Int64(state.total ?? -1), context)
        }
      }))
}

/// See the header.
@c @implementation
public func cg_token_cancel(_ token: OpaquePointer) {
  object(token, as: TokenHandle.self).token.cancel()
}

/// See the header.
@c @implementation
public func cg_token_release(_ token: OpaquePointer?) { release(token, as: TokenHandle.self) }

/// See the header.
@c @implementation
public func cg_status_name(_ status: Int32) -> UnsafePointer<CChar>? {
  StatusNames.all.indices.contains(Int(status)) ? StatusNames.all[Int(status)].pointer : nil
}

extension SolveStatus {
  /// Its number in the interface.
  var number: Int32 { Int32(Self.allCases.firstIndex(of: self) ?? -1) }
}

/// The names of statuses, made once and never given back.
private enum StatusNames {
  struct Name: @unchecked Sendable {
    let pointer: UnsafePointer<CChar>
  }

  static let all = SolveStatus.allCases.map { Name(pointer: UnsafePointer(text($0.rawValue))) }
}
