/// Finds the cells of a table in JSON, in whichever of the usual ways it is written.
///
/// Every record has the keys of the first one, in any order, and as many values under each. So a text cannot ask for more
/// cells than it has.
struct JSONTableParser {
  typealias Malformed = JSONScanner.Malformed
  typealias Cell = JSONTable.Cell

  /// A key of the records.
  struct Member {
    /// As it stands in the first record.
    var key: Range<Int>
    var name: String
    var first: Int
    /// How many values it has; `nil` for a single one that is no list.
    var count: Int?
    /// The last row that has it.
    var row = 0

    var columns: Range<Int> { first..<first + (count ?? 1) }
  }

  var scanner: JSONScanner
  private let isLines: Bool
  var result: JSONTable
  var members: [Member] = []
  var places: [String: Int] = [:]

  init(_ bytes: UnsafeBufferPointer<UInt8>, isLines: Bool, file: String) {
    scanner = JSONScanner(bytes)
    self.isLines = isLines
    result = JSONTable(bytes: bytes, file: file, rows: 0, columns: 0, cells: [])
  }

  mutating func parse() throws(Malformed) -> JSONTable {
    guard scanner.peek() != nil else { throw scanner.failure("the text is empty") }
    if isLines {
      try rows(until: nil)
    } else if scanner.peek() == UInt8(ascii: "[") {
      try list()
    } else {
      try object()
    }
    guard scanner.peek() == nil else { throw scanner.failure("something follows the table") }
    guard result.rows > 0 else { throw scanner.failure("there are no rows") }
    guard result.columns > 0 else { throw scanner.failure("the rows are empty") }
    return result
  }

  // MARK: Whole tables

  /// A list of rows, or of values; or the first of several lists, one in each line.
  private mutating func list() throws(Malformed) {
    let start = scanner.next
    try scanner.expect("[")
    if scanner.peek() == UInt8(ascii: "[") || scanner.peek() == UInt8(ascii: "{") {
      return try rows(until: "]")
    }
    scanner.next = start
    try row()
    if scanner.peek() == nil {
      (result.rows, result.columns, result.isVector) = (result.columns, 1, true)
    } else {
      try rows(until: nil)
    }
  }

  private mutating func rows(until end: Unicode.Scalar?) throws(Malformed) {
    guard let end else {
      while scanner.peek() != nil { try row() }
      return
    }
    if scanner.accept(end) { return }
    repeat { try row() } while scanner.accept(",")
    try scanner.expect(end)
  }

  /// An object of columns, or of a table's parts as pandas writes them, or the first of several records.
  private mutating func object() throws(Malformed) {
    let start = scanner.next
    var values: [(key: String, start: Int, kind: UInt8?)] = []
    try scanner.expect("{")
    if !scanner.accept("}") {
      repeat {
        let key = try scanner.string()
        try scanner.expect(":")
        let kind = scanner.peek()
        values.append((key, scanner.next, kind))
        try scanner.skip()
      } while scanner.accept(",")
      try scanner.expect("}")
    }
    let end = scanner.next
    func value(_ key: String) -> Int? { values.first { $0.key == key }?.start }
    let isAlone = scanner.peek() == nil && !values.isEmpty
    if isAlone, let data = value("data"), let names = value("columns") {
      try split(names, data)
    } else if isAlone, let data = value("data"), value("schema") != nil {
      scanner.next = data
      try scanner.expect("[")
      try rows(until: "]")
    } else if isAlone, values.allSatisfy({ $0.kind == UInt8(ascii: "[") }) {
      try columns(values.map { ($0.key, $0.start) }, areKeyed: false)
    } else if isAlone, values.allSatisfy({ $0.kind == UInt8(ascii: "{") }) {
      try columns(values.map { ($0.key, $0.start) }, areKeyed: true)
    } else {
      scanner.next = start
      return try rows(until: nil)
    }
    scanner.next = end
  }

  /// `{"columns": […], "data": [[…], …]}`
  private mutating func split(_ names: Int, _ data: Int) throws(Malformed) {
    scanner.next = names
    try scanner.expect("[")
    var found: [String] = []
    if !scanner.accept("]") {
      repeat {
        if scanner.peek() == UInt8(ascii: "\"") {
          found.append(try scanner.string())
        } else {
          found.append(String(decoding: scanner.bytes[try scanner.bare()], as: UTF8.self))
        }
      } while scanner.accept(",")
      try scanner.expect("]")
    }
    scanner.next = data
    try scanner.expect("[")
    try rows(until: "]")
    guard result.names == nil, found.count == result.columns else {
      throw scanner.failure("\(found.count) columns are named, but rows have \(result.columns)")
    }
    result.names = found
  }

  /// `{"a": […], "b": […]}`, or with objects for lists, whose keys name the rows.
  private mutating func columns(
    _ values: [(key: String, start: Int)], areKeyed: Bool
  ) throws(Malformed) {
    var names: [String] = []
    var known: Set<String> = []
    var rowKeys: [Range<Int>] = []
    for (key, start) in values {
      scanner.next = start
      guard known.insert(key).inserted else {
        throw scanner.failure("the key \(Excerpt.quoted(key)) stands twice in one object")
      }
      names.append(key)
      let before = result.cells.count
      try scanner.expect(areKeyed ? "{" : "[")
      if !scanner.accept(areKeyed ? "}" : "]") {
        repeat {
          if areKeyed {
            let row = try scanner.quoted()
            let place = result.cells.count - before
            if names.count == 1 { rowKeys.append(row) }
            guard place < rowKeys.count,
              scanner.bytes[row].elementsEqual(scanner.bytes[rowKeys[place]])
            else {
              throw scanner.failure(
                "the rows of \(Excerpt.quoted(key)) are not those of \(Excerpt.quoted(names[0]))")
            }
            try scanner.expect(":")
          }
          result.cells.append(try cell())
        } while scanner.accept(",")
        try scanner.expect(areKeyed ? "}" : "]")
      }
      let count = result.cells.count - before
      if names.count == 1 { result.rows = count }
      guard count == result.rows else {
        throw scanner.failure(
          "\(Excerpt.quoted(key)) has \(count) values, and \(Excerpt.quoted(names[0])) has "
            + "\(result.rows)")
      }
    }
    (result.names, result.columns, result.isByColumn) = (names, names.count, true)
  }
}
