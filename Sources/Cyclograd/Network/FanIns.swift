/// Counts the edges of a row that a law sees which is scaled by the fan-in: all of them, or those that came in the same
/// instance as the law, so that an instance draws what its graph draws by itself, whatever feeds it.
struct FanIns {
  private let expansion: EdgeExpansion
  /// The instances that edges came in, and for each origin which one; −1 where it came in none.
  private var instances: [String] = []
  private var instanceOfOrigin: [Int] = []
  private var numbers: [String: Int] = [:]
  /// What was counted in the row that was asked for last.
  private var row = 0..<0
  private var known: [String: Int] = [:]

  init(_ expansion: EdgeExpansion) {
    self.expansion = expansion
    guard expansion.origins.contains(where: { $0.instance != nil }) else { return }
    for origin in expansion.origins {
      guard let name = origin.instance else {
        instanceOfOrigin.append(-1)
        continue
      }
      let number = numbers[name] ?? instances.count
      if number == instances.count {
        instances.append(name)
        numbers[name] = number
      }
      instanceOfOrigin.append(number)
    }
  }

  /// How many edges of a row count.
  ///
  /// - Parameters:
  ///   - row: the edges.
  ///   - instance: the one that the law came in; all edges count for `nil`.
  ///   - place: where an edge stands in the expansion.
  mutating func count(
    _ row: Range<Int>, in instance: String?, place: (_ edge: Int) -> Int
  ) -> Int {
    guard let instance else { return row.count }
    if row != self.row {
      self.row = row
      known = [:]
    }
    if let count = known[instance] { return count }
    let counts = instances.map {
      instance.isEmpty || $0 == instance || $0.hasPrefix(instance + ".")
    }
    var origin = 0
    let count = row.reduce(0) { sum, edge in
      origin = expansion.originIndex(ofEdge: place(edge), near: origin)
      let number = instanceOfOrigin.isEmpty ? -1 : instanceOfOrigin[origin]
      return sum + (number >= 0 && counts[number] ? 1 : 0)
    }
    known[instance] = count
    return count
  }
}
