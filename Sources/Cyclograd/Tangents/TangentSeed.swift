/// What a tangent network differentiates by.
public enum TangentSeed: Hashable, Sendable {
  /// The inputs: their changes are further inputs, in the same order.
  case inputs
  /// All parameters: their changes are further parameters, which training leaves alone.
  case parameters
  /// The activations of some groups, whatever feeds them: their changes are further inputs.
  case groups([String])
}
