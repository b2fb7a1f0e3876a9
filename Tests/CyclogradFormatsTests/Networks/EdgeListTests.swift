import Cyclograd
import Testing

@testable import CyclogradFormats

@Suite struct EdgeListTests {
  private func read(
    _ text: String, _ change: (inout ImportOptions) -> Void = { _ in }
  ) throws -> ImportedNetwork {
    var options = ImportOptions()
    change(&options)
    return try EdgeListReader.network(.holding(Array(text.utf8)), file: "f", options)
  }

  private func failure(
    _ text: String, _ change: (inout ImportOptions) -> Void = { _ in }
  ) -> CyclogradError? {
    #expect(throws: CyclogradError.self, "\(text)") { try read(text, change) }
  }

  @Test(arguments: [
    "0,1,0.5\n1,2,-2\n", "0,1,0.5\r\n1,2,-2\r\n", "0,1,0.5\r1,2,-2", "0\t1\t0.5\n1\t2\t-2",
    "source,target,weight\n0,1,0.5\n1,2,-2", "# c\n\n0;1;0.5\n1;2;-2", "0 1 .5\n1 2 -2e0",
    "weight,to,from\n0.5,1,0\n-2,2,1", "\u{FEFF}0,1,0.5\n 1 , 2 , -2 \n",
  ])
  func numbers(_ text: String) throws {
    let network = try read(text)
    let expanded = try network.expanded()
    #expect(expanded.sources == [0, 1] && expanded.targets == [1, 2])
    #expect(expanded.weights == [0.5, -2])
    #expect(expanded.neuronCount == 3 && network.names == nil && network.remarks.isEmpty)
  }

  @Test func names() throws {
    let network = try read("source,target\nb,a\n\"a, x\",b\na,a\n")
    #expect(network.names == ["b", "a", "a, x"])
    #expect(try network.expanded().sources == [0, 2, 1])
    #expect(network.remarks == ["no column 'weight': weight 1 used for 3 edges"])
  }

  @Test func aNameAmongNumbersMakesAllOfThemNames() throws {
    let network = try read("7,8\n8,x\n")
    #expect(network.names == ["7", "8", "x"])
    #expect(failure("7,8\n8,x\n") { $0.indexBase = 0 }?.location.line == 2)
  }

  @Test func bases() throws {
    let one = try read("1,2,3\n") { $0.indexBase = 1 }
    #expect(try one.expanded().neuronCount == 2 && one.remarks.isEmpty)
    let zero = try read("1,2,3\n")
    #expect(try zero.expanded().neuronCount == 3)
    #expect(zero.remarks.contains { $0.contains("--index-base 1") })
    #expect(failure("1,2,3\n0,1,2\n") { $0.indexBase = 1 }?.location.line == 2)
  }

  @Test func headers() throws {
    #expect(try read("u,v,w\na,b,2\n").names == ["a", "b"])
    #expect(try read("u,v\na,b\n") { $0.hasHeader = true }.names == ["a", "b"])
    #expect(try read("u,v\na,b\n").names == ["u", "v", "a", "b"])
    let other = try read("to,cost,from,x\nb,4,a,9\n") { $0.weightAttribute = "cost" }
    #expect(other.names == ["a", "b"])
    #expect(try other.expanded().weights == [4])
    #expect(other.remarks == ["columns dropped: x"])
  }

  @Test func duplicates() throws {
    let error = failure("0,1,2\n1,0,1\n# c\n0,1,3\n")
    #expect(error?.location.line == 4)
    let sum = try read("0,1,2\n1,0,1\n0,1,3\n") { $0.duplicates = .sum }
    #expect(try sum.expanded().edgeFacts.count == 2)
    #expect(try sum.expanded().weights == [5, 1])
    #expect(sum.remarks.count == 1)
    // Names far apart take another way.
    #expect(failure("0,1,2\n2000000000,1,1\n0,1,3\n")?.location.line == 3)
  }

  @Test(arguments: [
    ("", "no edges"), ("# c\n", "no edges"), ("source,target\n", "no edges"),
    ("1\n", "needs a source and a target"), ("1,2,3\n1,2\n", "2 columns"),
    ("1,2,nan\n", "not finite"), ("1,2,1e999\n", "not finite"), ("0,1,2\n1,2,x\n", "not a number"),
    ("1,2,3,4\n", "without a header"), ("3000000000,1\n", "not the number of a neuron"),
    ("99999999999999999999,1\n", "not the number"), ("0,1\n,1\n", "no name"),
    ("\"0,1\n", "quotation"), ("a,\0b", "NUL"),
  ])
  func refused(_ text: String, _ message: String) {
    let error = failure(text)
    #expect(error?.location.file == "f")
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  /// Long lists of plain rows are read on all processors; one comment makes it the other way.
  @Test(.tags(.slow), .unlessFast, arguments: ["\n", "\r\n"]) func bothWaysAgree(_ lineEnd: String)
    throws
  {
    var random = TestRandom(3)
    let rows = (0..<150_000).map { edge in
      "\(edge % 1999),\(edge / 3),\(Double.random(in: -1...1, using: &random))"
    }
    let text = "source,target,weight" + lineEnd + rows.joined(separator: lineEnd)
    #expect(text.utf8.count > 3 << 20)
    let quick = try read(text)
    let careful = try read(text + lineEnd + "# end")
    #expect(quick.graph == careful.graph)
    #expect(try quick.expanded().edgeCount == rows.count)
  }

  @Test func notUnicode() {
    let bytes: [UInt8] = Array("0,1\n".utf8) + [0xFF, 0x2C, 0x31]
    let error = #expect(throws: CyclogradError.self) {
      try EdgeListReader.network(.holding(bytes), file: "f", ImportOptions())
    }
    #expect(error?.location.line == 2)
  }

  @Test func hostile() {
    let text = "source,target,weight\n0,1,0.5\n\"1\",2,-2e3\r\n2,0,1\n"
    let refused = HostileInput.refusals(Array(text.utf8), check: { (_: ImportedNetwork) in true }) {
      try EdgeListReader.network(.holding($0), file: "f", ImportOptions())
    }
    #expect(refused > 300)
  }

  @Test func aNeuronWithALargeNumberCostsNothing() throws {
    #expect(try read("2147483646,0\n").graph.groups[0].size == Int(Int32.max))
  }
}
