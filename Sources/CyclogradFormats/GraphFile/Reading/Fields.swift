/// The entries of a mapping whose keys are all known.
struct Fields {
  /// The mapping itself.
  let owner: Element
  let values: [String: Element]

  subscript(key: String) -> Element? { values[key] }

  /// The value of a key that must be there.
  func required(_ key: String, of what: String) throws -> Element {
    guard let value = values[key] else {
      throw owner.failure("\(what) has no '\(key)'")
    }
    return value
  }

  /// The entry of a mapping that has only one.
  var only: (key: String, value: Element)? {
    values.count == 1 ? values.first.map { ($0.key, $0.value) } : nil
  }

  /// The one key of several that is there, if any; more of them are an error.
  func atMostOne(
    of keys: [String], in what: String
  ) throws -> (key: String, value: Element)? {
    let present = keys.compactMap { key in values[key].map { (key: key, value: $0) } }
      .sorted { $0.value.precedes($1.value) }
    if present.count > 1 {
      throw present[1].value.failure(
        "\(what) has '\(present[1].key)' beside '\(present[0].key)'; only one of them may be given")
    }
    return present.first
  }

  /// The one key of several that is there; more or none of them is an error.
  func exactlyOne(of keys: [String], in what: String) throws -> (key: String, value: Element) {
    if let entry = try atMostOne(of: keys, in: what) { return entry }
    let names = keys.map { "'\($0)'" }.joined(separator: ", ")
    throw owner.failure("\(what) needs one of \(names)")
  }
}
