import CSQLite
import Cyclograd

/// A data base that is only read.
///
/// Files of strangers are opened the way SQLite's documentation ("Defense Against The Dark Arts") asks for: nothing that a
/// schema defines may run functions that touch anything else, and pages are checked.
final class SQLiteBase {
  let path: String
  fileprivate let handle: OpaquePointer

  private static let magic = Array("SQLite format 3\0".utf8)

  init(_ path: String) throws {
    self.path = path
    let stored = try InputFile.stored(path)
    let isPlain = try SystemError.isRegularFile(path) && stored.starts(with: Self.magic)
    // What is compressed or comes through a pipe is in memory.
    var image: [UInt8] = []
    if !isPlain {
      image = try InputFile.inflated(stored, path).array()
      guard image.starts(with: Self.magic) else {
        throw CyclogradError(
          .malformedFile, "the file is no SQLite data base", at: .init(file: path),
          advice: "if it is another kind of file, give --from")
      }
    }
    var handle: OpaquePointer?
    // As a path, never as a URI, which could carry options.
    let name = isPlain ? (path.hasPrefix("/") ? path : "./" + path) : ":memory:"
    let flags = isPlain ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
    let code = sqlite3_open_v2(name, &handle, flags | SQLITE_OPEN_NOMUTEX, nil)
    guard code == SQLITE_OK, let handle else {
      let words = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "no memory"
      sqlite3_close_v2(handle)
      throw CyclogradError(
        .file, "cannot open the data base: \(Excerpt.escaped(words))", at: .init(file: path))
    }
    self.handle = handle
    if !isPlain { try load(&image) }
    _ = cyclograd_sqlite_switch(handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
    _ = cyclograd_sqlite_switch(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0)
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, 1 << 24)
    try run("PRAGMA cell_size_check = ON")
    limitSteps(bytes: stored.count)
    // Both passes over an answer see the same rows.
    try run("BEGIN")
    try run("SELECT count(*) FROM sqlite_schema")
  }

  deinit {
    sqlite3_close_v2(handle)
    steps.deallocate()
  }

  /// Steps of SQLite's machine that are left, in millions.
  private let steps = UnsafeMutablePointer<Int>.allocate(capacity: 1)

  /// Ends what would go on without end, as a view of a stranger may; a row takes far fewer steps.
  private func limitSteps(bytes: Int) {
    steps.pointee = 200 + bytes / 1000
    sqlite3_progress_handler(
      handle, 1_000_000,
      { left in
        guard let left = left?.assumingMemoryBound(to: Int.self) else { return 1 }
        left.pointee -= 1
        return left.pointee < 0 ? 1 : 0
      }, steps)
  }

  private func load(_ image: inout [UInt8]) throws {
    // Without its log, a data base that has one is as its last checkpoint left it.
    if image.count > 19, image[18] == 2 || image[19] == 2 { (image[18], image[19]) = (1, 1) }
    let count = Int64(image.count)
    guard let copy = sqlite3_malloc64(UInt64(image.count)) else {
      throw SystemError.file("cannot read the file", path, 12)
    }
    image.withUnsafeBytes { copy.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    image = []
    let flags = SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY
    guard
      sqlite3_deserialize(
        handle, "main", copy.assumingMemoryBound(to: UInt8.self), count, count, UInt32(flags))
        == SQLITE_OK
    else { throw failure() }
  }

  private func run(_ sql: String) throws {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure() }
  }

  /// What SQLite says went wrong last.
  fileprivate func failure(_ code: CyclogradError.Code = .malformedFile) -> CyclogradError {
    CyclogradError(
      code, "SQLite: \(Excerpt.escaped(String(cString: sqlite3_errmsg(handle))))",
      at: .init(file: path),
      advice: sqlite3_errcode(handle) == SQLITE_INTERRUPT
        ? "the table takes more steps than a file of this size should; give its SELECT as --query"
        : nil)
  }

