/// The names of methods that several solvers are made of, as backends, evidence and traces call them.
package enum MethodName {
  /// Plain iteration.
  package static let picard = "picard"
  /// Iteration whose iterates are mixed.
  package static let anderson = "anderson"
  /// Newton's method with factorizations.
  package static let newton = "newton"
  /// The series of an adjoint.
  package static let neumann = "neumann"
  /// The same with mixed partial sums.
  package static let mixedNeumann = "neumann with anderson"
}
