import Cyclograd

extension Loss {
  /// What a person should know of this loss with these outputs, if anything.
  func remark(_ network: any NamedNetwork) -> String? {
    let groups = groupsOfNoLogits(
      outputs: network.outputCount, group: { network.group(ofOutput: $0) })
    guard !groups.isEmpty else { return nil }
    return "note: \(name) takes outputs as logits, but \(groups.joined(separator: ", ")) "
      + "\(groups.count == 1 ? "has" : "have") an activation that it applies itself; "
      + "give identity outputs"
  }
}
