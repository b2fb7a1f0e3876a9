import Cyclograd

/// What a checkpoint says of its network: enough to recognise it.
struct CheckpointNetwork {
  private let entries: KeyValuePairs<String, String>

  init(_ network: Network) throws {
    try network.checkEdgesFit()
    let layout = network.parameterLayout
    let starts = layout.rowStarts.map { Int64($0) }
    let edges = starts.withUnsafeBytes { starts in
      layout.columns.withUnsafeBytes { columns in Checksum.crc32([starts, columns]) }
    }
    let ties = layout.weights.withUnsafeBytes { weights in
      layout.biases.withUnsafeBytes { biases in
        (layout.weightFactors + layout.biasFactors).withUnsafeBytes { factors in
          Checksum.crc32(factors.isEmpty ? [weights, biases] : [weights, biases, factors])
        }
      }
    }
    entries = [
      "neurons": String(network.neuronCount), "units": String(network.unitCount),
      "edges": String(network.edgeCount), "parameters": String(network.parameterCount),
      "groups": try Self.groups(network), "wiring": Self.hexadecimal(edges),
      "ties": Self.hexadecimal(ties),
    ]
  }

  /// Names, shapes and activations; initial values may differ.
  private static func groups(_ network: Network) throws -> String {
    try network.groups.map { group in
      let units = try group.units.map { try ActivationText.text($0.activation) }
      return "\(group.name) \(group.shape) \(group.combine.rawValue) "
        + units.joined(separator: " ")
        + (group.timeConstant == 1 ? "" : " in time \(group.timeConstant)")
    }.joined(separator: "; ")
  }

  static func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  func write(to metadata: inout [String: String]) {
    for (key, value) in entries { metadata[key] = value }
  }

  func check(_ metadata: [String: String], _ path: String) throws(CyclogradError) {
    for (key, value) in entries where metadata[key] != value {
      let other = metadata[key] ?? "nothing"
      let difference =
        switch key {
        case "wiring": "its edges connect other neurons"
        case "ties": "other parameters are tied, or another version has written it"
        case "groups": "its groups are \(other.shortened), here they are \(value.shortened)"
        default: "it has \(other) \(key), here there are \(value)"
        }
      throw CyclogradError(
        .shapeMismatch, "the checkpoint is of another network: \(difference)",
        at: .init(file: path), advice: "continue with the graph that it is from")
    }
  }
}
