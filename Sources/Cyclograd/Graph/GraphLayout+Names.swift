extension GraphLayout {
  /// Refuses names that would not tell neurons apart.
  ///
  /// - Complexity: O(named neurons)
  func checkNames() throws(GraphPartError) {
    var owners: [String: Int32] = [:]
    for (index, entry) in entries.enumerated() {
      func fail(_ message: String, _ advice: String) throws(GraphPartError) {
        throw GraphPartError(
          part: .group(index), subject: "group \(entry.group.name)", message: message,
          advice: advice)
      }
      switch entry.group.neuronNames {
      case nil: continue
      case .file(let path):
        try fail("the names are still in the file \(path)", "read it with GraphFile first")
      case .list(let names):
        guard names.count == entry.size else {
          return try fail(
            "\(names.count) names for \(entry.size) neurons", "give one name for each neuron")
        }
        owners.reserveCapacity(owners.count + names.count)
        for (offset, name) in names.enumerated() {
          let neuron = entry.firstNeuron + offset
          if let fault = NeuronName.fault(in: name) {
            return try fail(fault.message, fault.advice)
          }
          let earlier = owners.updateValue(Int32(neuron), forKey: name)
          guard earlier == nil, neuronCalled(name) ?? neuron == neuron else {
            return try fail(
              "two neurons are called \(QuotedText.text(name))", "give every neuron its own name")
          }
        }
      }
    }
  }

  /// The neuron of a group without names that is called `group.index` like this.
  private func neuronCalled(_ name: String) -> Int? {
    guard let dot = name.lastIndex(of: "."), let index = Int(name[name.index(after: dot)...]),
      let group = indexOfGroup[String(name[..<dot])],
      entries[group].group.neuronNames == nil, 0..<entries[group].size ~= index,
      name == "\(name[..<dot]).\(index)"
    else { return nil }
    return entries[group].firstNeuron + index
  }
}
