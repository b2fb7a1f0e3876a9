import Cyclograd
import Testing

@testable import CyclogradFormats

@Suite("Dense tables of weights as text")
struct TableNetworkTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ text: String, from format: String? = nil) throws -> ImportedNetwork {
    _ = try folder.write(text, "t.csv")
    return try NetworkFormat.read(folder("t.csv"), from: format)
  }

  @Test(
    "Names, with and without a corner",
    arguments: [
      ",a,b\na,0,0.5\nb,2,0\n", "a,b\na,0,0.5\nb,2,0\n", "x,a,b\na,0,.5\nb,2,0\n",
      "a;b\na;0;0.5\nb;2;0",
      "\ta\tb\na\t0\t0.5\nb\t2\t0",
    ])
  func names(_ text: String) throws {
    let network = try read(text)
    #expect(network.names == ["a", "b"])
    let expanded = try network.expanded()
    #expect(expanded.targets == [0, 1] && expanded.sources == [1, 0])
    #expect(expanded.weights == [0.5, 2])
  }

  @Test func numbers() throws {
    let four = try read("0,0.5,0,1\n0.2,0,0,1\n0,1,0,2\n1,1,1,1\n")
    #expect(try four.expanded().edgeCount == 10 && four.names == nil)
    #expect(try read("0.2,1\n1,0\n").expanded().edgeCount == 3)
    #expect(try read("1,2,3\n0,1,5\n2,0,1\n", from: "table").expanded().edgeCount == 7)
  }

  @Test("What could be either is refused, and edges stay edges")
  func ambiguous() throws {
    for text in ["0,1\n1,0\n", "0,1,0.5\n1,2,1\n2,0,1\n"] {
      let error = #expect(throws: CyclogradError.self) { try read(text) }
      #expect(error?.advice?.contains("--from table") == true)
      #expect(error?.advice?.contains("--from edge-list") == true)
    }
    let edges = [
      "source,target,weight\n0,1,0.5\n1,2,1\n2,0,1\n", "a,b,0.5\nb,a,1\nc,a,2\n", "0,1\n",
      "0,1,2\n1,2,3\n2,0,1\n3,0,1\n", "a,b\nb,c\n",
    ]
    for text in edges {
      #expect(try read(text).graph == read(text, from: "edge-list").graph)
    }
  }

  @Test(arguments: [
    ("1,2\n3\n", "columns"), ("a,b\na,0,1\n", "1 rows"), (",a,b\nb,0,1\na,1,0\n", "another order"),
    (",a,a\na,0,1\na,1,0\n", "two neurons"), ("1,x\n1,2\n", "rows"), ("1,nan\n1,2\n", "finite"),
    ("", "no rows"),
    (",a,b\na,0,\nb,1,0\n", "finite"),
  ])
  func refused(_ text: String, _ message: String) {
    let error = #expect(throws: CyclogradError.self) { try read(text, from: "table") }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test("What is written is read back", arguments: ["csv", "tsv"])
  func roundTrip(_ ending: String) throws {
    for seed in 0..<20 as Range<UInt64> {
      var random = TestRandom(seed)
      let size = Int.random(in: 2...9, using: &random)
      let names = (0..<size).map { "n \($0)\"," }
      let rows = (0..<size).map { row in
        ["\"" + names[row].replacing("\"", with: "\"\"") + "\""]
          + random.vector(size, -1, 1).map { "\($0 < 0 ? 0 : $0)" }
      }
      let header = [""] + rows.map { $0[0] }
      let text = ([header] + rows).map { $0.joined(separator: ",") }.joined(separator: "\n")
      let network = try read(text)
      _ = try NetworkFormat.table.write(network, to: folder("o.\(ending)"))
      let back = try NetworkFormat.read(folder("o.\(ending)"))
      #expect(back.names == names && network.names == names)
      #expect(back.graph == network.graph)
    }
  }

  @Test func hostile() {
    let text = ",a,b\na,0,0.5\n\"b\",2e3,0\r\n"
    let refused = HostileInput.refusals(Array(text.utf8), check: { (_: ImportedNetwork) in true }) {
      try TableNetwork.network(.holding($0), file: "f", ImportOptions())
    }
    #expect(refused > 100)
  }
}

@Suite("Files that are not read are called by their kind")
struct ForeignKindTests {
  @Test(arguments: [
    "a.G6", "a.pt", "a.h5", "a.mat", "a.xlsx", "a.onnx", "a.pkl", "a.parquet", "a.mdb",
  ])
  func refused(_ path: String) {
    let error = #expect(throws: CyclogradError.self) { try NetworkFormat.format(reading: path) }
    #expect(error?.message.contains("not read") == true)
    #expect(error?.advice != nil && error?.location.file == path)
  }
}
