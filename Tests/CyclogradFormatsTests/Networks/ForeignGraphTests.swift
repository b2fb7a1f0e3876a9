import Cyclograd
import Testing

@testable import CyclogradFormats

/// Files of Gephi, NetworkX, igraph, Pajek and Cytoscape, with what is particular to each.
private struct ForeignFile {
  let read: ([UInt8], ImportOptions) throws -> ImportedNetwork

  func callAsFunction(
    _ text: String, _ change: (inout ImportOptions) -> Void = { _ in }
  ) throws -> ImportedNetwork {
    var options = ImportOptions()
    change(&options)
    return try read(Array(text.utf8), options)
  }

  func failure(_ text: String) -> CyclogradError? {
    #expect(throws: CyclogradError.self, "\(text)") { try self(text) }
  }

  func refuse(_ cases: [(String, String)]) {
    for (text, message) in cases {
      let error = failure(text)
      #expect(error?.location.file == "f")
      #expect(error?.message.contains(message) == true, "\(text): \(error?.message ?? "")")
    }
  }

  func damaged(_ text: String, atLeast count: Int) throws {
    _ = try self(text)
    let refused = HostileInput.refusals(Array(text.utf8), check: { (_: ImportedNetwork) in true }) {
      try read($0, ImportOptions())
    }
    #expect(refused >= count)
  }
}

extension ExpandedNetwork {
  /// Source, target and weight of every edge, sorted.
  fileprivate var triples: [[Double]] {
    targets.indices.map { [Double(sources[$0]), Double(targets[$0]), weights[$0]] }
      .sorted { $0.lexicographicallyPrecedes($1) }
  }
}

@Suite struct GEXFTests {
  private let file = ForeignFile { try GEXFReader.network($0, file: "f", $1) }

  private func gexf(_ body: String, type: String = " defaultedgetype=\"directed\"") -> String {
    "<?xml version=\"1.0\"?>\n<gexf xmlns=\"http://www.gexf.net/1.2draft\" "
      + "xmlns:viz=\"http://www.gexf.net/1.2draft/viz\" version=\"1.2\"><graph\(type)>\n\(body)</graph></gexf>"
  }

  @Test func asNetworkXWritesIt() throws {
    let network = try file(
      """
      <?xml version='1.0' encoding='utf-8'?>
      <gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">
        <meta lastmodifieddate="2026-11-29"><creator>NetworkX 3.6.1</creator></meta>
        <graph defaultedgetype="directed" mode="static" name="small">
          <attributes mode="static" class="edge"><attribute id="2" title="nt" type="string" /></attributes>
          <attributes mode="static" class="node">
            <attribute id="0" title="bias" type="double" />
            <attribute id="1" title="activation" type="string"><default>relu</default></attribute>
          </attributes>
          <nodes>
            <node id="AVAL" label="AVAL">
              <attvalues><attvalue for="0" value="0.5" /><attvalue for="1" value="tanh" /></attvalues>
            </node>
            <node id="AVAR" label="AVAR" /><node id="é b" label="é b" />
          </nodes>
          <edges>
            <edge source="AVAL" target="AVAR" id="0" weight="2.5">
              <attvalues><attvalue for="2" value="GABA" /></attvalues>
            </edge>
            <edge source="AVAR" target="é b" id="1" weight="1e-300" >
              <attvalues><attvalue for="2" value="ACH" /></attvalues>
            </edge>
          </edges>
        </graph>
      </gexf>
      """
    ) { ($0.signColumn, $0.signs) = ("nt", ["ACH": 1, "GABA": -1]) }
    #expect(network.graph.name == "small" && network.names == ["AVAL", "AVAR", "é b"])
    let expanded = try network.expanded()
    #expect(expanded.triples == [[0, 1, -2.5], [1, 2, 1e-300]])
    #expect(expanded.biases == [0.5, 0, 0] && expanded.kinds == [[.tanh], [.relu], [.relu]])
  }

