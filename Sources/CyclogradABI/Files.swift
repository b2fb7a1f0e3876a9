import CCyclogradABI
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// See the header.
@c @implementation
public func cg_network_write(
  _ network: OpaquePointer, _ parameters: UnsafePointer<Double>?, _ path: UnsafePointer<CChar>,
  _ options: UnsafePointer<CChar>?, _ token: OpaquePointer?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> UnsafeMutablePointer<CChar>? {
  call(token, error) {
    let handle = object(network, as: NetworkHandle.self)
    let path = String(cString: path)
    var options = try Options(options, "writing a network")
    let format =
      try options.string("to").map { try NetworkFormat.named($0) }
      ?? NetworkFormat.format(writing: path)
    let preparation = try options.string("preparation")
      .map { try InputTransform($0, file: "preparation") }
    try options.end()
    let values = CyclogradABI.parameters(parameters, or: handle.parameters)
    // Formats write what is NaN as if it were still to be drawn.
    try handle.network.check(values)
    let remarks = try handle.write(values, preparation, to: path, in: format)
    return text(JSONValue.list(remarks.map { .string(Wording.spoken($0)) }).line)
  }
}

/// See the header.
@c @implementation
public func cg_network_read_parameters(
  _ network: OpaquePointer, _ path: UnsafePointer<CChar>, _ values: UnsafeMutablePointer<Double>,
  _ token: OpaquePointer?, _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  attempt(token, error) {
    let network = object(network, as: NetworkHandle.self).network
    values.take(try ParametersFile.read(String(cString: path), for: network).values)
  }
}

/// See the header.
@c @implementation
public func cg_read_preparation(
  _ path: UnsafePointer<CChar>, _ token: OpaquePointer?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> UnsafeMutablePointer<CChar>? {
  call(token, error) {
    let transform = try ParametersFile.transform(String(cString: path))
    return text(transform.flatMap { $0.isEmpty ? nil : $0.text } ?? "null")
  }
}

extension NetworkHandle {
  /// Writes the network, or its parameters alone where that is what the format holds; what was left out.
  fileprivate func write(
    _ parameters: Parameters, _ preparation: InputTransform?, to path: String,
    in format: NetworkFormat
  ) throws -> [String] {
    if format.name == "safetensors" {
      try ParametersFile.write(parameters, of: network, transform: preparation, to: path)
      return []
    }
    var begun = ImportedNetwork(graph, named: graph.name.isEmpty ? "the network" : graph.name)
    begun.transform = preparation
    guard parameters == self.parameters else {
      return try format.write(begun.taking(parameters, of: network), to: path)
    }
    return try format.write(begun, to: path)
  }
}
