import Cyclograd
import Testing

@testable import CyclogradFormats

@Suite("Ends that nodes are without a place are in the order of the file, whatever their groups")
struct OrderOfEndsTests {
  /// Nodes a, b and c in the groups g, h and g, all of them inputs and outputs.
  private static let files: [(format: String, name: String, text: String)] = [
    (
      "networkx", "n.json",
      #"""
      {"directed": true, "edges": [], "nodes": [
        {"id": "a", "group": "g", "input": true, "output": true},
        {"id": "b", "group": "h", "input": true, "output": true},
        {"id": "c", "group": "g", "input": true, "output": true}]}
      """#
    ),
    (
      "graphml", "n.graphml",
      #"""
      <graphml>
        <key id="g" for="node" attr.name="group" attr.type="string"><default>g</default></key>
        <key id="i" for="node" attr.name="input" attr.type="boolean"><default>true</default></key>
        <key id="o" for="node" attr.name="output" attr.type="boolean"><default>true</default></key>
        <graph edgedefault="directed">
          <node id="a"/><node id="b"><data key="g">h</data></node><node id="c"/>
        </graph>
      </graphml>
      """#
    ),
    (
      "gexf", "n.gexf",
      #"""
      <gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">
        <graph defaultedgetype="directed">
          <attributes class="node">
            <attribute id="0" title="group" type="string"><default>g</default></attribute>
            <attribute id="1" title="input" type="boolean"><default>true</default></attribute>
            <attribute id="2" title="output" type="boolean"><default>true</default></attribute>
          </attributes>
          <nodes>
            <node id="a"/><node id="b"><attvalues><attvalue for="0" value="h"/></attvalues></node>
            <node id="c"/>
          </nodes>
        </graph>
      </gexf>
      """#.replacing("b", with: "b")
    ),
    (
      "gml", "n.gml",
      #"""
      graph [
        directed 1
        node [ id 0 label "a" group "g" input 1 output 1 ]
        node [ id 1 label "b" group "h" input 1 output 1 ]
        node [ id 2 label "c" group "g" input 1 output 1 ]
      ]
      """#
    ),
  ]

  @Test(arguments: files)
  func order(_ format: String, _ name: String, _ text: String) throws {
    let folder = try TemporaryFolder()
    let network = try NetworkFormat.named(format).read(folder.write(text, name))
    #expect(network.names == ["a", "c", "b"])
    let expanded = try network.expanded()
    #expect(expanded.inputs == [0, 2, 1] && expanded.outputs == [0, 2, 1])
  }
}
