import CSQLite
import Cyclograd
import Testing

@testable import CyclogradFormats

@Suite struct SQLiteTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A data base made by these statements.
  private func base(_ sql: String, _ name: String = "b.sqlite") throws -> String {
    var handle: OpaquePointer?
    #expect(sqlite3_open(folder(name), &handle) == SQLITE_OK)
    #expect(
      sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK,
      "\(String(cString: sqlite3_errmsg(handle)))")
    sqlite3_close(handle)
    return folder(name)
  }

  private func read(
    _ path: String, _ change: (inout ImportOptions) -> Void = { _ in }
  ) throws -> ImportedNetwork {
    var options = ImportOptions()
    change(&options)
    return try NetworkFormat.sqlite.read(path, options: options)
  }

  private func failure(
    _ path: String, _ change: (inout ImportOptions) -> Void = { _ in }
  ) -> CyclogradError? {
    #expect(throws: CyclogradError.self) { try read(path, change) }
  }

  private static let edges = """
    CREATE TABLE edges (id INTEGER PRIMARY KEY, pre TEXT, post TEXT, syn_count INTEGER, nt TEXT);
    INSERT INTO edges (pre, post, syn_count, nt) VALUES ('AVAL', 'AVAR', 3, 'ACH'), ('AVAR', 'AVAL', 2, 'GABA'),
      ('AVAL', 'PVC', 5, 'GABA');
    """

  @Test func names() throws {
    let path = try base(Self.edges)
    let network = try NetworkFormat.read(path)
    #expect(network.names == ["AVAL", "AVAR", "PVC"])
    let expanded = try network.expanded()
    #expect(expanded.sources == [0, 1, 0] && expanded.targets == [1, 0, 2])
    #expect(expanded.weights == [3, 2, 5])
    #expect(network.remarks == ["columns dropped: id, nt"])
  }

  @Test func signs() throws {
    let path = try base(Self.edges)
    let network = try read(path) {
      $0.signColumn = "nt"
      $0.signs = ["ACH": 1, "GABA": -1]
    }
    #expect(try network.expanded().weights == [3, -2, -5])
    let error = failure(path) {
      $0.signColumn = "nt"
      $0.signs = ["ACH": 1]
    }
    #expect(error?.message == "\"GABA\" says no sign" && error?.location.subject == "row 2")
    #expect(error?.advice?.contains("GABA=1") == true)
  }

  @Test func numbersAndIds() throws {
    let numbers = try base(
      "CREATE TABLE e (i, j, w); INSERT INTO e VALUES (0, 1, 0.5), (1, 2, -2), (2, 0, '1e-3')",
      "n.db")
    let expanded = try read(numbers).expanded()
    #expect(expanded.sources == [0, 1, 2] && expanded.weights == [0.5, -2, 1e-3])
    let ids = try base(
      "CREATE TABLE e (pre, post); INSERT INTO e VALUES (720575940600000007, 720575940600000008), (7, 21664440)",
      "i.db")
    #expect(
      try read(ids).names == ["720575940600000007", "720575940600000008", "7", "21664440"])
    let one = try base("CREATE TABLE e (i, j); INSERT INTO e VALUES (1, 2)", "o.db")
    #expect(try read(one) { $0.indexBase = 1 }.expanded().neuronCount == 2)
    #expect(failure(ids) { $0.indexBase = 1 }?.location.subject == "row 1")
  }

  @Test func tablesAndQueries() throws {
    let path = try base(
      Self.edges
        + "CREATE TABLE \"odd \"\" name\" (a, b); INSERT INTO \"odd \"\" name\" VALUES ('x', 'y');"
        + "CREATE VIEW strong AS SELECT pre, post, syn_count FROM edges WHERE syn_count > 2")
    let error = failure(path)
    #expect(error?.message == "the data base has 3 tables")
    #expect(error?.advice?.contains("edges, odd \" name, strong") == true)
    #expect(try read(path) { $0.table = "EDGES" }.expanded().edgeCount == 3)
    #expect(try read(path) { $0.table = "strong" }.expanded().edgeCount == 2)
    #expect(try read(path) { $0.table = "odd \" name" }.names == ["x", "y"])
    let summed = try read(path) {
      $0.query = "SELECT pre, post, sum(syn_count) AS weight FROM edges GROUP BY 1, 2;"
    }
    #expect(try summed.expanded().weights == [3, 5, 2])
    #expect(failure(path) { $0.table = "none" }?.advice?.contains("strong") == true)
    #expect(
      failure(path) { ($0.table, $0.query) = ("edges", "SELECT 1") }?.message.contains("exclude")
        == true)
  }

  @Test(arguments: [
    ("SELECT", "SQLite: "), ("SELECT pre FROM missing", "no such table"), ("", "empty"),
    ("SELECT pre, post FROM edges; SELECT 1", "several statements"),
    ("DELETE FROM edges", "does not ask for rows"), ("DROP TABLE edges", "does not ask for rows"),
    ("ATTACH 'other.db' AS o", "does not ask for rows"),
    ("SELECT pre FROM edges", "source and a target"),
    ("SELECT load_extension('x'), 1", "SQLite: "), ("SELECT 'a' AS pre, NULL AS post", "no name"),
    ("SELECT 'a' AS pre, 'b' AS post, NULL AS weight", "NULL is not a number"),
    ("SELECT 'a' AS pre, 'b' AS post, 9e999 AS weight", "not finite"),
    ("SELECT pre, post FROM edges WHERE 0", "no edges"),
    ("INSERT INTO edges VALUES (1, 2, 3, 4, 5) RETURNING pre, post", "does not ask for rows"),
  ])
  func refused(_ query: String, _ message: String) throws {
    let path = try base(Self.edges)
    let error = failure(path) { $0.query = query }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    #expect(error?.location.file == path)
    #expect(try read(path).expanded().edgeCount == 3)
  }

  @Test func aViewWithoutEnd() throws {
    let path = try base(
      "CREATE VIEW v AS WITH RECURSIVE r(a) AS (SELECT 1 UNION ALL SELECT a FROM r) "
        + "SELECT a AS i, a AS j FROM r WHERE a > 1")
    #expect(failure(path)?.advice?.contains("--query") == true)
  }

  @Test func compressedOrInMemory() throws {
    let path = try base("PRAGMA journal_mode = WAL;" + Self.edges)
    let bytes = try InputFile.bytes(path)
    let copy = try folder.write(bytes, "copy")
    #expect(
      try NetworkFormat.read(copy).names == ["AVAL", "AVAR", "PVC"], "told by its first bytes")
    if Python.run(
      "import gzip, sys; gzip.open(sys.argv[1] + '.gz', 'wb').write(open(sys.argv[1], 'rb').read())",
      path) != nil
    {
      #expect(try NetworkFormat.read(path + ".gz").names == ["AVAL", "AVAR", "PVC"])
    }
    #expect(
      failure(try folder.write("no data base", "x.db"))?.message
        == "the file is no SQLite data base")
    #expect(failure(folder("missing.db")) != nil)
  }

  @Test func hostile() throws {
    let path = try base("PRAGMA page_size = 512;" + Self.edges)
    let bytes = try InputFile.bytes(path)
    var random = TestRandom(3)
    for number in 0..<300 {
      var copy = bytes
      for _ in 0..<4 {
        copy[Int.random(in: 16..<copy.count, using: &random)] = .random(in: 0...255, using: &random)
      }
      if number.isMultiple(of: 3) {
        copy = Array(copy.prefix(Int.random(in: 0...copy.count, using: &random)))
      }
      do { _ = try read(folder.write(copy, "h.db")) } catch let error as CyclogradError {
        #expect(!error.message.isEmpty)
      }
    }
  }

  @Test func namesThatAreNoTextOrLookTheSameAreRefused() throws {
    let bytes = try base(
      "CREATE TABLE e (source, target); INSERT INTO e VALUES (CAST(x'61ff' AS TEXT), CAST(x'61fe' AS TEXT));",
      "bytes.sqlite")
    #expect(failure(bytes)?.message.contains("not UTF-8") == true)
    let forms = try base(
      "CREATE TABLE e (source, target); INSERT INTO e VALUES (CAST(x'c3a9' AS TEXT), 'a'), "
        + "(CAST(x'65cc81' AS TEXT), 'b');", "forms.sqlite")
    #expect(failure(forms)?.message.contains("look the same") == true)
    for name in ["forms.csv", "forms.sif"] {
      let rows =
        name.hasSuffix("csv")
        ? "source,target\n\u{e9},a\ne\u{301},b\n" : "\u{e9}\tpp\ta\ne\u{301}\tpp\tb\n"
      try rows.write(toFile: folder(name), atomically: true, encoding: .utf8)
      let error = #expect(throws: CyclogradError.self) { try NetworkFormat.read(folder(name)) }
      #expect(error?.message.contains("look the same") == true && error?.location.line != nil)
    }
  }

  @Test func rowsDoNotHoldNamesOfSeveralLines() throws {
    let path = try base(
      "CREATE TABLE e (source, target); INSERT INTO e VALUES ('a' || char(10) || 'b', 'c');")
    let network = try read(path)
    #expect(throws: CyclogradError.self) {
      try NetworkFormat.edgeList.write(network, to: folder("o.csv"))
    }
  }
}
