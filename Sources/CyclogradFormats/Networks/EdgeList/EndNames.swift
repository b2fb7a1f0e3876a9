/// How what writes edge lists calls the column of one end of an edge, in small letters.
struct EndNames {
  /// Whole names; the first that is there counts.
  let names: [String]
  /// What names may begin with, before one of ``suffixes``, where there is no whole one.
  let stems: [String]
  /// The number of this end, where both are numbered.
  let number: String

  private static let suffixes = [
    "", "id", "name", "label", "index", "node", "neuron", "cell", "gene", "nodeid", "neuronid",
    "cellid", "rootid",
  ]
  private static let kinds = ["neuron", "node", "cell", "gene", "protein", "vertex"]

  /// The column that is called so.
  func place(in words: [String]) -> Int? {
    for name in names {
      if let place = words.firstIndex(of: name) { return place }
    }
    let words = words.map(Self.plain)
    for stem in stems {
      let place = words.firstIndex { word in
        word.hasPrefix(stem) && Self.suffixes.contains(String(word.dropFirst(stem.count)))
      }
      if let place { return place }
    }
    return nil
  }

  /// The column of this end where both are called by a kind and a number, such as `node1`.
  func numberedPlace(in words: [String]) -> (place: Int, kind: String)? {
    let words = words.map(Self.plain)
    for kind in Self.kinds {
      if let place = words.firstIndex(of: kind + number) { return (place, kind) }
    }
    return nil
  }

  /// Without what separates the parts of a name.
  private static func plain(_ word: String) -> String { word.filter { !"_-. ".contains($0) } }
}
