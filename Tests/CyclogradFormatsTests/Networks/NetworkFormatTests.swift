import Cyclograd
import Testing

@testable import CyclogradFormats

@Suite struct NetworkFormatTests {
  @Test func formatsByExtension() throws {
    #expect(try NetworkFormat.format(reading: "a.MTX").name == "matrix-market")
    #expect(try NetworkFormat.format(reading: "a/b.graphml").name == "graphml")
    #expect(try NetworkFormat.format(writing: "b.gv").name == "dot")
    #expect(try NetworkFormat.format(writing: "b.json").name == "graph")
    #expect(try NetworkFormat.format(reading: "net").name == "graph")
    #expect(try NetworkFormat.format(reading: "net.csv.gz").name == "edge-list")
    #expect(try NetworkFormat.format(writing: "w.mtx.gz").name == "matrix-market")
    #expect(throws: CyclogradError.self) { try NetworkFormat.format(writing: "net.csv.gz") }
    #expect(throws: CyclogradError.self) { try NetworkFormat.format(reading: "graph.dat") }
    #expect(throws: CyclogradError.self) { try NetworkFormat.format(writing: "net") }
    let error = #expect(throws: CyclogradError.self) { try NetworkFormat.named("networks") }
    #expect(error?.advice == "did you mean 'networkx'?")
  }

  @Test func jsonOfTwoKinds() throws {
    let folder = try TemporaryFolder()
    let graph = try folder.write(
      #"{"format": "cyclograd/1", "name": "\"nodes\"", "groups": [{"name": "a", "size": 1}]}"#,
      "a.json")
    let nodes = try folder.write(#"{"nodes": [{"id": 1}], "edges": []}"#, "b.json")
    #expect(try NetworkFormat.read(graph).document != nil)
    #expect(try NetworkFormat.read(nodes).names == ["1"])
  }

  @Test func optionsThatDoNotApply() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 2 0.5\n", "w.mtx")
    var options = ImportOptions()
    options.indexBase = 1
    let error = #expect(throws: CyclogradError.self) {
      try NetworkFormat.read(path, options: options)
    }
    #expect(error?.advice == "leave it out; it is for edge-list, sqlite")
    #expect(throws: CyclogradError.self) { try NetworkFormat.read(path, from: "dot") }
  }

  @Test func matrices() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "%%MatrixMarket matrix coordinate real general\n3 3 2\n3 1 0.5\n2 2 -1\n", "w.mtx")
    var options = ImportOptions()
    options.activation = .tanh
    options.inputs = "1"
    options.outputs = "last:1"
    options.bias = try folder.write("1\n2\n3\n", "b.txt")
    let network = try NetworkFormat.read(path, options: options)
    #expect(
      network.graph
        == Graph("") {
          Group("n", size: 3, activation: .tanh, bias: [1, 2, 3])
          Connection(
            "n", to: "n", .entries(.init(rows: [2, 1], columns: [0, 1], values: [0.5, -1])))
          Inputs(.init("n", 0...0))
          Outputs(.init("n", 2...2))
        })
    options.bias = try folder.write("1\n2\n", "b.txt")
    #expect(throws: CyclogradError.self) { try NetworkFormat.read(path, options: options) }
    let wide = try folder.write("%%MatrixMarket matrix coordinate real general\n2 3 0\n", "r.mtx")
    let error = #expect(throws: CyclogradError.self) { try NetworkFormat.read(wide) }
    #expect(error?.message.contains("2 × 3 matrix is not a network") == true)
    let pattern = try folder.write(
      "%%MatrixMarket matrix coordinate pattern general\n2 2 1\n1 2\n", "p.mtx")
    let unweighted = try NetworkFormat.read(pattern)
    #expect(unweighted.remarks.count == 1)
    #expect(throws: CyclogradError.self) {
      try unweighted.require([.inputs, .outputs], for: "solving it")
    }
  }

  @Test func duplicatesOfMatrices() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "%%MatrixMarket matrix coordinate real symmetric\n2 2 3\n2 1 1\n2 1 2\n1 1 4\n", "w.mtx")
    #expect(throws: CyclogradError.self) { try NetworkFormat.read(path) }
    var options = ImportOptions()
    options.duplicates = .sum
    let expanded = try NetworkFormat.read(path, options: options).expanded()
    #expect(expanded.edgeFacts.map { Double(bitPattern: $0.weight) } == [4, 3, 3])
  }

  @Test func anArrayOfAnArchive() throws {
    let folder = try TemporaryFolder()
    let one = NumpyArray(shape: [2, 2], elements: [0, 1, 2, 0])
    try NpzFile.write([("a", one), ("w", one)], to: folder("w.npz"))
    #expect(throws: CyclogradError.self) { try NetworkFormat.read(folder("w.npz")) }
    var options = ImportOptions()
    options.array = "w"
    #expect(try NetworkFormat.read(folder("w.npz"), options: options).expanded().weights == [1, 2])
  }
}

