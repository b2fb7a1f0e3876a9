public import Cyclograd

/// A network's weights and biases as a safetensors file.
///
/// W is stored row by row in the tensors `weight.data` (F64), `weight.indices` (I32) and
/// `weight.indptr` (I64): a row for each unit, a column for each neuron, both in the order of the
/// graph file; `bias` (F64) has a number for each unit. Where a network has ties, `weight.tie` and
/// `bias.tie` (I32) say which entries have the same number because they are the same parameter. Where ties
/// have factors, `weight.factor` and `bias.factor` (F64) hold them, and `weight.parameter` and
/// `bias.parameter` (F64) what they multiply.
///
/// Large networks that share most of their parameters, as those over time do, would fill the file with copies: of them it has
/// the tensor `parameters` (F64) alone, each parameter once, and digests of edges and ties.
public enum ParametersFile {
  static let format = "cyclograd/parameters-1"
  static let sharedFormat = "cyclograd/parameters-2"

  /// From how many edges on a network that shares its parameters is large.
  static let manyEdges = 1 << 20

  /// Writes the parameters of a network, and what becomes of a file's columns before they enter it.
  public static func write(
    _ parameters: Parameters, of network: Network, transform: InputTransform? = nil,
    to path: String
  ) throws {
    try write(parameters, of: network, transform: transform, manyEdges: manyEdges, to: path)
  }

  static func write(
    _ parameters: Parameters, of network: Network, transform: InputTransform? = nil,
    manyEdges: Int, to path: String
  ) throws {
    guard parameters.values.count == network.parameterCount else {
      throw CyclogradError(
        .shapeMismatch,
        "\(parameters.values.count) parameters for a network that has \(network.parameterCount)",
        at: CyclogradError.Location(file: path))
    }
    try network.checkEdgesFit()
    let uses = network.edgeCount + network.unitCount
    if network.edgeCount >= manyEdges, uses >= 8 * network.parameterCount {
      try checkFinite(parameters, path)
      var metadata = ["format": sharedFormat, "network": network.name]
      NetworkFingerprint.of(network).write(to: &metadata)
      metadata[InputTransform.key] = transform?.text
      return try SafetensorsFile.write(
        [("parameters", SafetensorsTensor(.f64(parameters.values)))], metadata: metadata, to: path)
    }
    try write(
      parameters, at: network.parameterLayout, weightParameterCount: network.weightParameterCount,
      network: network.name, neurons: network.neuronCount, transform: transform, to: path)
  }

  /// Writes parameters that stand where a layout says.
  package static func write(
    _ parameters: Parameters, at layout: ParameterLayout, weightParameterCount: Int,
    network name: String, neurons: Int, transform: InputTransform? = nil, to path: String
  ) throws {
    try checkFinite(parameters, path)
    func values(_ numbers: [Int32]) -> SafetensorsTensor {
      SafetensorsTensor(.f64(numbers.map { parameters.values[Int($0)] }))
    }
    var tensors: [(name: String, tensor: SafetensorsTensor)] = [
      ("weight.data", SafetensorsTensor(.f64(layout.weightValues(parameters)))),
      ("weight.indices", SafetensorsTensor(.i32(layout.columns))),
      ("weight.indptr", SafetensorsTensor(.i64(layout.rowStarts.map { Int64($0) }))),
      ("bias", SafetensorsTensor(.f64(layout.biasValues(parameters)))),
    ]
    if !layout.weightFactors.isEmpty {
      tensors += [
        ("weight.parameter", values(layout.weights)),
        ("weight.factor", SafetensorsTensor(.f64(layout.weightFactors))),
        ("bias.parameter", values(layout.biases)),
        ("bias.factor", SafetensorsTensor(.f64(layout.biasFactors))),
      ]
    }
    if weightParameterCount < layout.weights.count {
      tensors.append(("weight.tie", SafetensorsTensor(.i32(layout.weights))))
    }
    if parameters.values.count - weightParameterCount < layout.biases.count {
      tensors.append(("bias.tie", SafetensorsTensor(.i32(layout.biases))))
    }
    var metadata = [
      "format": format, "network": name, "neurons": String(neurons),
    ]
    metadata[InputTransform.key] = transform?.text
    try SafetensorsFile.write(tensors, metadata: metadata, to: path)
  }

  private static func checkFinite(_ parameters: Parameters, _ path: String) throws {
    guard Finite.all(parameters.values) else {
      throw CyclogradError(
        .invalidValue, "a parameter is NaN or infinite", at: CyclogradError.Location(file: path))
    }
  }

  /// Reads the parameters of a network; the file must be of the same edges, units and ties.
  public static func read(_ path: String, for network: Network) throws -> Parameters {
    try network.checkEdgesFit()
    return try ParametersReader(SafetensorsFile.read(path), path, network).read()
  }

  /// What becomes of a file's columns before they enter the network, as it was in the training that
  /// the parameters or the checkpoint are from; `nil` for nothing.
  public static func transform(_ path: String) throws -> InputTransform? {
    try SafetensorsFile.read(path).metadata[InputTransform.key].map {
      try InputTransform($0, file: path)
    }
  }
}
