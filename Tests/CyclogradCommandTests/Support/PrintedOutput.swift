import Foundation

/// Compares what a command prints with what a page shows.
///
/// Words must be equal, spaces may be more or fewer. Numbers are equal within 1e-6, relative to those
/// above 1, so rounding errors count as zero; a number before a unit of time may be any. A line `…`
/// stands for any number of lines.
enum PrintedOutput {
  /// The first line that differs, in words; `nil` if there is none.
  static func difference(_ printed: String, _ shown: String) -> String? {
    let printed = lines(printed)
    let shown = lines(shown)
    var place = 0
    for (index, line) in shown.enumerated() {
      if line == "…" {
        guard index + 1 < shown.count else { return nil }
        guard let next = printed[place...].firstIndex(where: { agrees($0, shown[index + 1]) })
        else { return "'\(shown[index + 1])' is not printed" }
        place = next
      } else if place >= printed.count {
        return "'\(line)' is not printed"
      } else if !agrees(printed[place], line) {
        return "'\(printed[place])' is printed, '\(line)' is shown"
      } else {
        place += 1
      }
    }
    return place < printed.count ? "'\(printed[place])' is not shown" : nil
  }

  /// Whether lines stand one after the other in a text, all moved to the right by as much.
  static func contains(_ text: [String], _ lines: [String]) -> Bool {
    guard let first = lines.first else { return true }
    guard text.count >= lines.count else { return false }
    return (0...(text.count - lines.count)).contains { start in
      guard text[start].hasSuffix(first) else { return false }
      let margin = text[start].dropLast(first.count)
      guard margin.allSatisfy({ $0 == " " }) else { return false }
      return lines.indices.allSatisfy {
        text[start + $0] == (lines[$0].isEmpty ? "" : margin + lines[$0])
      }
    }
  }

  /// The lines of a block, the first at the left edge.
  static func withoutMargin(_ text: String) -> [String] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      .dropLast()
    let margin = lines.first?.prefix { $0 == " " }.count ?? 0
    return lines.map { String($0.dropFirst(min(margin, $0.prefix { $0 == " " }.count))) }
  }

  private static let units: Set<Substring> = ["ns", "µs", "ms", "s", "min"]

  private static func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
  }

  private static func agrees(_ printed: String, _ shown: String) -> Bool {
    func words(_ line: String) -> [Substring] { line.split { " ,;:()|".contains($0) } }
    let (a, b) = (words(printed), words(shown))
    guard a.count == b.count else { return false }
    return a.indices.allSatisfy { index in
      if a[index] == b[index] || (units.contains(a[index]) && units.contains(b[index])) {
        return true
      }
      guard let x = Double(a[index]), let y = Double(b[index]) else { return false }
      let isTime =
        index + 1 < a.count && units.contains(a[index + 1]) && units.contains(b[index + 1])
      return isTime || abs(x - y) <= 1e-6 * max(1, abs(x))
    }
  }
}
