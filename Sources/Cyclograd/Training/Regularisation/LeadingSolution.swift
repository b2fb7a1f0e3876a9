/// States of a tangent that a term of the objective needs, of which those of the training's network are a part.
///
/// A training that has such a term solves the tangent at once: its network needs no solution of its own then.
struct LeadingSolution: Sendable {
  /// Whose it is.
  let term: JacobianPenalty
  private(set) var solved: JacobianProbe.Solved
  /// The part that is the training's network. Its evidence is that of the whole.
  private(set) var primal: Equilibrium

  init(term: JacobianPenalty, solved: JacobianProbe.Solved, primal: Equilibrium) {
    (self.term, self.solved, self.primal) = (term, solved, primal)
  }

  /// The part of some samples.
  func selecting(_ rows: [Int]) -> LeadingSolution {
    guard rows.count < primal.sampleCount else { return self }
    return LeadingSolution(
      term: term, solved: solved.selecting(rows), primal: primal.selecting(rows))
  }
}

/// A term whose tangent a training can solve in place of its network.
protocol LeadingTerm: AdjointSharingTerm {
  /// The states of the tangent from a = 0; `nil` where samples need several of them.
  func solution(
    _ parameters: Parameters, inputs: Matrix, samples: [Int], step: Int, seed: UInt64
  ) throws -> LeadingSolution?
}