  @Test func asGephiWritesIt() throws {
    let network = try file(
      gexf(
        """
        <nodes><node id="0" label="one"><viz:size value="1"/><viz:color r="1" g="2" b="3"/></node>
        <node id="1" label="two"/><node id="2"/></nodes>
        <edges><edge id="0" source="0" target="1" type="undirected"/><edge source="1" target="2" weight="3"/>
        <edge source="2" target="2" type="mutual" weight="2"/></edges>
        """))
    #expect(network.names == ["one", "two", "2"])
    #expect(try network.expanded().triples == [[0, 1, 1], [1, 0, 1], [1, 2, 3], [2, 2, 2]])
    #expect(network.remarks.contains { $0.hasPrefix("undirected: 2 ") })
    #expect(network.remarks.contains { $0.contains("weight 1 used for 1 edges") })
    let same = try file(
      gexf("<nodes><node id=\"a\" label=\"x\"/><node id=\"b\" label=\"x\"/></nodes>"))
    #expect(same.names == ["a", "b"] && same.remarks.contains { $0.hasPrefix("labels") })
  }

  @Test func withoutAWordEdgesHaveNoDirection() throws {
    let network = try file(
      gexf(
        "<nodes><node id=\"a\"/><node id=\"b\"/></nodes><edges><edge source=\"a\" target=\"b\"/></edges>",
        type: ""))
    #expect(try network.expanded().edgeCount == 2)
  }

  @Test func refused() {
    let node = "<nodes><node id=\"a\"/></nodes>"
    file.refuse([
      ("<graphml/>", "not <gexf>"), ("<gexf/>", "no graph"), (gexf(""), "no nodes"),
      (gexf("<nodes><node/></nodes>"), "without an id"),
      (gexf("<nodes><node id=\"a\"/><node id=\"a\"/></nodes>"), "two nodes"),
      (gexf("<nodes><node id=\"a\"><nodes/></node></nodes>"), "inside a node"),
      (gexf(node + "<edges><edge source=\"a\"/></edges>"), "without source"),
      (gexf(node + "<edges><edge source=\"a\" target=\"b\"/></edges>"), "\"b\""),
      (
        gexf(node + "<edges><edge source=\"a\" target=\"a\" weight=\"x\"/></edges>"), "not a double"
      ),
      (
        gexf(node + "<edges><edge source=\"a\" target=\"a\" weight=\"inf\"/></edges>"), "not finite"
      ),
      (
        gexf(node + "<edges><edge source=\"a\" target=\"a\" type=\"no\"/></edges>"), "type of edges"
      ),
      (
        gexf(
          "<nodes><node id=\"a\"><attvalues><attvalue for=\"0\" value=\"1\"/></attvalues></node></nodes>"
        ), "no attribute"
      ),
      (gexf(node, type: " defaultedgetype=\"no\""), "type of edges"), ("", "ends before"),
    ])
  }

  @Test func damaged() throws {
    try file.damaged(
      gexf(
        "<attributes class=\"node\"><attribute id=\"0\" title=\"bias\" type=\"double\"/></attributes>"
          + "<nodes><node id=\"a\"><attvalues><attvalue for=\"0\" value=\"1\"/></attvalues></node></nodes>"
          + "<edges><edge source=\"a\" target=\"a\" weight=\"2\"/></edges>"), atLeast: 400)
  }
}

@Suite struct GMLTests {
  private let file = ForeignFile { try GMLReader.network($0, file: "f", $1) }

  @Test("Whole numbers as ids and labels are kept to the last digit")
  func largeIds() throws {
    let network = try file(
      """
      graph [
        directed 1
        node [ id 9007199254740992 ]
        node [ id 9007199254740993 label 720575940628857210 ]
        edge [ source 9007199254740992 target 9007199254740993 weight 2 ]
        edge [ source 9007199254740993 target 9007199254740992 weight 3 ]
      ]
      """
    ) { $0.activation = .tanh }
    #expect(network.names == ["9007199254740992", "720575940628857210"])
    #expect(try network.expanded().triples == [[0, 1, 2], [1, 0, 3]])
    file.refuse([
      ("graph [ node [ id 0 ] edge [ source 0 target 0 weight NAN ] ]", "is not a finite number")
    ])
  }

