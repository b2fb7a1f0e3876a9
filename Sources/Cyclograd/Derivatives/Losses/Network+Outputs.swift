extension Network {
  /// The group of an output.
  package func group(ofOutput output: Int) -> Group {
    entry(atPosition: Int(outputNeurons[output])).group
  }

  /// The places of some neurons among the outputs, ascending; all of them for `nil`.
  func outputs(
    _ ranges: [NeuronRange]?, _ subject: String
  ) throws(CyclogradError) -> [Int] {
    guard let ranges else { return Array(0..<outputCount) }
    func refuse(_ message: String, _ advice: String) -> CyclogradError {
      CyclogradError(.invalidOption, message, at: .init(subject: subject), advice: advice)
    }
    var places: [Int: Int] = [:]
    var groups: [String] = []
    for (j, k) in outputNeurons.enumerated() {
      places[Int(fileNeuron[Int(k)])] = j
      let group = entry(atPosition: Int(k)).group.name
      if groups.last != group, !groups.contains(group) { groups.append(group) }
    }
    var result: [Int] = []
    for range in ranges {
      guard let group = layout.indexOfGroup[range.group], groups.contains(range.group) else {
        throw refuse(
          "the network has no outputs named '\(range.group)'",
          Suggestion.advice(range.group, among: groups, listing: "its outputs are in"))
      }
      let entry = layout.entries[group]
      let indices = range.indices ?? 0...entry.size - 1
      for index in indices {
        if (0..<entry.size).contains(index), let place = places[entry.firstNeuron + index] {
          result.append(place)
        } else if range.indices != nil {
          throw refuse(
            "\(range.group).\(index) is not an output of the network",
            "name a group, whose outputs then all count, or outputs")
        }
      }
    }
    result.sort()
    guard !result.isEmpty else { throw refuse("the term has no outputs", "name some") }
    if let pair = zip(result, result.dropFirst()).first(where: ==) {
      throw refuse("the output \(outputNames[pair.0]) is listed twice", "list it once")
    }
    return result
  }
}