  /// The table of a name, or the only one there is.
  func table(_ name: String?) throws -> String {
    let list = try answer(
      to:
        "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' "
        + "ESCAPE '\\' ORDER BY name", isQuery: false)
    var names: [String] = []
    while try list.next() {
      let found = try list.text(0) ?? ""
      if found == name { return found }
      names.append(found)
    }
    if let name {
      if let known = names.first(where: { $0 == name })
        ?? names.first(where: { $0.lowercased() == name.lowercased() })
      {
        return known
      }
      throw CyclogradError(
        .invalidOption, "the data base has no table \(Excerpt.quoted(name))", at: .init(file: path),
        advice: Self.advice(names))
    }
    guard names.count == 1 else {
      throw CyclogradError(
        names.isEmpty ? .malformedFile : .invalidOption, "the data base has \(names.count) tables",
        at: .init(file: path),
        advice: names.isEmpty ? nil : "give --table or --query; " + Self.advice(names))
    }
    return names[0]
  }

  private static func advice(_ names: [String]) -> String {
    names.isEmpty
      ? "it has none"
      : "the tables are " + names.prefix(10).map { Excerpt.escaped($0) }.joined(separator: ", ")
  }

  /// The rows that a statement gives, which may do nothing but read.
  func answer(to sql: String, isQuery: Bool) throws -> SQLiteAnswer {
    // How long a query may take is its author's affair.
    if isQuery { sqlite3_progress_handler(handle, 0, nil, nil) }
    let code: CyclogradError.Code = isQuery ? .invalidOption : .malformedFile
    var statement: OpaquePointer?
    var rest: String?
    let result = sql.withCString { text in
      var tail: UnsafePointer<CChar>?
      let result = sqlite3_prepare_v2(handle, text, -1, &statement, &tail)
      rest = tail.map { String(cString: $0) }
      return result
    }
    guard result == SQLITE_OK else { throw failure(code) }
    guard let statement else {
      throw CyclogradError(.invalidOption, "--query is empty", at: .init(file: path))
    }
    let answer = SQLiteAnswer(self, statement)
    guard sqlite3_stmt_readonly(statement) != 0, !answer.names.isEmpty else {
      throw CyclogradError(
        .invalidOption, "--query does not ask for rows", at: .init(file: path),
        advice: "give one SELECT statement")
    }
    guard (rest ?? "").allSatisfy({ $0.isWhitespace || $0 == ";" }) else {
      throw CyclogradError(
        .invalidOption, "--query has several statements", at: .init(file: path),
        advice: "give one SELECT statement")
    }
    return answer
  }
}

/// The rows of an answer, one at a time.
final class SQLiteAnswer {
  private let base: SQLiteBase
  private let statement: OpaquePointer
  /// The names of the columns.
  let names: [String]

  fileprivate init(_ base: SQLiteBase, _ statement: OpaquePointer) {
    self.base = base
    self.statement = statement
    names = (0..<sqlite3_column_count(statement)).map {
      sqlite3_column_name(statement, $0).map { String(cString: $0) } ?? ""
    }
  }

  deinit { sqlite3_finalize(statement) }

  /// Goes to the next row, if there is one.
  func next() throws -> Bool {
    switch sqlite3_step(statement) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw base.failure()
    }
  }

  func startAgain() throws {
    sqlite3_reset(statement)
  }

  /// The text of a cell; `nil` for NULL.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` `malformed-file` for bytes that are no UTF-8: replaced, different names would be one.
  func text(_ column: Int) throws -> String? {
    guard let bytes = sqlite3_column_text(statement, Int32(column)) else { return nil }
    let count = Int(sqlite3_column_bytes(statement, Int32(column)))
    let buffer = UnsafeBufferPointer(start: bytes, count: count)
    guard let text = String(validating: buffer, as: UTF8.self) else {
      throw CyclogradError(
        .malformedFile,
        "\(Excerpt.quoted(String(decoding: buffer, as: UTF8.self))) in the column \(column + 1) of an "
          + "answer is not UTF-8", at: .init(file: base.path),
        advice: "convert the text in the data base")
    }
    return text
  }

  /// The integer of a cell that holds one, not of a text that reads like one.
  func integer(_ column: Int) -> Int? {
    guard sqlite3_column_type(statement, Int32(column)) == SQLITE_INTEGER else { return nil }
    return Int(sqlite3_column_int64(statement, Int32(column)))
  }

  /// The number of a cell, which may stand there as text.
  func number(_ column: Int) -> Double? {
    switch sqlite3_column_type(statement, Int32(column)) {
    case SQLITE_INTEGER, SQLITE_FLOAT: return sqlite3_column_double(statement, Int32(column))
    case SQLITE_TEXT:
      guard var text = try? text(column) else { return nil }
      return text.withUTF8 { DecimalScanner.number($0) }
    default: return nil
    }
  }
}
