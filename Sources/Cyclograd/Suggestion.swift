/// What the author of a misspelt word probably meant.
package enum Suggestion {
  /// `did you mean 'x'?` where something is near, and otherwise everything there is, after a beginning such as
  /// `the backends are`.
  package static func advice(
    _ word: String, among known: [String], listing beginning: String = "known are"
  ) -> String {
    if let near = nearest(to: word, among: known) { return "did you mean '\(near)'?" }
    return "\(beginning) \(known.joined(separator: ", "))"
  }

  /// The nearest known word, if it is near enough to be meant.
  package static func nearest(to word: String, among known: [String]) -> String? {
    guard word.count <= 40 else { return nil }
    let plain = word.lowercased().filter { $0 != "-" && $0 != "_" && $0 != " " }
    let ranked = known.map { candidate in
      let other = candidate.filter { $0 != "-" }.lowercased()
      return (candidate, min(distance(word, candidate), distance(plain, other)))
    }
    guard let best = ranked.min(by: { $0.1 < $1.1 }),
      best.1 <= max(1, min(word.count, best.0.count) / 3)
    else { return nil }
    return best.0
  }

  /// The number of insertions, deletions, replacements and swaps of neighbours between two words.
  static func distance(_ first: String, _ second: String) -> Int {
    let (a, b) = (Array(first), Array(second))
    var rows = [Array(0...b.count)]
    for i in 0..<a.count {
      var row = [i + 1]
      for j in 0..<b.count {
        var cost = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          cost = min(cost, rows[i - 1][j - 1] + 1)
        }
        row.append(cost)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
