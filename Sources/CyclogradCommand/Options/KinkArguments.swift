import ArgumentParser
import Cyclograd
import CyclogradReports

/// What becomes of derivatives at kinks.
struct KinkArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What to do where a neuron stands on a kink of its activation: take the derivative of one "
        + "branch, or refuse.",
      valueName: KinkPolicy.allCases.map(\.rawValue).joined(separator: "|")))
  var kinks: String = KinkPolicy.branch.rawValue

  func policy() throws -> KinkPolicy { try KinkPolicy.named(kinks) }

  /// Says how many neurons of the samples stand on kinks, if any.
  static func note(_ counts: [Int]) {
    let total = counts.reduce(0, +)
    guard total > 0 else { return }
    let samples = counts.count { $0 > 0 }
    Console.note(
      (total == 1
        ? "1 neuron stands on a kink of its activation"
        : "\(Quantity.count(total)) neurons stand on kinks of their activations")
        + (counts.count == 1
          ? "" : ", in \(Quantity.count(samples)) of \(Quantity.count(counts.count, "sample"))")
        + "; the derivative of one branch is taken")
  }
}