/// Graph files as one format among others.
@Suite struct GraphFileNetworkTests {
  @Test func longListsGoToFilesBeside() throws {
    let folder = try TemporaryFolder()
    let count = 1500
    let places = (0..<Int32(count)).map { $0 }
    let graph = Graph("long") {
      Group("a", size: count, bias: .init(.list(places.map { Double($0) / 3 })))
      Group("b", size: 40)
      Connection(
        "a", to: "a",
        .entries(.init(rows: places, columns: places, values: places.map { 0.1 * Double($0) })))
      Connection("a", to: "b", .entries(.init(rows: [1], columns: [2], values: [3])))
      Connection("b", to: "b", weight: .init(.list((0..<1600).map { 1 / Double($0 + 1) })))
    }
    let path = folder("net.yaml")
    let said = try NetworkFormat.graphFile.write(imported(graph), to: path)
    #expect(said.count == 3)
    #expect(
      try folder.names == [
        "net.2-b-b.weights.npy", "net.a.0.biases.npy", "net.mtx", "net.yaml",
      ])
    #expect(try folder.content("net.yaml").utf8.count < 600)
    #expect(try NetworkFormat.read(path).graph == graph)
  }

  @Test("Files beside a graph file are not written over for another network")
  func filesOfOthersStay() throws {
    let folder = try TemporaryFolder()
    func graph(_ factor: Double) -> Graph {
      let places = (0..<Int32(1200)).map { $0 }
      return Graph("long") {
        Group("a", size: 1200)
        Connection(
          "a", to: "a",
          .entries(
            .init(rows: places, columns: places, values: places.map { factor * Double($0 + 1) })))
      }
    }
    for (name, factor) in [("net.yaml", 0.1), ("net.json", 0.2), ("net.yaml", 0.3)] {
      _ = try NetworkFormat.graphFile.write(imported(graph(factor)), to: folder(name))
    }
    #expect(try folder.names == ["net.json", "net.json.mtx", "net.mtx", "net.yaml"])
    #expect(try NetworkFormat.read(folder("net.yaml")).graph == graph(0.3))
    let other = try NetworkFormat.read(folder("net.json"))
    #expect(other.graph == graph(0.2))
    let matrices = try NetworkFormat.named("matrix-market")
    for name in ["net.mtx", "net.json.mtx"] {
      let error = #expect(throws: CyclogradError.self) {
        try matrices.write(other, to: folder(name))
      }
      #expect(error?.code == .file && error?.message.contains("net.") == true)
    }
    _ = try matrices.write(other, to: folder("new.mtx"))
    _ = try matrices.write(other, to: folder("new.mtx"))
    // Nor is what a network was read from.
    let before = try folder.content("new.mtx")
    _ = try NetworkFormat.graphFile.write(imported(graph(0.5)), to: folder("new.yaml"))
    #expect(try folder.content("new.mtx") == before)
    #expect(try NetworkFormat.read(folder("new.yaml")).graph == graph(0.5))
  }

  @Test func endsThatAGraphFileLacks() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "format: cyclograd/1\ngroups: [{name: a, size: 2}, {name: b, size: 3, role: output}]\n",
      "g.yaml")
    // Without inputs it has one equilibrium; that is complete.
    #expect(try NetworkFormat.read(path).lacks == [])
    var options = ImportOptions()
    options.inputs = "b.1,0"
    let network = try NetworkFormat.read(path, options: options)
    #expect(network.graph.inputs == [NeuronRange("b", 1...1), NeuronRange("a", 0...0)])
    options.outputs = "1"
    #expect(throws: CyclogradError.self) { try NetworkFormat.read(path, options: options) }
  }

  @Test func filesAreResolvedWhereverTheGraphGoes() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(
      "%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 0.5\n", "w.mtx")
    let path = try folder.write(
      "format: cyclograd/1\ngroups: [{name: a, size: 1}]\n"
        + "connections: [{from: a, to: a, pattern: {file: w.mtx}}]\n", "g.yaml")
    let other = try TemporaryFolder()
    _ = try NetworkFormat.graphFile.write(NetworkFormat.read(path), to: other("h.json"))
    #expect(try other.names == ["h.json"])
    #expect(try NetworkFormat.read(other("h.json")).graph == NetworkFormat.read(path).graph)
  }
}
