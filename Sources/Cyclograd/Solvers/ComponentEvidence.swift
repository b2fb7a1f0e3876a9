/// What is known about the answer for one cyclic component of one sample.
public struct ComponentEvidence: Hashable, Sendable {
  /// One of the component's neurons, `group.index`.
  public var neuron: String
  /// How many neurons the component has.
  public var size: Int
  /// What its solver reported.
  public var outcome: SolverOutcome
}
