/// Which lists have a line for each item.
enum FlowLayout {
  static func rows(_ key: String, _ value: FlowValue) -> [FlowValue]? {
    guard case .list(let items) = value, !items.isEmpty,
      ["groups", "connections", "edges"].contains(key)
    else { return nil }
    return items
  }
}