  @Test func asNetworkXWritesIt() throws {
    let network = try file(
      """
      Creator "somebody"
      # a comment with [ and "
      graph [
        directed 1
        name "small"
        node [
          id 0
          label "AVAL"
          bias 0.5
          activation "tanh"
          graphics [ x 1.0 y 2.0 w [ a 1 ] ]
        ]
        node [ id 1 label "AVAR" activation "relu" bias_trainable 0 ]
        node [ id 2 label "&#233; &quot;b&quot; &unknown; &" activation "relu" ]
        edge [ source 0 target 1 weight 2.5 nt "ACH" ]
        edge [ source 1 target 2 weight -1.E-300 trainable 0 ]
      ]
      """)
    #expect(network.graph.name == "small")
    #expect(network.names == ["AVAL", "AVAR", "é \"b\" &unknown; &"])
    let expanded = try network.expanded()
    #expect(expanded.triples == [[0, 1, 2.5], [1, 2, -1e-300]])
    #expect(expanded.biases == [0.5, 0, 0] && expanded.kinds == [[.tanh], [.relu], [.relu]])
    #expect(expanded.frozenBiases == [false, true, false] && expanded.frozenEdges == [[2, 1]])
    #expect(network.remarks.contains { $0.contains("nt (1)") && $0.contains("graphics (1)") })
  }

  @Test(
    "Truth values of ends are 1, as NetworkX writes them, or words",
    arguments: ["1", "true", "True", "\"true\"", "\"True\""])
  func truthOfEnds(_ word: String) throws {
    for count in 1...3 {
      // The last node is no end.
      let nodes = (0...count).map { node in
        node < count ? "node [ id \(node) input \(word) output \(word) ]" : "node [ id \(node) ]"
      }
      let network = try file("graph [ \(nodes.joined(separator: " ")) ]").expanded()
      #expect(network.inputs == (0..<count).map { Int32($0) } && network.outputs == network.inputs)
    }
    let two = try file(
      "graph [ node [ id 0 input 1 output \"false\" ] node [ id 1 input 0 output \(word) ] ]"
    ).expanded()
    #expect(two.inputs == [1, 0] && two.outputs == [1])
    file.refuse([
      ("graph [ node [ id 0 input 2 ] ]", "not the numbers 0 to 0"),
      ("graph [ node [ id 0 input 1 ] node [ id 1 input 2 ] ]", "not the numbers 0 to 1"),
      ("graph [ node [ id 0 input yes ] ]", "has no value"),
      ("graph [ node [ id 0 bias true ] ]", "has no value"),
    ])
  }

  /// The networks of Newman's collection call the weight "value", and have no direction.
  @Test func undirectedWithValues() throws {
    let network = try file(
      "graph[directed 0 node[id 7 label \"a\"]node[id 9]edge[source 7 target 9 value 4]edge[source 9 target 9 value 1]]"
    )
    #expect(network.names == ["a", "9"])
    #expect(try network.expanded().triples == [[0, 1, 4], [1, 0, 4], [1, 1, 1]])
    #expect(network.remarks.contains("weights are the attribute 'value'"))
    #expect(network.remarks.contains { $0.hasPrefix("undirected: 2 ") })
    let partly = try file(
      "graph [ directed 1 node [ id 0 ] node [ id 1 ] edge [ source 0 target 1 value 4 ] edge [ source 1 target 0 ] ]"
    )
    #expect(try partly.expanded().weights == [1, 1])
    #expect(partly.remarks.contains { $0.contains("value (1)") })
  }

  @Test func refused() {
    file.refuse([
      ("", "no graph"), ("graph 1", "not followed"), ("graph [ ]", "no nodes"),
      ("graph [", "no end"),
      ("graph [ node [ id 0 ]", "no end"), ("graph [ node [ label \"a\" ] ]", "no id"),
      ("graph [ node [ id 0 ] node [ id 0 ] ]", "two nodes"), ("[ ]", "key is missing"),
      ("graph [ node [ id 0 ] edge [ source 0 ] ]", "no target"),
      ("graph [ node [ id 0 ] edge [ source 0 target 1 ] ]", "\"1\""),
      ("graph [ node [ id 0 ] ] graph [ ]", "second graph"),
      ("graph [ directed 2 ]", "neither 0 nor 1"),
      ("graph [ node [ id 0 label \"a ] ]", "not closed"),
      ("graph [ node [ id 0 id 1 ] ]", "twice"),
      ("graph [ node [ id 0 ] edge [ source 0 target 0 weight \"x\" ] ]", "must be a number"),
      ("graph [ node [ id 0x ] ]", "neither a key"), ("graph [ x [ [ [", "no end"),
      ("graph [ node 1 ]", "not followed"),
    ])
    #expect(file.failure("graph [\n node [ id 0 ]\r\n\r node [ id 0 ] ]")?.location.line == 4)
  }

