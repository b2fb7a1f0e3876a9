import Cyclograd

/// Enough of a network's edges and ties to recognise them.
struct NetworkFingerprint: Sendable {
  private let entries: KeyValuePairs<String, String>

  /// The fingerprint of a network.
  ///
  /// - Complexity: O(edges) when it is asked for the first time.
  static func of(_ network: Network) -> NetworkFingerprint {
    network.memo.fact { NetworkFingerprint(network, network.parameterLayout) }
  }

  private init(_ network: Network, _ layout: ParameterLayout) {
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
      "wiring": Self.hexadecimal(edges), "ties": Self.hexadecimal(ties),
    ]
  }

  static func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  func write(to metadata: inout [String: String]) {
    for (key, value) in entries { metadata[key] = value }
  }

  /// What is different in another network; `nil` if nothing is.
  func difference(from metadata: [String: String]) -> String? {
    for (key, value) in entries where metadata[key] != value {
      return switch key {
      case "wiring": "its edges connect other neurons"
      case "ties": "other parameters are tied, or another version has written it"
      default: "it has \((metadata[key] ?? "nothing").shortened) \(key), here there are \(value)"
      }
    }
    return nil
  }
}
