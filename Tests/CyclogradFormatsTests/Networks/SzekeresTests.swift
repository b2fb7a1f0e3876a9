import Cyclograd
import Testing

@testable import CyclogradFormats

/// The files of Szekeres and Izsák's simulator.
@Suite struct SzekeresTests {
  /// Two inputs, a neuron of two units with a loop through its neighbour, an output.
  private let graph = """
    3 ### 3 1; 3 2; 4 1; ### 1 ### 0
    1 ### 4 1; ### 1 ### 0
    2 ### 4 1; 5 1; ### 2 ### 3 1
    1 ### 3 1; ### 1 ### 9
    0 ### ### 1 ### 0

    """
  private let logic = "1 1 0 ### 0 1 ### 0 1 1 ### 1 1 1 ### 1 ### 1"
  private let fixed = "0.5 ### 0 ### 0 ### ### ###"
  private let weights = "1 2 0.5\n3\n4 5\n6\n\n\n0\n0\n0.25 -1\n0.125\n7\n1.5 0.1 0.2\n"

  private struct Files {
    let folder: TemporaryFolder
    var options = ImportOptions()
    let path: String

    init(_ test: SzekeresTests, graph: String? = nil) throws {
      folder = try TemporaryFolder()
      path = try folder.write(graph ?? test.graph, "graph.dat")
      options.activation3 = .leakyReLU(slope: 0.1)
      options.inputs = "2"
      options.outputs = "1"
    }

    func read() throws -> ImportedNetwork {
      try NetworkFormat.read(path, from: "szekeres", options: options)
    }

    func failure() -> CyclogradError? {
      #expect(throws: CyclogradError.self) { try read() }
    }
  }