  @Test func damaged() throws {
    try file.damaged(
      "graph [ directed 1 node [ id 0 label \"a&amp;\" bias 1.5 ] # c\n edge [ source 0 target 0 weight 2 ] ]",
      atLeast: 300)
  }

  @Test(arguments: [
    0, -0.0, 1, -7, 0.1, 1e-300, 1e22, 3e9, -2.5e-8, .greatestFiniteMagnitude,
    .leastNonzeroMagnitude,
  ])
  func numbers(_ number: Double) throws {
    let text = GMLText.number(number)
    #expect(Double(text)?.bitPattern == number.bitPattern)
    #expect(text.contains(".") || Int32(text) != nil, "\(text)")
  }
}

@Suite struct PajekTests {
  private let file = ForeignFile { try PajekReader.network($0, file: "f", $1) }

  @Test func arcsEdgesAndLists() throws {
    let network = try file(
      """
      % a comment
      *Network small one
      *Vertices 4
      1 "AVA L" 0.1 0.2 0.5 box ic Red
      2 AVAR 0.1 0.2 ellipse bias 0.25 activation "relu"
      3 c
      *Arcs
      1 2 2.5 w 3
      2 1
      *Edges
      1 3 -4
      *arcslist
      3 4 2
      *Edgeslist
      4 4

      *Partition colours
      *Vertices 4
      1
      """.replacing("\n*Partition colours\n*Vertices 4\n1", with: "\n*Partition colours\n1\n1"))
    #expect(network.graph.name == "small one" && network.names == ["AVA L", "AVAR", "c", "4"])
    let expanded = try network.expanded()
    #expect(
      expanded.triples == [
        [0, 1, 2.5], [0, 2, -4], [1, 0, 1], [2, 0, -4], [2, 1, 1], [2, 3, 1], [3, 3, 1],
      ])
    #expect(expanded.biases == [0, 0.25, 0, 0])
    #expect(network.remarks.contains { $0.hasPrefix("undirected: 2 ") })
    #expect(network.remarks.contains("sections dropped: *Partition"))
  }

  /// A row of Pajek's matrix has what leads out of a vertex; our own matrices have what leads in.
  @Test func matrices() throws {
    let network = try file("*Vertices 2\r\n1 \"a\"\r\n2 \"b\"\r\n*Matrix\r\n0 2\r\n0.5 -1\r\n")
    #expect(network.names == ["a", "b"])
    #expect(try network.expanded().triples == [[0, 1, 2], [1, 0, 0.5], [1, 1, -1]])
  }

  @Test func withoutLinesOfVertices() throws {
    let network = try file("*vertices 3\n*arcs :1 \"likes\"\n1 3 2\n*arcs :2 \"hates\"\n3 1 -2\n")
    #expect(
      network.names == ["1", "2", "3"] && network.remarks.contains { $0.contains("2 relations") })
    #expect(try network.expanded().triples == [[0, 2, 2], [2, 0, -2]])
    #expect(try file("*vertices 2\n*arcs\n1: 1 2 5\n").expanded().weights == [5])
  }

  @Test func refused() {
    file.refuse([
      ("", "no *Vertices"), ("*Vertices x", "needs their number"), ("*Vertices 5 2", "two modes"),
      ("*Vertices 2000000", "in a file of"), ("*Arcs\n1 2", "missing"), ("1 2", "does not begin"),
      ("*Vertices 0", "no nodes"), ("*Vertices 2\n3 c", "no vertex"),
      ("*Vertices 2\n1 a\n1 b", "second time"),
      ("*Vertices 2\n*Arcs\n1", "two vertices"), ("*Vertices 2\n*Arcs\n1 3", "from 1 to 2"),
      ("*Vertices 2\n*Arcs\n1 2 inf", "not finite"), ("*Vertices 2\n1 \"a", "not closed"),
      ("*Vertices 2\n*Matrix\n0 1", "1 rows"), ("*Vertices 2\n*Matrix\n0 1 2\n", "3 numbers"),
      ("*Vertices 2\n*Matrix\n0 x\n", "not a number"), ("*Vertices 1\n*Vertices 1", "second list"),
      ("*Vertices 1\n*Network b", "second network"), ("*Vertices 2\n*Arcs\n1 2\n1 2", "two edges"),
    ])
    #expect(file.failure("*Vertices 2\n\n*Arcs\n1 3")?.location.line == 4)
  }

  @Test func damaged() throws {
    try file.damaged(
      "*Vertices 2\n1 \"a\" 0.0 0.0 ellipse bias \"1\"\n2 b\n*Arcs\n1 2 0.5\n*Edges\n1 1\n",
      atLeast: 100)
  }
}

