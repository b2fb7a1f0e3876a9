import Cyclograd

/// Reads a network's parameters, and compares what the file says about the network.
struct ParametersReader {
  private let file: SafetensorsFile
  private let path: String
  private let network: Network
  private let layout: ParameterLayout

  init(_ file: SafetensorsFile, _ path: String, _ network: Network) {
    self.file = file
    self.path = path
    self.network = network
    layout = network.parameterLayout
  }

  func read() throws -> Parameters {
    if file.metadata["format"] == ParametersFile.sharedFormat { return try readShared() }
    guard file.metadata["format"] == ParametersFile.format else {
      throw failure(
        .malformedFile, "the file does not say that it is of the format \(ParametersFile.format)")
    }
    if let neurons = file.metadata["neurons"], neurons != String(network.neuronCount) {
      throw failure(
        .shapeMismatch,
        "the file is of a network of \(Excerpt.quoted(neurons)) neurons; this one "
          + "has \(network.neuronCount)")
    }
    try compareTopology()
    var values = [Double?](repeating: nil, count: network.parameterCount)
    let hasFactors = !layout.weightFactors.isEmpty
    try read(
      "weight", hasFactors ? "weight.parameter" : "weight.data", layout.weights, into: &values)
    try read("bias", hasFactors ? "bias.parameter" : "bias", layout.biases, into: &values)
    return Parameters(values.map { $0 ?? 0 })
  }

  /// Each parameter once, of a network with the same edges and ties.
  private func readShared() throws -> Parameters {
    if let difference = NetworkFingerprint.of(network).difference(from: file.metadata) {
      throw failure(
        .shapeMismatch, "the file is of another network: \(difference)")
    }
    guard case .f64(let values) = try tensor("parameters").values,
      values.count == network.parameterCount
    else {
      throw failure(
        .malformedFile, "parameters must have \(network.parameterCount) numbers of type F64")
    }
    guard Finite.all(values) else {
      throw failure(.invalidValue, "a parameter is NaN or infinite")
    }
    return Parameters(values)
  }

  private func compareTopology() throws {
    guard case .i64(let starts) = try tensor("weight.indptr").values,
      case .i32(let columns) = try tensor("weight.indices").values
    else {
      throw failure(.malformedFile, "weight.indptr must be of type I64, weight.indices of I32")
    }
    guard starts.count == layout.rowStarts.count else {
      throw failure(
        .shapeMismatch, "the file has \(starts.count - 1) units, the network \(network.unitCount)")
    }
    if let row = starts.indices.first(where: { starts[$0] != Int64(layout.rowStarts[$0]) }) {
      throw failure(
        .shapeMismatch, "the edges differ from the network's", subject: unit(max(row - 1, 0)))
    }
    guard columns.count == layout.columns.count else {
      throw failure(
        .malformedFile, "there are \(columns.count) edges, but weight.indptr says \(starts.last!)")
    }
    if let edge = columns.indices.first(where: { columns[$0] != layout.columns[$0] }) {
      throw failure(
        .shapeMismatch, "the edges differ from the network's", subject: unit(row(ofEdge: edge)))
    }
  }

  private func read(
    _ kind: String, _ name: String, _ places: [Int32], into values: inout [Double?]
  ) throws {
    guard case .f64(let numbers) = try tensor(name).values, numbers.count == places.count else {
      throw failure(.malformedFile, "\(name) must have \(places.count) numbers of type F64")
    }
    try compareTies(kind, places)
    try compareFactors(kind, kind == "bias" ? layout.biasFactors : layout.weightFactors)
    for (index, parameter) in places.enumerated() {
      let number = numbers[index]
      guard number.isFinite else {
        throw failure(
          .invalidValue, "a \(kind) is \(FileWriter.text(of: number))",
          subject: unit(kind == "bias" ? index : row(ofEdge: index)))
      }
      if let known = values[Int(parameter)], known != number {
        throw failure(
          .invalidValue, "a \(kind) is \(number), but others tied to it are \(known)",
          subject: unit(kind == "bias" ? index : row(ofEdge: index)))
      }
      values[Int(parameter)] = number
    }
  }

  /// Where factors differ, the same numbers mean other weights.
  private func compareFactors(_ kind: String, _ factors: [Double]) throws {
    let name = "\(kind).factor"
    guard file.contains(name) || !factors.isEmpty else { return }
    guard case .f64(let numbers) = try tensor(name).values, numbers == factors else {
      throw failure(
        .shapeMismatch,
        "the factors of tied \(kind == "bias" ? "biases" : "weights") differ from "
          + "the network's")
    }
  }

  /// The numbers of ties have no meaning of their own; only which are equal counts.
  private func compareTies(_ kind: String, _ places: [Int32]) throws {
    guard file.contains("\(kind).tie") else { return }
    guard case .i32(let ties) = try tensor("\(kind).tie").values, ties.count == places.count else {
      throw failure(.malformedFile, "\(kind).tie must have \(places.count) numbers of type I32")
    }
    var tieOfParameter: [Int32: Int32] = [:]
    var parameterOfTie: [Int32: Int32] = [:]
    for (index, (tie, parameter)) in zip(ties, places).enumerated() {
      guard tieOfParameter.updateValue(tie, forKey: parameter) ?? tie == tie,
        parameterOfTie.updateValue(parameter, forKey: tie) ?? parameter == parameter
      else {
        throw failure(
          .shapeMismatch, "the \(kind)s are not tied as in the network",
          subject: unit(kind == "bias" ? index : row(ofEdge: index)))
      }
    }
  }

  private func tensor(_ name: String) throws -> SafetensorsTensor {
    let tensor = try file.tensor(name)
    guard tensor.shape.count == 1 else {
      throw failure(.malformedFile, "\(name) must have one dimension")
    }
    return tensor
  }

  private func row(ofEdge edge: Int) -> Int {
    (layout.rowStarts.firstIndex { $0 > edge } ?? 1) - 1
  }

  private func unit(_ row: Int) -> String {
    let names = network.unitNames
    return row < names.count ? "unit \(names[row])" : "unit \(row)"
  }

  private func failure(
    _ code: CyclogradError.Code, _ reason: String, subject: String? = nil
  ) -> CyclogradError {
    CyclogradError(code, reason, at: CyclogradError.Location(file: path, subject: subject))
  }
}
