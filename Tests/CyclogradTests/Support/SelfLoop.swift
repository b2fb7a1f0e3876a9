import Cyclograd

/// y = f(w y + x), one neuron.
func selfLoop(_ activation: Activation, _ weight: Double) throws -> (Network, Parameters) {
  try Graph("loop") {
    Group("y", size: 1, activation: activation)
    Edge(.init("y", 0), to: .init("y", 0), weight: .init(.constant(weight)))
    Inputs(NeuronRange("y", 0...0))
    Outputs(NeuronRange("y", 0...0))
  }.compile()
}