@Suite struct SIFTests {
  private let file = ForeignFile { try SIFReader.network($0, file: "f", $1) }

  @Test func relations() throws {
    let network = try file("a pp b\nb pd c d\nlone\n\nd xx a\n")
    #expect(network.names == ["a", "b", "c", "d", "lone"])
    #expect(try network.expanded().triples == [[0, 1, 1], [1, 2, 1], [1, 3, 1], [3, 0, 1]])
    #expect(network.remarks.contains { $0.contains("pd (2)") && $0.contains("--sign") })
    let signed = try file("a pp b\nb pd c d\n") { $0.signs = ["pp": 1, "pd": -1] }
    #expect(try signed.expanded().weights == [1, -1, -1])
    #expect(throws: CyclogradError.self) { try file("a pp b\nb pd c d\n") { $0.signs = ["pp": 1] } }
  }

  @Test func signs() throws {
    for words in [("+", "-"), ("activates", "inhibits"), ("1", "-1"), ("Activation", "INHIBITION")]
    {
      let network = try file("a \(words.0) b\nb \(words.1) a\n")
      #expect(try network.expanded().weights == [1, -1])
      #expect(network.remarks.count == 1 && network.remarks[0].contains("signs of the relations"))
    }
  }

  @Test func tabsKeepBlanks() throws {
    #expect(try file("a b\tpp\tc d\n").names == ["a b", "c d"])
  }

  @Test func refused() {
    file.refuse([
      ("", "no edges"), ("a pp\n", "no target"), ("a pp b\na xx b\n", "two edges"),
      ("\tpp\tb\n", "no name"),
    ])
    #expect(file.failure("a pp b\nc pp\n")?.location.line == 2)
  }

  @Test func damaged() throws { try file.damaged("a + b c\n\"d\" - a\nlone\n", atLeast: 10) }
}

/// What the name of a file does not tell, its beginning does.
@Suite struct ContentSnifferTests {
  @Test(arguments: [
    ("graphml", "<?xml version=\"1.0\"?>\n<!-- c --><graphml xmlns=\"u\"></graphml>"),
    ("gexf", "\n<gexf version=\"1.2\"/>"), ("gml", "graph [\n]"),
    ("gml", "# c\nCreator \"x\"\ngraph\n[\n]"),
    ("pajek", "*Vertices 3\n"), ("pajek", "*network x\n"),
    ("matrix-market", "%%MatrixMarket matrix\n"),
    ("graph", "format: cyclograd/1\n"), ("graph", "graph: 1\n"),
  ])
  func kinds(_ format: String, _ text: String) throws {
    let folder = try TemporaryFolder()
    #expect(try NetworkFormat.format(reading: folder.write(text, "file.xyz")).name == format)
  }

  @Test func twoKindsOfMat() throws {
    let folder = try TemporaryFolder()
    let pajek = try folder.write("*Vertices 1\n*Matrix\n1\n", "a.mat")
    #expect(try NetworkFormat.read(pajek).expanded().weights == [1])
    let other = try folder.write("MATLAB 5.0 MAT-file", "b.mat")
    #expect(throws: CyclogradError.self) { try NetworkFormat.read(other) }
  }
}
