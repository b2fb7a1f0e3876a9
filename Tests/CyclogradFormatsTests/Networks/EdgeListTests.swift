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

  @Test(
    "Ends of edges are recognised by stems and suffixes, and by numbers",
    arguments: [
      "pre_id,post_id", "presyn,postsyn", "neuron1,neuron2", "from_id,to_id",
      "source_name,target_name", "node1,node2", "Node_1,Node_2", "upstream,downstream",
      "regulator,gene", "Pre Neuron,Post Neuron", "target_gene,regulator",
    ])
  func manyHeaders(_ header: String) throws {
    let network = try read("\(header)\na,b\nb,c\n")
    let isTurned = header.hasPrefix("target")
    #expect(network.names == (isTurned ? ["b", "a", "c"] : ["a", "b", "c"]))
    #expect(!network.remarks.contains { $0.contains("--header") })
  }

  @Test("A first line whose words are nowhere else is an edge, with a remark")
  func firstLine() throws {
    let odd = try read("u,v\na,b\nb,a\n")
    #expect(odd.names?.count == 4)
    #expect(odd.remarks.contains { $0.contains("\"u\" to \"v\"") && $0.contains("--header") })
    // Neurons may be numbered as ends are.
    #expect(try read("node1,node2\nnode2,node3\n").names == ["node1", "node2", "node3"])
    for text in ["a,b\nb,c\n", "a,b\n", "7,8\n9,x\n", "u,v,1\na,b,2\n"] {
      #expect(try !read(text).remarks.contains { $0.contains("--header") }, "\(text)")
    }
    let certain = try read("u,v\na,b\n") { $0.hasHeader = false }
    #expect(!certain.remarks.contains { $0.contains("--header") })
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
    ("1,2,3,4\n", "without a header"), ("# neurons: 2\n3000000000,1\n", "not the number"),
    ("# neurons: x\n0,1\n", "number of neurons"), ("# neurons: 2\n0,2\n", "there are 2 neurons"),
    ("0,1\n,1\n", "no name"), ("a,b,\nb,a,1\n", "not a number"),
    ("a,b,NA\nb,a,1\n", "not a number"),
    ("a,b,exc\nb,a,inh\n", "not a number"), ("a,b,+\nb,a,2\n", "not a sign"),
    ("0,1,2\n1,0,-\n", "not a number"), ("a b {'weight': 1}\nb a {}\n", "unlike the edges before"),
    ("a b {'weight': 'x'}\n", "not a finite number"),
    ("a b {'weight': 1}\nb a 2\n", "no dictionary"),
    ("a b {'weight: 1}\n", "cannot be read"), ("pre,post,count\n1,2,7\n", "--weight-attribute"),
    ("\"0,1\n", "quotation"), ("a,\0b", "NUL"),
  ])
  func refused(_ text: String, _ message: String) {
    let error = failure(text)
    #expect(error?.location.file == "f")
    #expect(error.map { "\($0)".contains(message) } == true, "\(error.map { "\($0)" } ?? "")")
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
    let network = try read("2147483646,0\n") { $0.ids = .numbers }
    #expect(network.graph.groups[0].size == Int(Int32.max))
  }

  @Test("Ids are names where most numbers below the largest would have no edge")
  func ids() throws {
    let ids = ["720575940600000001", "720575940600000002"]
    let large = try read("pre_root_id,post_root_id,neuropil,syn_count\n\(ids[0]),\(ids[1]),X,5\n")
    #expect(large.names == ids)
    #expect(try large.expanded().weights == [5])
    #expect(try read("7,21664440\n").names == ["7", "21664440"])
    #expect(try read("7,21664440\n") { $0.ids = .numbers }.expanded().neuronCount == 21_664_441)
    #expect(try read("0,1\n1,2\n") { $0.ids = .names }.names == ["0", "1", "2"])
    let ring = (0..<100).filter { $0 != 57 }.map { "\($0),\($0 == 56 ? 58 : ($0 + 1) % 100)" }
    let most = try read(ring.joined(separator: "\n"))
    #expect(try most.expanded().neuronCount == 100 && most.names == nil)
    #expect(try read("# neurons: 50\n7,40\n").expanded().neuronCount == 50)
    #expect(failure("7,x\n") { $0.ids = .numbers }?.advice?.contains("--ids") == true)
  }

  @Test("Columns are found in any case, under the names that programs give them")
  func columns() throws {
    for header in ["Source,Target,Type,Weight", "PRE,Post,kind,W", "from,to,x,Value", "i,j,t,w"] {
      let network = try read("\(header)\na,b,x,1.5\n")
      #expect(network.names == ["a", "b"])
      #expect(try network.expanded().weights == [1.5])
    }
    let one = try read("pre,post,count\n1,0,7\n") { $0.weightAttribute = "" }
    #expect(try one.expanded().weights == [1])
    #expect(one.remarks == ["columns dropped: count"])
  }

  @Test("Rows as NetworkX writes them, with dictionaries")
  func dictionaries() throws {
    let text =
      "a b {'weight': 1}\nb a {'kind': 'x', 'weight': 0.5, 'ok': True, 'no': None}\nb b {'weight': -2}\n"
    let network = try read(text)
    #expect(network.names == ["a", "b"] && network.remarks.isEmpty)
    #expect(try network.expanded().weights == [1, 0.5, -2])
    #expect(try read("0,1,{'w': 3}\n") { $0.weightAttribute = "w" }.expanded().weights == [3])
    #expect(try read("0 1 {}\n").remarks.count == 1)
  }

  @Test func signs() throws {
    let network = try read("a,b,+\nb,a,-\na,a,−\n")
    #expect(try network.expanded().weights == [1, -1, -1])
    #expect(
      try read("x,y,sign\na,b,1\nb,a,-1\n") { $0.weightAttribute = "sign" }.expanded().weights == [
        1, -1,
      ])
  }

  @Test("Words without a sign are told all at once, and edges whose sign is 0 are dropped")
  func signColumn() throws {
    let text = "pre,post,n,nt\na,b,3,ACH\nb,a,2,GABA\nb,c,5,MIX\nc,a,1,5HT\n"
    func change(_ signs: [String: Double]) -> (inout ImportOptions) -> Void {
      { ($0.weightAttribute, $0.signColumn, $0.signs) = ("n", "nt", signs) }
    }
    let error = failure(text, change(["ACH": 1]))
    #expect(error?.message == "\"GABA\", \"MIX\", \"5HT\" say no sign")
    #expect(error?.location.line == 3 && error?.advice?.contains("GABA=1,MIX=1,5HT=1") == true)
    let one = failure(text, change(["ACH": 1, "GABA": -1, "MIX": 0]))
    #expect(one?.message == "\"5HT\" says no sign")
    let network = try read(text, change(["ACH": 1, "GABA": -1, "MIX": 0, "5HT": 1]))
    #expect(try network.expanded().weights == [3, -2, 1])
    #expect(network.names == ["a", "b", "c"])
    #expect(network.remarks == ["1 edges dropped: their sign is 0"])
    // What is dropped is nobody's double; lines are those of the file.
    let twice = "pre,post,n,nt\na,b,3,MIX\na,b,2,ACH\nb,a,1,ACH\nb,a,1,ACH\n"
    #expect(failure(twice, change(["ACH": 1, "MIX": 0]))?.location.line == 5)
    let many = "pre,post,nt\n" + (0..<99).map { "a,b\($0),w\($0)\n" }.joined()
    #expect(failure(many) { $0.signColumn = "nt" }?.message.contains("\"w20\" say no sign") == true)
  }

  @Test(
    "What is written is read back: names, weights, neurons without an edge",
    arguments: ["csv", "tsv", "edgelist"])
  func roundTrip(_ ending: String) throws {
    let folder = try TemporaryFolder()
    for seed in 0..<30 as Range<UInt64> {
      var random = TestRandom(seed)
      let size = Int.random(in: 1...12, using: &random)
      var lines = seed % 2 == 0 ? ["# neurons: \(size + 3)"] : []
      let strange = ["", "a b", "x,y", "\"q\"", "-", "é", "{"]
      func name(_ k: Int) -> String {
        guard seed % 2 == 1 else { return "\(k)" }
        return "\"" + "n\(k)\(strange[k % strange.count])".replacing("\"", with: "\"\"") + "\""
      }
      var seen: Set<[Int]> = []
      for _ in 0..<2 * size {
        let edge = [
          Int.random(in: 0..<size, using: &random), Int.random(in: 0..<size, using: &random),
        ]
        guard seen.insert(edge).inserted else { continue }
        lines.append(
          "\(name(edge[0])),\(name(edge[1])),\(Double.random(in: -1...1, using: &random))")
      }
      let network = try read(lines.joined(separator: "\n"))
      let path = folder("\(seed).\(ending)")
      _ = try NetworkFormat.edgeList.write(network, to: path)
      let back = try NetworkFormat.read(path)
      #expect(back.names == network.names)
      #expect(try back.expanded().weights == network.expanded().weights)
      #expect(try back.expanded().sources == network.expanded().sources)
      #expect(try back.expanded().neuronCount == network.expanded().neuronCount)
    }
  }
}
