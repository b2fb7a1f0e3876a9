public import CCyclogradABI
import Cyclograd

/// See the header.
@c @implementation
public func cg_simulator_create(
  _ network: OpaquePointer, _ options: UnsafePointer<CChar>?, _ token: OpaquePointer?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> OpaquePointer? {
  call(token, error) {
    let network = object(network, as: NetworkHandle.self)
    var options = try Options(options, "solving")
    let backend = try options.string("backend").map { try GradientBackend.named($0) }
    let solving = try SolverOptions(taking: &options)
    try options.end()
    let simulator = try Simulator(
      network.network, backend: backend ?? .automatic, options: solving)
    return handle(SimulatorHandle(simulator, network.parameters))
  }
}

/// See the header.
@c @implementation
public func cg_simulator_release(_ simulator: OpaquePointer?) {
  release(simulator, as: SimulatorHandle.self)
}

/// See the header.
@c @implementation
public func cg_solve(
  _ simulator: OpaquePointer, _ parameters: UnsafePointer<Double>?,
  _ inputs: UnsafePointer<Double>?, _ samples: Int64, _ start: UnsafePointer<Double>?,
  _ start_rows: Int64, _ is_answer: Int32, _ token: OpaquePointer?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> OpaquePointer? {
  call(token, error) {
    let handles = object(simulator, as: SimulatorHandle.self)
    let simulator = handles.simulator
    let network = simulator.network
    let values = CyclogradABI.parameters(parameters, handles)
    let inputs = try matrix(
      inputs, rows: samples, columns: network.inputCount, "a batch of samples")
    let start = try start.map {
      try matrix($0, rows: start_rows, columns: network.unitCount, "states")
    }
    guard start != nil || is_answer == 0 else {
      throw CyclogradError(
        .invalidOption, "no states are given that could be the answer", advice: "give the states")
    }
    if is_answer != 0, let start {
      return handle(
        EquilibriumHandle(try simulator.equilibrium(values, inputs: inputs, at: start)))
    }
    return handle(
      EquilibriumHandle(try simulator.equilibrium(values, inputs: inputs, start: start)))
  }
}

/// See the header.
@c @implementation
public func cg_update(
  _ simulator: OpaquePointer, _ equilibrium: OpaquePointer,
  _ parameters: UnsafePointer<Double>?, _ inputs: UnsafePointer<Double>?,
  _ token: OpaquePointer?, _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> OpaquePointer? {
  call(token, error) {
    let handles = object(simulator, as: SimulatorHandle.self)
    var changed = object(equilibrium, as: EquilibriumHandle.self).equilibrium
    let inputs = try inputs.map {
      try matrix(
        $0, rows: Int64(changed.sampleCount), columns: changed.network.inputCount,
        "a batch of samples")
    }
    try handles.simulator.update(
      &changed, parameters: parameters.map { CyclogradABI.parameters($0, handles) },
      inputs: inputs)
    return handle(EquilibriumHandle(changed))
  }
}

/// See the header.
@c @implementation
public func cg_equilibrium_release(_ equilibrium: OpaquePointer?) {
  release(equilibrium, as: EquilibriumHandle.self)
}

/// See the header.
@c @implementation
public func cg_equilibrium_samples(_ equilibrium: OpaquePointer) -> Int64 {
  Int64(object(equilibrium, as: EquilibriumHandle.self).equilibrium.sampleCount)
}

/// See the header.
@c @implementation
public func cg_equilibrium_evidence(
  _ equilibrium: OpaquePointer, _ status: UnsafeMutablePointer<Int32>?,
  _ residual: UnsafeMutablePointer<Double>?, _ iterations: UnsafeMutablePointer<Int64>?
) {
  let evidence = object(equilibrium, as: EquilibriumHandle.self).equilibrium.evidence
  for (sample, evidence) in evidence.enumerated() {
    status?[sample] = evidence.status.number
    residual?[sample] = evidence.residual
    iterations?[sample] = Int64(evidence.iterations)
  }
}

/// See the header.
@c @implementation
public func cg_equilibrium_detail(
  _ equilibrium: OpaquePointer, _ sample: Int64
) -> UnsafeMutablePointer<CChar>? {
  let evidence = object(equilibrium, as: EquilibriumHandle.self).equilibrium.evidence
  guard evidence.indices ~= Int(sample) else { return nil }
  return evidence[Int(sample)].detail.map { text($0) }
}

/// See the header.
@c @implementation
public func cg_equilibrium_read(
  _ equilibrium: OpaquePointer, _ part: cg_part, _ values: UnsafeMutablePointer<Double>
) {
  let equilibrium = object(equilibrium, as: EquilibriumHandle.self).equilibrium
  switch part {
  case CG_OUTPUTS: values.take(equilibrium.outputs.elements)
  case CG_STATES: values.take(equilibrium.states.elements)
  case CG_ACTIVATIONS: values.take(equilibrium.neuronActivations.elements)
  case CG_INPUTS: values.take(equilibrium.inputs.elements)
  case CG_PARAMETERS: values.take(equilibrium.parameters.values)
  default: break
  }
}
