import CCyclogradABI
import Cyclograd
import CyclogradReports

/// See the header.
@c @implementation
public func cg_certify(
  _ simulator: OpaquePointer, _ equilibrium: OpaquePointer, _ token: OpaquePointer?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> UnsafeMutablePointer<CChar>? {
  call(token, error) {
    let simulator = object(simulator, as: SimulatorHandle.self).simulator
    let options = simulator.options
    let equilibrium = object(equilibrium, as: EquilibriumHandle.self).equilibrium
    try equilibrium.require(simulator.network)
    return text(try LocalCertificate(equilibrium, threads: options.threads).json.line)
  }
}

/// See the header.
@c @implementation
public func cg_check(
  _ simulator: OpaquePointer, _ parameters: UnsafePointer<Double>?, _ token: OpaquePointer?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> UnsafeMutablePointer<CChar>? {
  call(token, error) {
    let handles = object(simulator, as: SimulatorHandle.self)
    let certificate = try GlobalCertificate(
      handles.simulator.network, CyclogradABI.parameters(parameters, handles))
    let components = certificate.components.map { JSONValue.object($0.entries) }
    return text(
      JSONValue.object([
        ("well_posed", .boolean(certificate.isWellPosed)), ("components", .list(components)),
      ]).line)
  }
}

/// See the header.
@c @implementation
public func cg_compare(
  _ simulator: OpaquePointer, _ parameters: UnsafePointer<Double>?,
  _ inputs: UnsafePointer<Double>?, _ samples: Int64, _ targets: UnsafePointer<Double>?,
  _ target_columns: Int64, _ options: UnsafePointer<CChar>?, _ token: OpaquePointer?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> UnsafeMutablePointer<CChar>? {
  call(token, error) {
    let handles = object(simulator, as: SimulatorHandle.self)
    let network = handles.simulator.network
    var options = try Options(options, "a comparison")
    let loss = try LossRegistry.named(try options.string("loss") ?? "half-squared-error")
    let backends = try options.strings("backends") ?? ["edge-list", "direct"]
    let repetitions = try options.integer("repeat") ?? 1
    guard repetitions >= 1 else {
      throw CyclogradError(
        .invalidOption, "repeat is \(repetitions)", advice: "give a number of at least 1")
    }
    try options.end()
    let inputs = try matrix(
      inputs, rows: samples, columns: network.inputCount, "a batch of samples")
    let comparison = try Comparison(
      network, CyclogradABI.parameters(parameters, handles), inputs: inputs,
      targets: try matrix(targets, rows: samples, columns: Int(target_columns), "targets"),
      loss: loss, backends: try backends.map { try GradientBackend.named($0) },
      options: handles.simulator.options, repetitions: repetitions)
    return text(JSONValue.object(comparison.entries).line)
  }
}

/// See the header.
@c @implementation
public func cg_report(
  _ network: OpaquePointer, _ equilibrium: OpaquePointer?, _ figure: UnsafePointer<CChar>?,
  _ token: OpaquePointer?, _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> UnsafeMutablePointer<CChar>? {
  call(token, error) {
    let handle = object(network, as: NetworkHandle.self)
    let network = handle.network
    let equilibrium = equilibrium.map { object($0, as: EquilibriumHandle.self).equilibrium }
    if let equilibrium { try equilibrium.require(network) }
    let page = InspectionReport.page(
      network, equilibrium?.parameters ?? handle.parameters,
      title: network.name.isEmpty ? "network" : network.name,
      equilibrium: equilibrium.flatMap { $0.sampleCount > 0 ? $0[0] : nil })
    guard let name = figure.map({ String(cString: $0) }) else { return text(page.html()) }
    guard let figure = page.figures.first(where: { $0.name == name }) else {
      throw CyclogradError(
        .invalidOption, "this report has no figure '\(name)'",
        advice: "its figures are \(page.figures.map(\.name).joined(separator: ", "))")
    }
    return text(figure.svg())
  }
}
