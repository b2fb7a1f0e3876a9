import Cyclograd
import Testing

@testable import CyclogradFormats

@Suite struct GraphMLTests {
  private func read(
    _ text: String, _ options: ImportOptions = ImportOptions()
  ) throws -> ImportedNetwork {
    try GraphMLReader.network(Array(text.utf8), file: "f", options)
  }

  private func graph(_ body: String, keys: String = "", edges: String = "directed") -> String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml>\(keys)"
      + "<graph edgedefault=\"\(edges)\">\n\(body)</graph></graphml>"
  }

  @Test func keysDefaultsAndDirections() throws {
    let network = try read(
      graph(
        """
        <edge source="a" target="b"><data key="w">2.5</data></edge>
        <node id="a"><data key="f">relu</data></node><node id="b"/>
        <edge source="b" target="a" directed="false"/>
        <edge source="b" target="b"><data key="c">red</data></edge>
        """,
        keys: """
          <key id="w" for="edge" attr.name="weight" attr.type="double"><default>0.5</default></key>
          <key id="f" for="node" attr.name="activation" attr.type="string"><default>tanh</default></key>
          <key id="c" for="edge" attr.name="color"/>
          """), sumOptions)
    let expanded = try network.expanded()
    #expect(expanded.kinds == [[.relu], [.tanh]])
    #expect(Set(expanded.edgeFacts.map { [$0.source, $0.target] }) == [[0, 1], [1, 0], [1, 1]])
    #expect(expanded.weights.sorted() == [0.5, 0.5, 3])
    #expect(network.names == ["a", "b"])
    #expect(network.remarks.contains { $0.hasPrefix("undirected: 1 ") })
    #expect(network.remarks.contains { $0.contains("color (1)") })
  }

  private var sumOptions: ImportOptions {
    var options = ImportOptions()
    options.duplicates = .sum
    return options
  }

  @Test func escapesAndForeignElements() throws {
    let network = try read(
      "<g:graphml xmlns:g=\"u\"><g:graph edgedefault=\"directed\"><g:node id=\"a&amp;&#98;\">"
        + "<y:shape><y:port/><data/></y:shape></g:node></g:graph></g:graphml>")
    #expect(network.names == ["a&b"])
  }

  /// Foundation's parser ends the process at an instruction that is nothing but its name.
  @Test func instructionsWithoutContent() throws {
    let node = "<node id=\"a\"/><?b?><node id=\"<!--\"/>"
    #expect(throws: CyclogradError.self) { try read(graph(node)) }
    for place in [
      "<?a?>", "<?a?><!-- <?b?> --><?c d?>", "<!DOCTYPE graphml><?a?>", "<!--><![CDATA[--><?a?>",
    ] {
      let network = try read(
        "\(place)\n<graphml><key id=\"k\" for=\"graph\" attr.name=\"name\"/>"
          + "<graph edgedefault=\"directed\"><data key=\"k\">x<?e?>y<![CDATA[<?z?>]]></data>"
          + "<node id=\"a\"/></graph></graphml><?f?>")
      #expect(network.graph.name == "xy<?z?>")
      #expect(network.names == ["a"])
    }
    for text in [
      "<?F-8f?>\n<a></2a>\n", "<?xml?><a/>", "<??><a/>", "<?a", "<?a?", "<!DOCTYPE", "<!--",
    ] {
      #expect(throws: CyclogradError.self) { try read(text) }
    }
    // Behind a mistake, the parser would take for an instruction what is part of another one.
    let inAttribute =
      "<?xml version=\"1.0\" encodi=T\"F\"?>\n<graphml xmlns=\"u<?\ny i=\"n\" f=\"g<?F-c?>\n<"
    #expect(message { _ = try read(inAttribute) }.contains("not XML"))
    for text in [
      "<!DOCTYPE a SYSTEM \"<![CDATA[\"><?a?><graphml/>", "<!DOCTYPE a \">\"><graphml/>",
      "<!-- <a --><!DOCTYPE a [<!ELEMENT a ANY>]><graphml/>",
    ] {
      #expect(message { _ = try read(text) }.contains("document type"))
    }
  }

  private func message(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return ""
  }

  @Test func refused() {
    let node = "<node id=\"a\"/>"
    let cases = [
      ("", "ends before"), ("x", "not XML"), ("<graph/>", "not <graphml>"),
      ("<graphml/>", "no graph"), ("<graphml><graph edgedefault=\"directed\">", "not XML"),
      ("<graphml><graph/></graphml>", "without edgedefault"),
      (graph("<hyperedge/>"), "hyperedge"),
      (graph("<node id=\"a\"><port name=\"p\"/></node>"), "port"),
      (graph(node + "<edge source=\"a\" target=\"a\" sourceport=\"p\"/>"), "port"),
      (graph("<node id=\"a\"><graph edgedefault=\"directed\"/></node>"), "graph inside a node"),
      (graph(node + node), "two nodes"),
      (graph(node + "<edge source=\"a\" target=\"b\"/>"), "\"b\""),
      (graph(node + "<edge source=\"a\"/>"), "without source or target"),
      (graph(node + "<data key=\"k\"/>"), "not declared"),
      (graph("<node id=\"&foo;\"/>"), "not XML"),
      (graph(node, edges: "both"), "edgedefault is"),
      (graph(node) + graph(node), "not XML"),
      (
        graph(
          node + "<edge source=\"a\" target=\"a\"><data key=\"w\">x</data></edge>",
          keys: "<key id=\"w\" for=\"edge\" attr.name=\"weight\" attr.type=\"double\"/>"),
        "is not a double"
      ),
      (
        graph(
          node + "<edge source=\"a\" target=\"a\"><data key=\"w\">nan</data></edge>",
          keys: "<key id=\"w\" for=\"edge\" attr.name=\"weight\" attr.type=\"double\"/>"),
        "not finite"
      ),
      (
        graph(
          node + "<edge source=\"a\" target=\"a\"><data key=\"w\">1</data></edge>",
          keys: "<key id=\"w\" for=\"edge\" attr.name=\"weight\"/>"), "must be a number"
      ),
      (graph(node, keys: "<key id=\"w\" attr.type=\"complex\"/>"), "has the type"),
      ("<?xml version=\"1.0\" encoding=\"UTF-7\"?><graphml/>", "encoding"),
      ("<graphml>\0</graphml>", "NUL"),
    ]
    for (text, message) in cases {
      let error = #expect(throws: CyclogradError.self, "\(text)") { try read(text) }
      #expect(error?.location.file == "f")
      #expect(
        error?.message.contains(message) == true, "\(text): \(message): \(error?.message ?? "")")
    }
  }

  @Test func errorsGiveTheLine() {
    let error = #expect(throws: CyclogradError.self) {
      try read(graph("<node id=\"a\"/>\n<node id=\"b\"/>\n<hyperedge/>"))
    }
    #expect(error?.location.line == 5)
  }

  @Test func entitiesAreNeverResolved() throws {
    let path = try TemporaryFolder().write("secret")
    for type in [
      "<!DOCTYPE graphml [<!ENTITY a SYSTEM \"file://\(path)\">]>",
      "<!DOCTYPE graphml [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>",
      "<!-- c --><!DOCTYPE graphml [ ]>",
    ] {
      let text =
        "<?xml version=\"1.0\"?>\(type)<graphml><graph edgedefault=\"directed\">"
        + "<node id=\"&a;\"/></graph></graphml>"
      let error = #expect(throws: CyclogradError.self) { try read(text) }
      #expect(error?.message.contains("document type") == true)
    }
    // A document type without definitions of its own does no harm.
    let plain =
      "<?xml version=\"1.0\"?><!DOCTYPE graphml SYSTEM \"file://\(path)\">"
      + "<graphml><graph edgedefault=\"directed\"><node id=\"a\"/></graph></graphml>"
    #expect(try read(plain).names == ["a"])
  }

  @Test func hostile() throws {
    let text = graph(
      "<node id=\"a\"><data key=\"b\">0.5</data></node>\r\n<edge source=\"a\" target=\"a\" "
        + "directed=\"false\"><data key=\"w\">2</data></edge>",
      keys: "<key id=\"w\" for=\"edge\" attr.name=\"weight\" attr.type=\"double\"/>"
        + "<key id=\"b\" for=\"node\" attr.name=\"bias\" attr.type=\"double\"/>")
    #expect(throws: Never.self) { try read(text) }
    let refused = HostileInput.refusals(Array(text.utf8), check: { (_: ImportedNetwork) in true }) {
      try GraphMLReader.network($0, file: "f", ImportOptions())
    }
    #expect(refused > 500)
  }

  @Test(.tags(.slow), .unlessFast) func largerThanOnePiece() throws {
    let count = 60_000
    let nodes = (0..<count).map { "<node id=\"node\($0)\"/>\n" }.joined()
    let edges = (1..<count).map { "<edge source=\"node0\" target=\"node\($0)\"/>\n" }.joined()
    let spaces = String(repeating: "<!-- filler filler filler filler filler -->\n", count: 200_000)
    let expanded = try read(graph(nodes + spaces + edges)).expanded()
    #expect(expanded.neuronCount == count && expanded.edgeCount == count - 1)
  }
}
