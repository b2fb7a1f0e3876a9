import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

@Suite("Tables of neurons beside lists of edges")
struct NeuronTableTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    _ = try folder.write("pre,post,weight\nA,B,1\nB,C,2\nC,A,3\nA,D,4\n", "edges.csv")
  }

  private func read(
    _ table: String, _ edges: String = "edges.csv",
    _ change: (inout ImportOptions) -> Void = { _ in }
  ) throws -> ImportedNetwork {
    var options = ImportOptions()
    options.neurons = try folder.write(table, "neurons.csv")
    change(&options)
    return try NetworkFormat.read(folder(edges), options: options)
  }

  private func failure(_ table: String, _ edges: String = "edges.csv") -> CyclogradError? {
    #expect(throws: CyclogradError.self, "\(table)") { try read(table, edges) }
  }

  @Test("columns mean what the attributes of GraphML's nodes mean")
  func asGraphML() throws {
    let rows = [
      ("A", "sensory", "identity", "0", true, false), ("B", "inter", "tanh", "-1", false, false),
      ("C", "inter", "tanh", "0.5", false, false), ("D", "motor", "relu", "2", false, true),
    ]
    var nodes = ""
    for (name, group, activation, bias, isInput, isOutput) in rows {
      nodes += "<node id=\"\(name)\"><data key=\"g\">\(group)</data>"
      nodes += "<data key=\"a\">\(activation)</data><data key=\"b\">\(bias)</data>"
      if isInput { nodes += "<data key=\"i\">true</data>" }
      if isOutput { nodes += "<data key=\"o\">true</data>" }
      nodes += "</node>"
    }
    let edges = [("A", "B", 1), ("B", "C", 2), ("C", "A", 3), ("A", "D", 4)].map {
      "<edge source=\"\($0)\" target=\"\($1)\"><data key=\"w\">\($2)</data></edge>"
    }.joined()
    let keys = [
      ("g", "group", "string"), ("a", "activation", "string"), ("b", "bias", "double"),
      ("i", "input", "boolean"), ("o", "output", "boolean"),
    ].map {
      "<key id=\"\($0)\" for=\"node\" attr.name=\"\($1)\" attr.type=\"\($2)\"/>"
    }.joined()
    _ = try folder.write(
      "<graphml>\(keys)<key id=\"w\" for=\"edge\" attr.name=\"weight\" attr.type=\"double\"/>"
        + "<graph edgedefault=\"directed\">\(nodes)\(edges)</graph></graphml>", "net.graphml")
    let expected = try NetworkFormat.read(folder("net.graphml"))

    let header = "x,Neuron,type,activation,bias,input,output\n"
    let table =
      header
      + rows.reversed().map { name, group, activation, bias, isInput, isOutput in
        "7,\(name),\(group),\(activation),\(bias),\(isInput),\(isOutput)\n"
      }.joined() + "7,Z,motor,relu,0,false,false\n"
    let found = try read(table)
    #expect(found.graph.groups == expected.graph.groups)
    #expect(found.lacks.isEmpty && expected.lacks.isEmpty)
    let (a, b) = (try found.expanded(), try expected.expanded())
    #expect(a.names == b.names && a.biases == b.biases)
    #expect(a.sources == b.sources && a.targets == b.targets && a.weights == b.weights)
    #expect(a.inputs == b.inputs && a.outputs == b.outputs)
    #expect(found.remarks.contains { $0.contains("1 rows left out") })
    #expect(found.remarks.contains { $0.contains("x (4)") })
  }

  @Test("0 and 1 are flags where they cannot be positions; numbers are positions")
  func ends() throws {
    let flags = try read("name,input,output\nA,1,0\nB,1,0\nC,0,0\nD,0,1\n").expanded()
    #expect(flags.inputs == [0, 1] && flags.outputs == [3])
    let positions = try read("name,input\nA,1\nB,\nC,0\nD,\n").expanded()
    #expect(positions.inputs == [2, 0] && positions.outputs == nil)
    #expect(failure("name,input\nA,perhaps\n")?.location.subject?.contains("row 0") == true)
  }

  @Test("neurons without a type are a group, and those of a type stand together")
  func groups() throws {
    let found = try read("cell_type,root_id\nx,C\ny,B\nx,A\n") { $0.activation = .tanh }
    #expect(found.graph.groups.map(\.name) == ["x", "y", "rest"])
    #expect(found.names == ["A", "C", "B", "D"])
    let network = try found.expanded()
    let edges = zip(network.sources, network.targets).map { [$0, $1] }
    #expect(Set(edges) == [[0, 2], [2, 1], [1, 0], [0, 3]])
    #expect(found.remarks.contains { $0.contains("1 neurons have no row") })
  }

  @Test("neurons by their numbers keep these as names where their order changes")
  func numbers() throws {
    _ = try folder.write("1,2,1\n2,3,1\n3,1,1\n1,3,1\n", "numbers.csv")
    let moved = try read("id,group\n1,b\n2,a\n3,b\n", "numbers.csv") { $0.indexBase = 1 }
    #expect(moved.names == ["1", "3", "2"])
    let still = try read("id,bias\n1,0.5\n", "numbers.csv") { $0.indexBase = 1 }
    #expect(still.names == nil)
    #expect(try still.expanded().biases == [0.5, 0, 0])
  }

  @Test("the column of names is the one whose cells are neurons")
  func keys() throws {
    let found = try read("id,name,bias\n1,A,1\n2,B,2\n3,C,3\n4,D,4\n").expanded()
    #expect(found.biases == [1, 2, 3, 4])
  }

  @Test("tables that do not fit are refused with what to do")
  func refused() throws {
    #expect(failure("name,bias\nA,1\nA,2\n")?.message.contains("two rows, 0 and 1") == true)
    #expect(failure("name,bias\nX,1\n")?.message.contains("\"X\"") == true)
    #expect(failure("1,2\n3,4\n")?.message.contains("no names of columns") == true)
    #expect(failure("name,activation\nA,tahn\n")?.advice?.contains("tanh") == true)
    #expect(failure("name,bias,bias\nA,1,2\n")?.message.contains("2 columns") == true)
    _ = try folder.write("graph [ node [ id 0 ] ]", "net.gml")
    #expect(failure("name,bias\nA,1\n", "net.gml")?.message.contains("does not apply") == true)
  }
}
