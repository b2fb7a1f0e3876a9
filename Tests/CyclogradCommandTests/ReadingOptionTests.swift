import CSQLite
import Foundation
import TestSupport
import Testing

/// Each option that says what a network's file leaves open, rightly and wrongly used.
@Suite("Options of the readers do what they say, or say why not", .tags(.slow), .unlessFast)
struct ReadingOptionTests {
  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("ids.csv", "source,target,weight\n3,900,2\n900,3,4\n")
    try scratch.write("signs.csv", "pre,post,n,nt\nA,B,3,ACH\nB,A,2,GABA\nB,C,5,MIX\n")
    try scratch.write("plain.csv", "source,target\nA,B\nB,A\n")
    try scratch.write("net.sif", "A\tup\tB\nB\tdown\tC\n")
    try scratch.write(
      "net.graphml",
      """
      <graphml><key id="s" for="edge" attr.name="synapses" attr.type="double"/>
      <key id="g" for="edge" attr.name="gap" attr.type="double"/>
      <graph edgedefault="directed"><node id="A"/><node id="B"/>
      <edge source="A" target="B"><data key="s">3</data><data key="g">0.5</data></edge>
      </graph></graphml>
      """)
    try scratch.write(
      "w.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 2 4\n2 1 1\n")
    try scratch.write(
      "p.mtx", "%%MatrixMarket matrix coordinate pattern general\n2 2 2\n1 2\n2 1\n")
    try scratch.write(
      "chain.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 1\n2 1 4\n")
    try scratch.write("x.csv", "u,v,b,a\n1,2,4,3\n")
    try base(
      scratch.folder.appendingPathComponent("b.db").path,
      """
      CREATE TABLE edges (pre TEXT, post TEXT, weight REAL, nt TEXT);
      INSERT INTO edges VALUES ('A', 'B', 3, 'ACH'), ('B', 'A', 2, 'GABA');
      CREATE TABLE more (i TEXT, j TEXT, n REAL); INSERT INTO more VALUES ('C', 'D', 7);
      """)
    return scratch
  }

  private func base(_ path: String, _ sql: String) throws {
    var handle: OpaquePointer?
    #expect(sqlite3_open(path, &handle) == SQLITE_OK)
    #expect(sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK)
    sqlite3_close(handle)
  }

  /// The edges that a file has with some options, sorted.
  @Test(arguments: [
    ("ids.csv", ["--ids", "names"], ["\"3\",\"900\",2.0", "\"900\",\"3\",4.0"]),
    ("ids.csv", ["--ids", "numbers"], ["# neurons: 901", "3,900,2.0", "900,3,4.0"]),
    (
      "signs.csv",
      ["--weight-attribute", "n", "--sign-column", "nt", "--sign", "ACH=1,GABA=-1,MIX=0"],
      ["A,B,3.0", "B,A,-2.0"]
    ),
    ("signs.csv", ["--weight-attribute", "n"], ["A,B,3.0", "B,A,2.0", "B,C,5.0"]),
    ("net.sif", ["--sign", "up=1,down=-1"], ["A,B,1.0", "B,C,-1.0"]),
    ("net.graphml", ["--weight-attribute", "synapses"], ["A,B,3.0"]),
    ("net.graphml", ["--weight-attribute", "gap"], ["A,B,0.5"]),
    ("b.db", ["--table", "edges"], ["A,B,3.0", "B,A,2.0"]),
    (
      "b.db", ["--table", "edges", "--sign-column", "nt", "--sign", "ACH=1,GABA=-1"],
      ["A,B,3.0", "B,A,-2.0"]
    ),
    ("b.db", ["--query", "SELECT i, j, 2 * n AS weight FROM more"], ["C,D,14.0"]),
    ("plain.csv", ["--draw-weights", "0.25"], ["A,B,0.25", "B,A,0.25"]),
  ])
  func edges(_ file: String, _ options: [String], _ expected: [String]) throws {
    let run = try scratch().run(
      ["convert", file, "/dev/stdout", "--to", "edge-list", "-q"] + options)
    #expect(run.status == 0, "\(run.errors)")
    let lines = run.output.split(separator: "\n").map(String.init)
    #expect(lines.filter { !$0.hasPrefix("source") }.sorted() == expected, "\(run.output)")
  }

  @Test("Weights are drawn from the seed, and from another one otherwise")
  func drawn() throws {
    let scratch = try scratch()
    func weights(_ seed: String) throws -> String {
      try scratch.run(
        "convert", "p.mtx", "/dev/stdout", "--to", "edge-list", "-q", "--draw-weights",
        "uniform:-1:1:fan-in", "--seed", seed
      ).output
    }
    let first = try weights("1")
    #expect(try first.contains("0,1,") && first == weights("1") && first != weights("2"))
    #expect(!first.contains("0,1,1.0"))
  }

  /// The spectral radius of W and of |W| is 2.
  @Test(arguments: [("spectral-radius=1", 0.5), ("lambda-pf=4", 2)])
  func scaled(_ scale: String, _ factor: Double) throws {
    let run = try scratch().run(
      "convert", "w.mtx", "/dev/stdout", "--to", "edge-list", "-q", "--scale", scale)
    let weights = run.output.split(separator: "\n").suffix(2).compactMap {
      $0.split(separator: ",").last.flatMap { Double($0) }
    }
    #expect(weights.count == 2 && abs(weights[0] - 4 * factor) < 1e-12, "\(run.output)")
    #expect(abs(weights[1] - factor) < 1e-12)
  }

  @Test("Columns are selected by place and name, and found by the inputs' names without")
  func columns() throws {
    let scratch = try scratch()
    func answer(_ options: String...) throws -> String {
      let run = try scratch.run(
        [
          "solve", "plain.csv", "-q", "--draw-weights", "0", "--activation", "identity",
          "--input-neurons", "A,B", "--output-neurons", "A,B", "-i", "x.csv",
        ] + options)
      return run.status == 0 ? run.output : run.errors
    }
    #expect(try answer("--columns", "u,v") == "A,B\n1.0,2.0\n")
    #expect(try answer("--columns", "last:2") == "A,B\n4.0,3.0\n")
    #expect(try answer("--columns", "a,0") == "A,B\n3.0,1.0\n")
    try scratch.write("x.csv", "B,t,A\n1,9,2\n")
    #expect(try answer() == "A,B\n2.0,1.0\n")
  }

  @Test(arguments: [
    ("ids.csv", ["--ids", "both"], "give names or numbers"),
    ("ids.csv", ["--ids", "names", "--index-base", "1"], "exclude each other"),
    ("w.mtx", ["--ids", "names"], "--ids does not apply to the format matrix-market"),
    ("signs.csv", [], "give --weight-attribute"),
    ("signs.csv", ["--weight-attribute", "m"], "\"m\""),
    ("net.graphml", ["--weight-attribute", "size"], "size"),
    ("signs.csv", ["--weight-attribute", "n", "--sign-column", "type"], "\"type\""),
    ("signs.csv", ["--weight-attribute", "n", "--sign-column", "nt"], "\"MIX\" say no sign"),
    (
      "signs.csv", ["--weight-attribute", "n", "--sign-column", "nt", "--sign", "ACH=2"],
      "is not a word with its sign"
    ),
    (
      "signs.csv", ["--weight-attribute", "n", "--sign-column", "nt", "--sign", "A=1,A=-1"],
      "twice"
    ),
    ("signs.csv", ["--weight-attribute", "n", "--sign", "ACH=1"], "--sign-column"),
    ("w.mtx", ["--sign-column", "nt"], "does not apply"),
    ("plain.csv", ["--neurons", "net.graphml"], "net.graphml"),
    ("b.db", [], "--table"), ("b.db", ["--table", "nodes"], "nodes"),
    ("b.db", ["--query", "SELECT nothing"], "nothing"),
    ("b.db", ["--query", "DELETE FROM edges"], "b.db"),
    ("b.db", ["--table", "edges", "--query", "SELECT i, j FROM more"], "--query"),
    ("signs.csv", ["--table", "edges"], "--table does not apply to the format edge-list"),
    ("w.mtx", ["--query", "SELECT 1"], "--query does not apply"),
    ("p.mtx", ["--draw-weights", "normal"], "a weight must be a number, not 'normal'"),
    ("p.mtx", ["--draw-weights", "normal:-1"], "--draw-weights"),
    ("w.mtx", ["--draw-weights", "normal:1"], "--draw-weights"),
    ("chain.mtx", ["--scale", "spectral-radius=1"], "nilpotent"),
    ("w.mtx", ["--scale", "radius=1"], "spectral-radius=0.9"),
    ("w.mtx", ["--scale", "lambda-pf=-1"], "lambda-pf"),
  ])
  func refused(_ file: String, _ options: [String], _ words: String) throws {
    let run = try scratch().run(["convert", file, "out.graphml", "-q"] + options)
    #expect(run.status == 1, "\(file) \(options): \(run.output)")
    #expect(run.errors.contains(words), "\(file) \(options): \(run.errors)")
    #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
  }

  @Test(arguments: [
    (["--lesion", "Z"], "Z"), (["--lesion", "all-of:none"], "none"),
    (["--lesion", "edges:missing.csv"], "missing.csv"),
    (["--lesion", "A", "--follow"], "--follow"), (["--columns", "z"], "no column is named \"z\""),
    (["--columns", "9"], "there is no column 9"), (["--columns", "a,a"], "selected twice"),
    (["--columns", "3..1"], "runs backwards"), (["--columns", "a"], "1 column"),
  ])
  func refusedSolving(_ options: [String], _ words: String) throws {
    let run = try scratch().run(
      [
        "solve", "plain.csv", "-q", "--draw-weights", "0", "--activation", "identity",
        "--input-neurons", "A,B", "--output-neurons", "A", "-i", "x.csv", "--columns", "0,1",
      ].filter { !options.contains("--columns") || !["--columns", "0,1"].contains($0) } + options)
    #expect(run.status == 1, "\(options): \(run.output)")
    #expect(run.errors.contains(words), "\(options): \(run.errors)")
  }

  @Test("Biases in a row below neurons' names follow these, as samples do")
  func namedBiases() throws {
    let scratch = try Scratch()
    try scratch.write("w.csv", "source,target,weight\nA,B,0.5\nB,C,0.25\n")
    try scratch.write("b.csv", "C,A,B\n3,1,2\n")
    try scratch.write("some.csv", "C,A,X\n3,1,2\n")
    let reading = [
      "--activation", "identity", "--input-neurons", "none", "--output-neurons", "A,B,C",
    ]
    let run = try scratch.run(["solve", "w.csv", "--bias", "b.csv"] + reading)
    #expect(run.output == "A,B,C\n1.0,2.5,3.625\n", "\(run.output)")
    let refused = try scratch.run(["solve", "w.csv", "--bias", "some.csv"] + reading)
    #expect(
      refused.status == 1 && refused.errors.contains(#"not known are "X""#), "\(refused.errors)")
  }
}
