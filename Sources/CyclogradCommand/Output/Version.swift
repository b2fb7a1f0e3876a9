import CBuild
import SparseAlgebra

/// What `--version` prints.
enum Version {
  /// The version of the package.
  static let number = "0.1.0"

  /// Version, commit, and the solvers that the binary has.
  static var text: String {
    let commit = String(cString: cyclograd_commit())
    let solvers = FactorizationMethod.available.map(\.rawValue).joined(separator: ", ")
    return """
      cyclograd \(number) (\(commit.isEmpty ? "development build" : "commit \(commit)"))
      solvers: \(solvers)
      """
  }
}
