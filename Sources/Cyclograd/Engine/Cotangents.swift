/// Where adjoints start: ∂E/∂a of some neurons, for each sample.
struct Cotangents: Sendable {
  /// Samples × neurons.
  var values: Matrix
  /// The neuron of each column, in condensation order; one may stand several times.
  var neurons: [Int32]
}
