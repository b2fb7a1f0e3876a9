import Cyclograd
import CyclogradReports
import Foundation

/// What to do with a network of which so much is proved.
struct CheckAdvice {
  let lines: [String]

  init(_ certificate: GlobalCertificate, _ samples: SampleChecks?) {
    let cyclic = certificate.components.filter(\.isCyclic)
    var lines: [String] = []
    if cyclic.isEmpty {
      lines.append("there is no cycle: every backend evaluates each neuron once")
    }
    let contracting = cyclic.filter { $0.theorem == .perronFrobenius }
    if !cyclic.isEmpty, contracting.count == cyclic.count {
      lines.append(Self.iteration(contracting.compactMap { $0.perronFrobenius?.upperBound }))
    } else if !cyclic.isEmpty, certificate.isWellPosed {
      lines.append(
        "there is exactly one equilibrium, but plain iteration (edge-list, --solver picard) need not reach "
          + "it: use --backend automatic or direct")
    } else if !cyclic.isEmpty {
      lines += Self.unproved(cyclic, samples)
    }
    self.lines = lines
  }

  /// λ_PF is below 1 everywhere.
  private static func iteration(_ bounds: [Double]) -> String {
    let largest = bounds.max() ?? 0
    guard largest > 0 else {
      return "weights within cycles are zero: every backend converges at once"
    }
    let sweeps = (log(0.1) / log(largest)).rounded(.up)
    let pace =
      "plain iteration reaches the equilibrium from every start, with a digit more in "
      + (sweeps < 1e6 ? Quantity.count(Int(max(1, sweeps)), "sweep") : "more than a million sweeps")
      + " at worst: "
    return pace
      + (sweeps <= 20
        ? "--backend automatic, iterative and edge-list all serve"
        : "use --backend automatic or direct, which take fewer steps")
  }

  private static func unproved(
    _ cyclic: [GlobalCertificate.Component], _ samples: SampleChecks?
  ) -> [String] {
    var lines = [
      "use --backend automatic, which changes methods where one makes no progress; whether a sample has an "
        + "answer is in its status"
    ]
    let bounds = cyclic.filter { $0.theorem == nil }.compactMap { $0.perronFrobenius?.upperBound }
    if let largest = bounds.max() {
      lines.append(
        "a proof needs smaller weights within cycles, such as all divided by "
          + "\(String(shortest: largest * 1.001)), or a training with balls: [{radius: 0.9}]")
    }
    if cyclic.contains(where: { $0.theorem == nil && $0.perronFrobenius == nil }) {
      lines.append("a proof for every input needs activations with bounded slopes")
    }
    guard let samples else {
      lines.append(
        "what is unproved for every input may be proved for yours: give them with --input")
      return lines
    }
    if samples.rows.contains(where: { $0.certifiedCount > 1 }) {
      lines.append(
        "where there are several equilibria, solve gives the one reached from a = 0; choose another with "
          + "--state")
    }
    if samples.rows.contains(where: { $0.found.isEmpty }) {
      lines.append(
        "treat rows for which no equilibrium is found as failures: solve writes nan for them")
    }
    if samples.rows.allSatisfy({ $0.certifiedCount > 0 }) {
      lines.append(
        "every sample has a certified equilibrium: solve --certify bounds the errors of answers")
    }
    return lines
  }
}
