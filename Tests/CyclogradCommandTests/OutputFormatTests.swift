import CyclogradFormats
import Foundation
import TestSupport
import Testing

@Suite("The extension of an output decides its format", .tags(.slow), .unlessFast)
struct OutputFormatTests {
  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("x.csv", "0.5,1\n-1,2\n")
    try scratch.write("t.csv", "1\n0\n")
    return scratch
  }

  private func path(_ scratch: Scratch, _ name: String) -> String {
    scratch.folder.appendingPathComponent(name).path
  }

  @Test("Tables: .csv, .tsv, .npy, compressed text, and - for standard output")
  func tables() throws {
    let scratch = try scratch()
    let run = try scratch.shell(
      """
      set -e
      for name in z.csv z.tsv z.json z.jsonl z.json.gz z.npy z.csv.gz z; do
        cyclograd solve graphs/xor.yaml -q -i x.csv -o "a-$name" --save-state "$name" \
          --save-activations "b-$name"
        cyclograd solve graphs/xor.yaml -q -i x.csv --state "$name" -o "c-$name"
      done
      cyclograd solve graphs/xor.yaml -q -i - -o - < x.csv > d.csv
      cyclograd jacobian graphs/xor.yaml -q -i x.csv -o j.npy
      cyclograd jacobian graphs/xor.yaml -q -i x.csv -o j.tsv
      """)
    #expect(run.status == 0, "\(run.errors)")
    let text = scratch.read("a-z.csv")
    #expect(text != nil && scratch.read("d.csv") == text && scratch.read("a-z") == text)
    #expect(scratch.read("b-z.tsv")?.hasPrefix("x.0\tx.1\t") == true)
    #expect(scratch.read("j.tsv")?.hasPrefix("sample\toutput\t") == true)
    for name in ["z.csv", "z.tsv", "z.json", "z.jsonl", "z.json.gz", "z.npy", "z.csv.gz", "z"] {
      for part in ["a", "c"] {
        let table = try DataFile.read(path(scratch, "\(part)-\(name)")).matrix
        let first = try DataFile.read(path(scratch, "a-z.csv")).matrix
        #expect(table == first, "\(part)-\(name)")
      }
    }
  }

  @Test("Rows with texts beside numbers, as JSON, and a state that failed as null")
  func records() throws {
    let scratch = try scratch()
    let run = try scratch.shell(
      """
      set -e
      cyclograd jacobian graphs/xor.yaml -q -i x.csv -o j.json
      cyclograd jacobian graphs/xor.yaml -q -i x.csv -o j.csv
      cyclograd solve graphs/xor.yaml -q -i x.csv --lesion all-of:y -o l.jsonl
      cyclograd solve graphs/xor.yaml -q -i x.csv --lesion all-of:y -o l.csv
      """)
    #expect(run.status == 0, "\(run.errors)")
    for (json, csv) in [("j.json", "j.csv"), ("l.jsonl", "l.csv")] {
      #expect(try DataFile.header(path(scratch, json)) == DataFile.header(path(scratch, csv)))
      #expect(
        try DataFile.words(path(scratch, json), columns: ColumnSelection("0..2"))
          == DataFile.words(path(scratch, csv), columns: ColumnSelection("0..2")))
      #expect(
        try DataFile.read(path(scratch, json), columns: ColumnSelection("last:1"))
          == DataFile.read(path(scratch, csv), columns: ColumnSelection("last:1")))
    }
  }

  @Test("A gradient: an array for each connection, shaped like its weight, or named tensors")
  func gradients() throws {
    let scratch = try scratch()
    let run = try scratch.shell(
      """
      set -e
      for name in g.csv g.tsv g.npz g.safetensors g.json g.jsonl; do
        cyclograd gradient graphs/xor.yaml -q -i x.csv --target t.csv -o "$name" \
          --input-gradient dx.npy
      done
      cyclograd gradient graphs/xor.yaml -q -i x.csv --target t.csv -o s.npz --per-sample
      """)
    #expect(run.status == 0, "\(run.errors)")
    let rows = try #require(scratch.read("g.csv")).split(separator: "\n").dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let archive = try NpzFile.read(path(scratch, "g.npz"))
    let document = try GraphFile.read(
      packageRoot.appendingPathComponent("graphs/xor.yaml").path
    ).resolved()
    var found = 0
    for connection in document.graph.connections {
      let array = try archive.array("\(connection.from)->\(connection.to)")
      for row in rows
      where row[0] == "weight" && row[1].hasPrefix(connection.from + ".")
        && row[2].hasPrefix(connection.to + ".")
      {
        let source = try #require(Int(row[1].split(separator: ".")[1]))
        let target = try #require(Int(row[2].split(separator: ".")[1]))
        #expect(array.elements[target * array.shape[1] + source] == Double(row[5]))
        found += 1
      }
    }
    #expect(found == rows.count { $0[0] == "weight" } && found > 0)
    #expect(scratch.read("g.jsonl")?.split(separator: "\n").count == rows.count)
    #expect(scratch.read("g.tsv")?.replacing("\t", with: ",") == scratch.read("g.csv"))
  }

  @Test(
    "Another extension is refused before any work",
    arguments: [
      ["solve", "-o", "a.xlsx"], ["solve", "--save-state", "z.npz"], ["solve", "-o", "z.npy.gz"],
      ["solve", "--save-activations", "z.mat"], ["solve", "--trace", "t.csv"],
      ["gradient", "--target", "t.csv", "-o", "g.npy"], ["jacobian", "-o", "j.npz"],
      ["gradient", "--target", "t.csv", "--per-sample", "-o", "g.safetensors"],
      ["gradient", "--target", "t.csv", "--input-gradient", "g.h5"],
      ["evaluate", "--target", "t.csv", "-o", "e.pdf"],
      ["report inspect", "-o", "r.pdf"],
    ])
  func refused(_ arguments: [String]) throws {
    let run = try scratch().run(
      arguments[0].split(separator: " ").map(String.init) + ["graphs/xor.yaml", "-i", "x.csv"]
        + arguments.dropFirst())
    #expect(run.status == 1 && run.output.isEmpty)
    #expect(run.errors.contains("give a name that ends in"), "\(run.errors)")
  }
}
