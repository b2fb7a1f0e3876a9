package import Cyclograd

/// What a checkpoint says of its network: enough to recognise it.
package struct CheckpointNetwork {
  private let fingerprint: NetworkFingerprint
  private let groups: String

  init(_ network: Network) throws {
    try network.checkEdgesFit()
    fingerprint = NetworkFingerprint.of(network)
    groups = try Self.text(of: network.groups)
  }

  /// Names, shapes and activations; initial values may differ.
  package static func text(of groups: [Group]) throws -> String {
    try groups.map { group in
      let units = try group.units.map { try ActivationText.text($0.activation) }
      return "\(group.name) \(group.shape) \(group.combine.rawValue) "
        + units.joined(separator: " ")
        + (group.timeConstant == 1 ? "" : " in time \(group.timeConstant)")
    }.joined(separator: "; ")
  }

  func write(to metadata: inout [String: String]) {
    fingerprint.write(to: &metadata)
    metadata["groups"] = groups
  }

  func check(_ metadata: [String: String], _ path: String) throws(CyclogradError) {
    var difference = fingerprint.difference(from: metadata)
    if difference == nil, metadata["groups"] != groups {
      let other = metadata["groups"] ?? "nothing"
      difference = "its groups are \(other.shortened), here they are \(groups.shortened)"
    }
    guard let difference else { return }
    throw CyclogradError(
      .shapeMismatch, "the checkpoint is of another network: \(difference)",
      at: .init(file: path), advice: "continue with the graph that it is from")
  }
}