  @Test func everything() throws {
    var files = try Files(self)
    files.options.logic = try files.folder.write(logic, "logic.dat")
    files.options.fixedValues = try files.folder.write(fixed, "fixwb.dat")
    files.options.weights = try files.folder.write(weights, "weights.dat")
    let network = try files.read()
    #expect(network.lacks.isEmpty)
    #expect(network.remarks.count == 1 && network.remarks[0].contains("threshold 1.5"))
    let groups = network.graph.groups
    #expect(groups.map(\.name) == ["x", "h", "h1", "y"])
    #expect(groups[0].role == .input && groups[3].role == .output)
    #expect(groups[0].units == [.init(.identity, bias: .frozen(0))])
    #expect(
      groups[1].units == [
        .init(.leakyReLU(slope: 0.1), bias: 0.25), .init(.logistic, bias: -1),
      ])
    let expanded = try network.expanded()
    let edges = expanded.edgeFacts.map {
      [Int($0.source), Int($0.target), $0.unit] + [Int(Double(bitPattern: $0.weight) * 2)]
    }
    #expect(
      Set(edges) == [
        [0, 2, 0, 2], [0, 2, 1, 4], [0, 3, 0, 1], [1, 3, 0, 6], [2, 3, 0, 8], [2, 4, 0, 10],
        [3, 2, 0, 12],
      ])
    #expect(expanded.frozenEdges == [[3, 0]])
  }

  @Test func newlinesCarryNoMeaning() throws {
    let flat = graph.split { $0.isNewline }.joined(separator: " ")
    let both = [try Files(self), try Files(self, graph: flat)]
    #expect(try both[0].read().graph == both[1].read().graph)
    let old = try Files(self, graph: graph.split { $0.isNewline }.joined(separator: "\r"))
    #expect(try old.read().graph == both[0].read().graph)
  }

  @Test func withoutWeightsTheyAreDrawn() throws {
    let network = try Files(self).read()
    #expect(network.remarks.contains { $0.hasPrefix("7 of 7 edges have no weight") })
    #expect(network.remarks.contains { $0.hasPrefix("6 biases have no value") })
    let scaled = ParameterRule.uniform(-1...1, scaled: .fanIn)
    #expect(network.graph.groups[2].units[0].bias == scaled)
    #expect(throws: Never.self) { try network.graph.compile() }
  }

  @Test func codeThreeIsAsked() throws {
    var files = try Files(self)
    files.options.activation3 = nil
    let error = files.failure()
    #expect(error?.message.contains("leaky ReLU") == true)
    #expect(error?.advice?.contains("--activation-3 arctan") == true)
    let without = try Files(self, graph: graph.replacing("3 1\n", with: "2 1\n"))
    #expect(without.failure()?.message == "no neuron has activation code 3")
  }

  @Test func ties() throws {
    var files = try Files(self)
    files.options.weights = try files.folder.write(
      weights.replacing("1 2 0.5\n3", with: "1 1 3\n3"), "weights.dat")
    files.options.sharedWeights = try files.folder.write("2 ### 1 3 1; 1 3 2;\n2 ### 1 4 1; 2 4 1;")
    files.options.sharedBiases = try files.folder.write("2 ### 1 1; 2 1; ", "b.dat")
    let expanded = try files.read().expanded()
    #expect(
      expanded.tieSets == [[[2, 0, 0], [2, 0, 1]], [[3, 0, 0], [3, 1, 0]], [[0], [1]]])
    files.options.sharedWeights = try files.folder.write("2 ### 1 3 1; 2 4 1;")
    #expect(files.failure()?.message.contains("is tied with one of") == true)
    files.options.sharedWeights = try files.folder.write("2 ### 1 3 1; 1 5 1;")
    #expect(files.failure()?.message.contains("no edge from neuron 1") == true)
  }

  @Test(arguments: [
    ("", "no neurons"), ("1", "ends where ###"), ("1 ###", "ends where a target"),
    ("1 ### 2 1; ### 1 ### 0", "leads to neuron 2; there are 1"),
    ("1 ### 1 2; ### 1 ### 0", "leads to unit 2"), ("1 ### 0 1; ### 1 ### 0", "between 1"),
    ("1 ### 1 1 ### 1 ### 0", "semicolon"), ("0 ### ### 0 ###", "between 1"),
    ("0 ### ### 1 ### 5", "code 5 is unknown"), ("0 ### ### 1 ### 12", "between 0 and 11"),
    ("-1 ### ### 1 ### 0", "number of outgoing edges is expected"),
    ("2 ### 1 1; 1 1; ### 1 ### 0", "two edges"), ("99999999999999999999 ###", "is expected"),
    ("0 ### ### 1 ### x", "activation code is expected"), ("0 ### ### 1 ### 0\0", "NUL"),
  ])
  func refusedGraphs(_ text: String, _ message: String) throws {
    var files = try Files(self, graph: text)
    files.options.inputs = nil
    files.options.outputs = nil
    files.options.activation3 = nil
    let error = files.failure()
    #expect(error?.location.file == files.path)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test func refusedCompanions() throws {
    func failure(
      _ text: String, _ option: WritableKeyPath<ImportOptions, String?>, logic: String? = nil
    ) throws -> CyclogradError? {
      var files = try Files(self)
      if let logic { files.options.logic = try files.folder.write(logic, "logic.dat") }
      files.options[keyPath: option] = try files.folder.write(text, "c.dat")
      return files.failure()
    }
    #expect(try failure("1 1", \.logic)?.message.contains("ends where") == true)
    #expect(try failure(logic + " 1", \.logic)?.message.contains("goes on") == true)
    #expect(try failure("2" + logic, \.logic)?.message.contains("switch") == true)
    #expect(try failure(logic, \.logic)?.advice == "give --fixwb or --weights")
    #expect(try failure(fixed, \.fixedValues)?.advice == "give --logic as well")
    #expect(try failure("1 2 3", \.weights)?.message.contains("ends where a weight") == true)
    #expect(try failure("nan " + weights, \.weights)?.message.contains("not finite") == true)
    #expect(try failure(weights + " 1", \.weights)?.message.contains("goes on") == true)
    #expect(try failure(fixed + " 1", \.fixedValues, logic: logic)?.location.line == 1)
  }

  @Test func fixedValuesMustAgreeWithTheBackup() throws {
    var files = try Files(self)
    files.options.logic = try files.folder.write(logic, "logic.dat")
    files.options.fixedValues = try files.folder.write(fixed, "fixwb.dat")
    files.options.weights = try files.folder.write(
      weights.replacing("0.5\n", with: "0.75\n"), "weights.dat")
    #expect(files.failure()?.message.contains("not trained is 0.75") == true)
  }

  @Test func hostile() {
    var options = ImportOptions()
    options.activation3 = .relu
    let refused = HostileInput.refusals(
      Array(graph.utf8), check: { (_: ImportedNetwork) in true }
    ) { try SzekeresNetwork.network($0, file: "f", options) }
    #expect(refused > 500)
  }

  @Test func whatTheSimulatorLacks() throws {
    let folder = try TemporaryFolder()
    func failure(_ graph: Graph, _ meaning: Activation? = nil) -> String? {
      var options = ExportOptions()
      options.activation3 = meaning
      return #expect(throws: CyclogradError.self) {
        try NetworkFormat.named("szekeres").write(
          imported(graph), to: folder("g.dat"), options: options)
      }?.message
    }
    func graph(_ activation: Activation, _ combine: Group.Combination = .product) -> Graph {
      Graph("g") {
        Group("x", size: 1, role: .input)
        Group("h", size: 1, combine: combine, units: [.init(activation), .init(.tanh)])
        Group("y", size: 1, role: .output)
      }
    }
    #expect(failure(graph(.gelu))?.contains("has no activation gelu") == true)
    #expect(failure(graph(.tanh, .max))?.contains("combines its units by max") == true)
    #expect(failure(graph(.relu))?.contains("code 3") == true)
    #expect(
      failure(Graph("g") { Group("x", size: 1, role: [.input, .output]) })?
        .contains("an input and an output") == true)
    #expect(try folder.names.isEmpty)
  }

  @Test func inputsComeFirst() throws {
    let graph = Graph("g") {
      Group("y", size: 1, bias: 1)
      Group("x", size: 2)
      Connection("x", to: "y", weight: [2, 3])
      Inputs(.init("x", 1...1), .init("x", 0...0))
      Outputs(.init("y"))
    }
    let folder = try TemporaryFolder()
    let step = try throughFile(imported(graph), .szekeres, in: folder)
    #expect(step.said.contains("neurons reordered: inputs first, outputs last"))
    let expanded = try step.network.expanded()
    #expect(expanded.inputs == [0, 1] && expanded.outputs == [2])
    #expect(expanded.edgeFacts.map { Double(bitPattern: $0.weight) } == [3, 2])
    #expect(expanded.biases == [0, 0, 1])
  }
}
