import Cyclograd

/// The rows of a table as they are written, one after the other: text or JSON.
///
///     var rows = try TableRows(["name", "value"], as: .json, for: "a table")
///     try AtomicFile.write(to: path) { file in
///       try file.write(rows.opening)
///       try file.write(rows.next([.text("a"), .number(1)]))
///       try file.write(rows.closing)
///     }
public struct TableRows {
  /// A cell.
  public enum Cell: Sendable {
    /// A text, such as a name.
    case text(String)
    /// A number; one that is not finite too.
    case number(Double)
    /// A whole number.
    case integer(Int)
    /// true or false.
    case boolean(Bool)
    /// Nothing.
    case missing
  }

  private enum Layout {
    case text(separator: String)
    /// Records of a list, or one in each line.
    case records(areLines: Bool)
  }

  private let header: [String]?
  /// The header as keys.
  private let keys: [String]
  private let layout: Layout
  private var isFirst = true

  /// Prepares rows of text or of JSON.
  ///
  /// - Parameters:
  ///   - header: the columns' names; text may have none.
  ///   - format: `.csv`, `.tsv`, `.json` or `.jsonl`.
  ///   - path: the file, for errors.
  /// - Throws: ``Cyclograd/CyclogradError`` for names that the format cannot hold.
  public init(_ header: [String]?, as format: OutputFormat, file path: String) throws {
    let location = CyclogradError.Location(file: path)
    self.header = header
    switch format {
    case .json, .jsonl:
      guard let header else {
        throw CyclogradError(
          .invalidOption, "the columns have no names, which JSON needs", at: location,
          advice: "write .csv")
      }
      var known: Set<String> = []
      if let name = header.first(where: { !known.insert($0).inserted }) {
        throw CyclogradError(
          .invalidValue, "two columns are named \(Excerpt.quoted(name)), which JSON cannot hold",
          at: location, advice: "write .csv, or give the neurons other names")
      }
      layout = .records(areLines: format == .jsonl)
      keys = header.map { QuotedText.text($0) + ": " }
    default:
      if let name = header?.first(where: { $0.utf8.contains { $0 < 32 && $0 != 9 } }) {
        throw CyclogradError(
          .invalidValue, "the column name \(Excerpt.quoted(name)) contains a control character",
          at: location, advice: "write .json, or give the neuron another name")
      }
      layout = .text(separator: format == .tsv ? "\t" : ",")
      keys = []
    }
  }

  /// What stands before the first row.
  public var opening: String {
    switch layout {
    case .text(let separator):
      header.map { $0.map(CSVFile.cell).joined(separator: separator) + "\n" } ?? ""
    case .records(let areLines): areLines ? "" : "["
    }
  }

  /// What stands after the last row.
  public var closing: String {
    guard case .records(areLines: false) = layout else { return "" }
    return isFirst ? "]\n" : "\n]\n"
  }

  /// The text of the next row.
  ///
  /// - Precondition: a cell for each column.
  public mutating func next(_ cells: [Cell]) -> String {
    defer { isFirst = false }
    switch layout {
    case .text(let separator):
      return cells.map(Self.text).joined(separator: separator) + "\n"
    case .records(let areLines):
      precondition(cells.count == keys.count, "a cell for each column")
      let members = zip(keys, cells).map { $0 + Self.json($1) }
      let record = "{" + members.joined(separator: ", ") + "}"
      return areLines ? record + "\n" : (isFirst ? "\n" : ",\n") + record
    }
  }

  private static func text(_ cell: Cell) -> String {
    switch cell {
    case .text(let text): CSVFile.cell(text)
    case .number(let value): FileWriter.text(of: value)
    case .integer(let value): String(value)
    case .boolean(let value): String(value)
    case .missing: ""
    }
  }

  /// JSON has no infinities; texts say them, and null is a number that there is not.
  private static func json(_ cell: Cell) -> String {
    switch cell {
    case .text(let text): QuotedText.text(text)
    case .number(let value) where value.isNaN: "null"
    case .number(let value) where value.isInfinite: value < 0 ? "\"-Infinity\"" : "\"Infinity\""
    case .number(let value): value.description
    case .integer(let value): String(value)
    case .boolean(let value): String(value)
    case .missing: "null"
    }
  }
}
