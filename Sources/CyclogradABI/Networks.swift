public import CCyclogradABI
import Cyclograd
import CyclogradFormats
import CyclogradReports

#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// See the header.
@c @implementation
public func cg_network_read(
  _ path: UnsafePointer<CChar>, _ options: UnsafePointer<CChar>?, _ token: OpaquePointer?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> OpaquePointer? {
  call(token, error) {
    var options = try Options(options, "reading a network")
    let format = try options.string("from")
    let reading = try ImportOptions(taking: &options)
    try options.end()
    let imported = try NetworkFormat.read(
      String(cString: path), from: format, options: reading)
    if !imported.graph.groups.isEmpty {
      try imported.require([.activation, .inputs, .outputs], for: "solving it")
    }
    try CancellationToken.checkCurrent()
    return handle(
      try NetworkHandle(
        imported.graph, locate: imported.location(of:), remarks: imported.remarks))
  }
}

/// See the header.
@c @implementation
public func cg_network_parse(
  _ text: UnsafePointer<CChar>, _ length: Int64, _ folder: UnsafePointer<CChar>?,
  _ token: OpaquePointer?, _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> OpaquePointer? {
  call(token, error) {
    let bytes = UnsafeRawBufferPointer(start: text, count: max(0, Int(length)))
    var folder = folder.map { String(cString: $0) } ?? ""
    if !folder.isEmpty, !folder.hasSuffix("/") { folder += "/" }
    let document = try GraphFile.parse(bytes: Array(bytes), folder: folder).resolved()
    return handle(try NetworkHandle(document.graph, locate: document.location(of:)))
  }
}

/// See the header.
@c @implementation
public func cg_network_from_csr(
  _ matrix: UnsafePointer<cg_csr>, _ options: UnsafePointer<CChar>?, _ token: OpaquePointer?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> OpaquePointer? {
  call(token, error) {
    var options = try Options(options, "a network from a matrix")
    let name = try options.string("name") ?? ""
    let activations = try options.activations(of: matrix.pointee.neurons)
    let names = try options.strings("names") ?? []
    try options.end()
    var weights = try WeightMatrix(matrix.pointee)
    if !names.isEmpty { weights.names = names }
    var known: [String: Activation] = [:]
    weights.activations = try activations.map { text in
      if let activation = known[text] { return activation }
      let activation = try ImportOptions.activation(text, option: "activation")
      known[text] = activation
      return activation
    }
    try CancellationToken.checkCurrent()
    return handle(try NetworkHandle(try weights.graph(name: name)))
  }
}

extension WeightMatrix {
  /// Copies borrowed arrays.
  fileprivate init(_ matrix: cg_csr) throws(CyclogradError) {
    let size = Int(matrix.neurons)
    guard 1..<Int(Int32.max) ~= size else {
      throw CyclogradError(
        size < 1 ? .invalidGraph : .tooLarge, "the matrix has \(size) rows",
        advice: "a network has from 1 to \(Int32.max - 1) neurons")
    }
    guard let rowStarts = matrix.row_starts else {
      throw CyclogradError(
        .invalidGraph, "the matrix has no starts of rows", advice: "give neurons + 1 numbers")
    }
    let starts: [Int]
    switch matrix.index_bytes {
    case 4: starts = try Self.starts(rowStarts.assumingMemoryBound(to: Int32.self), size)
    case 8: starts = try Self.starts(rowStarts.assumingMemoryBound(to: Int64.self), size)
    default:
      throw CyclogradError(
        .invalidOption, "indices of \(matrix.index_bytes) bytes", advice: "give 4 or 8")
    }
    let count = starts[size]
    guard count <= Int(Int32.max) else {
      throw CyclogradError(
        .tooLarge, "the matrix has \(count) entries", advice: "at most \(Int32.max) can be numbered"
      )
    }
    var targets = [Int32](repeating: 0, count: count)
    targets.withUnsafeMutableBufferPointer { targets in
      for row in 0..<size {
        for edge in starts[row]..<starts[row + 1] { targets[edge] = Int32(truncatingIfNeeded: row) }
      }
    }
    var (sources, weights): ([Int32], [Double]) = ([], [])
    if count > 0 {
      guard let columns = matrix.columns, let values = matrix.weights else {
        throw CyclogradError(
          .invalidGraph, "the matrix has \(count) entries, but no columns or no weights",
          advice: "give one of each for every entry")
      }
      sources = try Self.columns(columns, count, bytes: matrix.index_bytes)
      weights = Array(UnsafeBufferPointer(start: values, count: count))
    }
    self.init(
      size: size, targets: targets, sources: sources, weights: weights, activation: .tanh)
    biases = matrix.biases.map { Array(UnsafeBufferPointer(start: $0, count: size)) }
    inputs = try Self.neurons(matrix.inputs, matrix.input_count)
    outputs = try Self.neurons(matrix.outputs, matrix.output_count)
  }

  private static func starts<Index: FixedWidthInteger>(
    _ numbers: UnsafePointer<Index>, _ size: Int
  ) throws(CyclogradError) -> [Int] {
    let starts = (0...size).map { Int(numbers[$0]) }
    guard starts[0] == 0, (0..<size).allSatisfy({ starts[$0] <= starts[$0 + 1] }) else {
      throw CyclogradError(
        .invalidGraph, "the starts of the matrix's rows do not ascend from 0",
        advice: "give a matrix of compressed rows")
    }
    return starts
  }

  private static func columns(
    _ numbers: UnsafeRawPointer, _ count: Int, bytes: Int32
  ) throws(CyclogradError) -> [Int32] {
    if bytes == 4 {
      return Array(
        UnsafeBufferPointer(start: numbers.assumingMemoryBound(to: Int32.self), count: count))
    }
    return try narrowed(numbers.assumingMemoryBound(to: Int64.self), count, "column")
  }

  /// Numbers of neurons that fit 32 bits; a larger one is named as it was given.
  private static func narrowed(
    _ numbers: UnsafePointer<Int64>, _ count: Int, _ what: String
  ) throws(CyclogradError) -> [Int32] {
    var result: [Int32] = []
    result.reserveCapacity(count)
    for number in UnsafeBufferPointer(start: numbers, count: count) {
      guard let narrow = Int32(exactly: number) else {
        throw CyclogradError(
          .invalidGraph, "there is no \(what) \(number)", advice: "neurons are counted from 0")
      }
      result.append(narrow)
    }
    return result
  }

  private static func neurons(
    _ numbers: UnsafePointer<Int64>?, _ count: Int64
  ) throws(CyclogradError) -> [Int32]? {
    guard count >= 0 else {
      throw CyclogradError(
        .invalidOption, "\(count) neurons are chosen", advice: "give as many as the list has")
    }
    guard let numbers else { return nil }
    return try narrowed(numbers, Int(count), "neuron")
  }
}

/// See the header.
@c @implementation
public func cg_network_release(_ network: OpaquePointer?) {
  release(network, as: NetworkHandle.self)
}

/// See the header.
@c @implementation
public func cg_network_get_info(
  _ network: OpaquePointer, _ info: UnsafeMutablePointer<cg_network_info>
) {
  let network = object(network, as: NetworkHandle.self).network
  info.pointee = cg_network_info(
    neurons: Int64(network.neuronCount), units: Int64(network.unitCount),
    edges: Int64(network.edgeCount), inputs: Int64(network.inputCount),
    outputs: Int64(network.outputCount), parameters: Int64(network.parameterCount),
    weight_parameters: Int64(network.weightParameterCount),
    trainable_parameters: Int64(network.trainableParameterCount),
    components: Int64(network.componentCount),
    cyclic_components: Int64(network.cyclicComponentCount),
    largest_component: Int64(network.largestComponent), levels: Int64(network.levelCount))
}

/// See the header.
@c @implementation
public func cg_network_parameters(
  _ network: OpaquePointer, _ values: UnsafeMutablePointer<Double>
) {
  values.take(object(network, as: NetworkHandle.self).parameters.values)
}

/// See the header.
@c @implementation
public func cg_network_layout(
  _ network: OpaquePointer, _ row_starts: UnsafeMutablePointer<Int64>,
  _ columns: UnsafeMutablePointer<Int32>, _ weights: UnsafeMutablePointer<Int32>,
  _ biases: UnsafeMutablePointer<Int32>
) {
  let layout = object(network, as: NetworkHandle.self).network.parameterLayout
  for (row, start) in layout.rowStarts.enumerated() { row_starts[row] = Int64(start) }
  for (copy, numbers) in [
    (columns, layout.columns), (weights, layout.weights), (biases, layout.biases),
  ] {
    numbers.withUnsafeBufferPointer {
      if let start = $0.baseAddress { copy.update(from: start, count: $0.count) }
    }
  }
}

/// See the header.
@c @implementation
public func cg_network_factors(
  _ network: OpaquePointer, _ weights: UnsafeMutablePointer<Double>,
  _ biases: UnsafeMutablePointer<Double>
) {
  let layout = object(network, as: NetworkHandle.self).network.parameterLayout
  func take(_ factors: [Double], _ count: Int, to target: UnsafeMutablePointer<Double>) {
    if factors.isEmpty { target.update(repeating: 1, count: count) } else { target.take(factors) }
  }
  take(layout.weightFactors, layout.weights.count, to: weights)
  take(layout.biasFactors, layout.biases.count, to: biases)
}

/// See the header.
@c @implementation
public func cg_network_describe(
  _ network: OpaquePointer, _ kind: UnsafePointer<CChar>,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> UnsafeMutablePointer<CChar>? {
  call(nil, error) {
    let handle = object(network, as: NetworkHandle.self)
    return text(try handle.description(String(cString: kind)))
  }
}

extension NetworkHandle {
  fileprivate func description(_ kind: String) throws -> String {
    func names(_ values: [String]) -> String { JSONValue.list(values.map { .string($0) }).line }
    switch kind {
    case "names": return names(network.neuronNames)
    case "inputs": return names(network.inputNames)
    case "outputs": return names(network.outputNames)
    case "units": return names(network.unitNames)
    case "remarks": return names(remarks.map { Wording.spoken($0) })
    case "title": return JSONValue.string(network.name).line
    case "graph": return try GraphFile.json(for: graph)
    case "frozen":
      return JSONValue.list(
        (0..<network.parameterCount).filter { !network.isTrainable(parameter: $0) }
          .map { .integer($0) }
      ).line
    default:
      throw CyclogradError(
        .invalidOption, "a network has no description '\(kind)'",
        advice: "there are names, inputs, outputs, units, remarks, title, graph, frozen")
    }
  }
}
