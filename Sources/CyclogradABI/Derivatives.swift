import CCyclogradABI
import Cyclograd

/// See the header.
@c @implementation
public func cg_vjp(
  _ simulator: OpaquePointer, _ equilibrium: OpaquePointer, _ cotangent: UnsafePointer<Double>,
  _ of_neurons: Int32, _ parameters: UnsafeMutablePointer<Double>?,
  _ inputs: UnsafeMutablePointer<Double>?, _ token: OpaquePointer?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  attempt(token, error) {
    let simulator = object(simulator, as: SimulatorHandle.self).simulator
    let equilibrium = object(equilibrium, as: EquilibriumHandle.self).equilibrium
    let network = equilibrium.network
    let numbers = try matrix(
      cotangent, rows: Int64(equilibrium.sampleCount),
      columns: of_neurons != 0 ? network.neuronCount : network.outputCount, "a cotangent")
    let gradient = try simulator.differentiate(
      of_neurons != 0 ? Cotangent.neurons(numbers) : .outputs(numbers), at: equilibrium
    ).get()
    parameters?.take(gradient.parameters)
    inputs?.take(gradient.inputs.elements)
  }
}

/// See the header.
@c @implementation
public func cg_jvp(
  _ simulator: OpaquePointer, _ equilibrium: OpaquePointer,
  _ parameters: UnsafePointer<Double>?, _ inputs: UnsafePointer<Double>?,
  _ outputs: UnsafeMutablePointer<Double>, _ token: OpaquePointer?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  attempt(token, error) {
    outputs.take(try change(simulator, equilibrium, parameters, inputs, ofNeurons: false))
  }
}

/// See the header.
@c @implementation
public func cg_jvp_neurons(
  _ simulator: OpaquePointer, _ equilibrium: OpaquePointer,
  _ parameters: UnsafePointer<Double>?, _ inputs: UnsafePointer<Double>?,
  _ neurons: UnsafeMutablePointer<Double>, _ token: OpaquePointer?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  attempt(token, error) {
    neurons.take(try change(simulator, equilibrium, parameters, inputs, ofNeurons: true))
  }
}

private func change(
  _ simulator: OpaquePointer, _ equilibrium: OpaquePointer, _ parameters: UnsafePointer<Double>?,
  _ inputs: UnsafePointer<Double>?, ofNeurons: Bool
) throws -> [Double] {
  let handles = object(simulator, as: SimulatorHandle.self)
  let equilibrium = object(equilibrium, as: EquilibriumHandle.self).equilibrium
  try equilibrium.require(handles.simulator.network)
  let tangent = try direction(parameters, inputs, equilibrium, handles)
  let options = handles.simulator.options
  return try equilibrium.jvp(
    tangent, ofNeurons: ofNeurons, threads: options.threads, kinks: options.kinks
  ).elements
}

/// See the header.
@c @implementation
public func cg_hessian_product(
  _ simulator: OpaquePointer, _ equilibrium: OpaquePointer, _ cotangent: UnsafePointer<Double>,
  _ parameter_direction: UnsafePointer<Double>?, _ input_direction: UnsafePointer<Double>?,
  _ parameters: UnsafeMutablePointer<Double>?, _ inputs: UnsafeMutablePointer<Double>?,
  _ token: OpaquePointer?, _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  attempt(token, error) {
    let handles = object(simulator, as: SimulatorHandle.self)
    let equilibrium = object(equilibrium, as: EquilibriumHandle.self).equilibrium
    let cotangent = try matrix(
      cotangent, rows: Int64(equilibrium.sampleCount), columns: equilibrium.network.outputCount,
      "a cotangent")
    let product = try handles.hessian.product(
      outputDerivatives: cotangent,
      along: try direction(parameter_direction, input_direction, equilibrium, handles),
      at: equilibrium)
    parameters?.take(product.parameters)
    inputs?.take(product.inputs.elements)
  }
}

/// A direction, borrowed.
private func direction(
  _ parameters: UnsafePointer<Double>?, _ inputs: UnsafePointer<Double>?,
  _ equilibrium: Equilibrium, _ simulator: SimulatorHandle
) throws -> Tangent {
  Tangent(
    inputs: try inputs.map {
      try matrix(
        $0, rows: Int64(equilibrium.sampleCount), columns: equilibrium.network.inputCount,
        "a direction of the inputs")
    }, parameters: parameters.map { CyclogradABI.parameters($0, simulator).values })
}

/// See the header.
@c @implementation
public func cg_jacobian(
  _ simulator: OpaquePointer, _ equilibrium: OpaquePointer, _ values: UnsafeMutablePointer<Double>,
  _ token: OpaquePointer?, _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  attempt(token, error) {
    let simulator = object(simulator, as: SimulatorHandle.self).simulator
    let options = simulator.options
    let equilibrium = object(equilibrium, as: EquilibriumHandle.self).equilibrium
    try equilibrium.require(simulator.network)
    let matrices = try equilibrium.jacobians(threads: options.threads, kinks: options.kinks)
    var next = values
    for matrix in matrices {
      next.take(matrix.elements)
      next += matrix.elements.count
    }
  }
}

/// See the header.
@c @implementation
public func cg_gradient(
  _ simulator: OpaquePointer, _ equilibrium: OpaquePointer, _ loss: UnsafePointer<CChar>,
  _ targets: UnsafePointer<Double>, _ target_columns: Int64,
  _ value: UnsafeMutablePointer<Double>?, _ parameters: UnsafeMutablePointer<Double>?,
  _ inputs: UnsafeMutablePointer<Double>?, _ token: OpaquePointer?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  attempt(token, error) {
    let simulator = object(simulator, as: SimulatorHandle.self).simulator
    let equilibrium = object(equilibrium, as: EquilibriumHandle.self).equilibrium
    let targets = try matrix(
      targets, rows: Int64(equilibrium.sampleCount), columns: Int(target_columns), "targets")
    let gradient = try simulator.differentiate(
      LossRegistry.named(String(cString: loss)), targets: targets, at: equilibrium
    ).get()
    value?.pointee = gradient.loss
    parameters?.take(gradient.parameters)
    inputs?.take(gradient.inputs.elements)
  }
}
