import Cyclograd

/// Which columns of a table to use, and in which order.
///
/// Written as a list separated by commas: `3` is a column counted from 0, `0..7` a range with both
/// ends included, `last:2` the last two columns, anything else a name from the table's header.
/// Names that contain commas, or that look like numbers, stand in quotation marks.
public struct ColumnSelection: Hashable, Sendable {
  private enum Item: Hashable {
    case range(ClosedRange<Int>)
    case last(Int)
    case name(String)
  }

  /// The selection as it was written.
  public let text: String
  private let items: [Item]

  /// Parses a selection such as `0..7,9`, `last:2` or `speed,"mass, dry"`.
  public init(_ text: String) throws {
    self.text = text
    items = try Self.split(text).map { part, isQuoted in
      if isQuoted { return .name(part) }
      do throws(Problem) { return try Self.item(part) } catch {
        throw Self.failure(error.reason, text)
      }
    }
  }

  /// The columns of some names, in their order.
  public init(names: [String]) {
    text = names.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ",")
    items = names.map { .name($0) }
  }

  /// The same columns in another file of the same kind: by the names that they have in the first one, where both files have
  /// names, or else at the same places.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` `shape-mismatch` where the other file has some of the names but not all.
  func following(
    _ header: [String]?, in other: [String]?, file: String
  ) throws -> ColumnSelection {
    guard let header, let other, header != other, !usesNames else { return self }
    let names = try indices(columnCount: header.count, names: header).map { header[$0] }
    let known = Set(other)
    let missing = names.filter { !known.contains($0) }
    guard missing.count < names.count else { return self }
    guard let first = missing.first else { return ColumnSelection(names: names) }
    throw CyclogradError(
      .shapeMismatch,
      "the header has \(names.count - missing.count) of the \(names.count) names of the columns, "
        + "but not \(Excerpt.quoted(first))"
        + (missing.count > 1 ? " and \(missing.count - 1) more" : ""),
      at: .init(file: file),
      advice: "correct the header, or say which columns of this file count, in their order")
  }

  /// The selected columns of a table with the given number of columns and, perhaps, names.
  public func indices(columnCount: Int, names: [String]? = nil) throws -> [Int] {
    var result: [Int] = []
    var seen: Set<Int> = []
    for item in items {
      for index in try indices(of: item, columnCount, names) {
        guard seen.insert(index).inserted else {
          throw failure("column \(index) is selected twice")
        }
        result.append(index)
      }
    }
    return result
  }

  /// Whether the selection needs a header.
  var usesNames: Bool {
    items.contains { if case .name = $0 { true } else { false } }
  }

  private func indices(of item: Item, _ count: Int, _ names: [String]?) throws -> ClosedRange<Int> {
    switch item {
    case .range(let range):
      guard range.upperBound < count else {
        throw failure(
          "there is no column \(range.upperBound); the table has \(count), counted from 0")
      }
      return range
    case .last(let number):
      guard number <= count else {
        throw failure("the last \(number) columns do not exist; the table has \(count)")
      }
      return count - number...count - 1
    case .name(let name):
      guard let names else {
        throw failure("column \(Excerpt.quoted(name)) is selected by name, but there is no header")
      }
      let found = names.indices.filter { names[$0] == name }
      guard let index = found.first else {
        let known = names.prefix(10).map { Excerpt.quoted($0) }.joined(separator: ", ")
        throw failure(
          "no column is named \(Excerpt.quoted(name)); the header has \(known)"
            + (names.count > 10 ? " and \(names.count - 10) more" : ""))
      }
      guard found.count == 1 else {
        throw failure("\(found.count) columns are named \(Excerpt.quoted(name))")
      }
      return index...index
    }
  }
}

extension ColumnSelection {
  private struct Problem: Error { let reason: String }

  private static func item(_ part: String) throws(Problem) -> Item {
    if part.isEmpty { throw Problem(reason: "an item is empty") }
    if let index = number(part) { return .range(index...index) }
    if part.hasPrefix("last:") {
      guard let count = number(part.dropFirst(5)), count > 0 else {
        throw Problem(reason: "\(Excerpt.quoted(part)) needs a number of columns, as in last:2")
      }
      return .last(count)
    }
    if let first = part.utf8.first, first == UInt8(ascii: "-") || (48...57).contains(first) {
      return .range(try range(part))
    }
    return .name(part)
  }

  private static func range(_ part: String) throws(Problem) -> ClosedRange<Int> {
    let ends = part.split(separator: "..", omittingEmptySubsequences: false)
    guard ends.count == 2, let low = number(ends[0]), let high = number(ends[1]) else {
      throw Problem(
        reason: "\(Excerpt.quoted(part)) is neither a column counted from 0 nor a range like 0..7; "
          + "a name that starts like a number needs quotation marks")
    }
    guard low <= high else { throw Problem(reason: "the range \(part) runs backwards") }
    return low...high
  }

  /// `Int` would also accept signs.
  private static func number(_ text: some StringProtocol) -> Int? {
    text.utf8.allSatisfy { (48...57).contains($0) } ? Int(text) : nil
  }

  private static func split(_ text: String) throws -> [(text: String, isQuoted: Bool)] {
    var parts: [(text: String, isQuoted: Bool)] = []
    var rest = Substring(text)
    while true {
      rest = rest.drop { $0 == " " }
      let isQuoted = rest.first == "\""
      var part = ""
      if isQuoted {
        repeat {
          rest.removeFirst()
          let content = rest.prefix { $0 != "\"" }
          part += content
          rest = rest.dropFirst(content.count)
          guard !rest.isEmpty else { throw failure("a quotation mark is not closed", text) }
          rest.removeFirst()
          if rest.first == "\"" { part += "\"" }
        } while rest.first == "\""
        rest = rest.drop { $0 == " " }
      } else {
        let content = rest.prefix { $0 != "," }
        part = String(content)
        while part.last == " " { part.removeLast() }
        rest = rest.dropFirst(content.count)
      }
      parts.append((part, isQuoted))
      guard let separator = rest.popFirst() else { return parts }
      guard separator == "," else {
        throw failure("a comma is missing after a quoted name", text)
      }
    }
  }

  private static func failure(_ reason: String, _ text: String) -> CyclogradError {
    CyclogradError(
      .invalidOption, reason,
      at: CyclogradError.Location(subject: "columns \(Excerpt.quoted(text))"))
  }

  private func failure(_ reason: String) -> CyclogradError { Self.failure(reason, text) }
}
