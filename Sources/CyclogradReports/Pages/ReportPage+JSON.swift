extension ReportPage {
  /// All that the page says, for machines: facts, tables, and the numbers of every figure, unthinned.
  public var json: JSONValue {
    .object([
      ("title", .string(title)), ("summary", .string(summary)),
      ("facts", .object(facts.map { ($0.name, .string($0.value)) })),
      (
        "tables",
        .list(tables.map { .object([("title", .string($0.title))] + Self.entries($0.table)) })
      ),
      (
        "figures",
        .list(
          figures.map { figure in
            .object(
              [
                ("name", .string(figure.name)), ("title", .string(figure.title)),
                ("summary", .string(figure.summary)),
              ] + Self.entries(figure.table))
          })
      ),
      ("remarks", .list(remarks.map { .string($0) })),
    ])
  }

  private static func entries(_ table: FigureTable) -> [(String, JSONValue)] {
    [
      ("columns", .list(table.columns.map { .string($0) })),
      ("rows", .list((0..<table.rowCount).map { .list(table.row($0).map(cell)) })),
    ]
  }

  /// What is a number is written as one.
  private static func cell(_ text: String) -> JSONValue {
    if let integer = Int(text) { return .integer(integer) }
    guard text.utf8.allSatisfy({ "0123456789.+-eE".utf8.contains($0) }), let number = Double(text)
    else { return ["–", "nan", "inf", "-inf"].contains(text) ? .null : .string(text) }
    return .number(number)
  }
}
