import Cyclograd
import Testing

@testable import CyclogradFormats

/// Weights that a file does not give are 1, as in SciPy and NetworkX, or drawn where that is asked for.
@Suite struct UnknownWeightTests {
  private static let files = [
    (
      "matrix-market", "w.mtx",
      "%%MatrixMarket matrix coordinate pattern general\n2 2 2\n2 1\n1 2\n"
    ),
    ("edge-list", "w.csv", "a,b\nb,a\n"),
    ("edge-list", "w.edgelist", "a b {}\nb a {}\n"),
    (
      "networkx", "w.json",
      #"{"directed": true, "nodes": [{"id": 0}, {"id": 1}], "edges": [{"source": 0, "target": 1}, {"source": 1, "target": 0}]}"#
    ),
    (
      "graphml", "w.graphml",
      "<graphml><graph edgedefault=\"directed\"><node id=\"a\"/><node id=\"b\"/>"
        + "<edge source=\"a\" target=\"b\"/><edge source=\"b\" target=\"a\"/></graph></graphml>"
    ),
  ]

  @Test(arguments: files) func areOne(_ format: String, _ name: String, _ text: String) throws {
    let folder = try TemporaryFolder()
    let network = try NetworkFormat.named(format).read(folder.write(text, name))
    #expect(try network.expanded().weights == [1, 1])
    #expect(network.remarks.contains { $0.contains("weight 1 used for 2 edges") })
  }

  @Test(arguments: files) func areDrawn(_ format: String, _ name: String, _ text: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(text, name)
    var options = ImportOptions()
    options.drawWeights = try ImportOptions.drawnWeights("normal:0.1", option: "--draw-weights")
    options.seed = 7
    let network = try NetworkFormat.named(format).read(path, options: options)
    #expect(network.remarks.contains { $0.contains("drawn from normal(0.1), seed 7") })
    #expect(!network.remarks.contains { $0.contains("weight 1") })
    #expect(network.graph.seed == 7)
    let weights = try network.expanded().weights
    #expect(weights.allSatisfy { $0 != 1 && $0.magnitude < 1 } && weights[0] != weights[1])
    // What the graph file's rule draws.
    let entries = try #require(network.graph.connections.first)
    #expect(entries.weight.initial == .normal(deviation: 0.1))
    #expect(
      try NetworkFormat.named(format).read(path, options: options).expanded().weights == weights)
    options.seed = 8
    #expect(
      try NetworkFormat.named(format).read(path, options: options).expanded().weights != weights)
  }

  @Test func someOfThem() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      #"{"directed": true, "nodes": [{"id": 0}, {"id": 1}], "edges": [{"source": 0, "target": 1, "weight": 3}, {"source": 1, "target": 0}]}"#,
      "w.json")
    var options = ImportOptions()
    options.drawWeights = .uniform(lower: -0.5, upper: -0.25)
    let weights = try NetworkFormat.named("networkx").read(path, options: options).expanded()
      .edgeFacts
      .map { Double(bitPattern: $0.weight) }
    #expect((-0.5)...(-0.25) ~= weights[0] && weights[1] == 3)
  }

  @Test func nothingToDraw() throws {
    let folder = try TemporaryFolder()
    var options = ImportOptions()
    options.seed = 1
    let path = try folder.write("a,b,2\nb,a,3\n", "w.csv")
    let seedAlone = #expect(throws: CyclogradError.self) {
      try NetworkFormat.edgeList.read(path, options: options)
    }
    #expect(seedAlone?.message.contains("--seed without --draw-weights") == true)
    options.drawWeights = .constant(2)
    let known = #expect(throws: CyclogradError.self) {
      try NetworkFormat.edgeList.read(path, options: options)
    }
    #expect(known?.message == "the file gives the weight of every edge")
  }

  @Test func duplicatesOfPatternsCount() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "%%MatrixMarket matrix coordinate pattern general\n2 2 3\n2 1\n1 2\n2 1\n", "w.mtx")
    var options = ImportOptions()
    options.duplicates = .sum
    #expect(
      try NetworkFormat.matrixMarket.read(path, options: options).expanded().weights == [1, 2])
    options.drawWeights = .constant(0.5)
    #expect(
      try NetworkFormat.matrixMarket.read(path, options: options).expanded().weights == [0.5, 0.5])
  }

  @Test func patternsWithValues() throws {
    let folder = try TemporaryFolder()
    for layout in ["general", "symmetric"] {
      let path = try folder.write(
        "%%MatrixMarket matrix coordinate pattern \(layout)\n%\n2 2 2\n1 1 4\n2 1 -0.5\n", "w.mtx")
      let network = try NetworkFormat.matrixMarket.read(path)
      #expect(
        network.remarks == ["the header says pattern, but entries have values, which are read"])
      #expect(
        try network.expanded().weights == (layout == "general" ? [4, -0.5] : [4, -0.5, -0.5]))
    }
    let partly = try folder.write(
      "%%MatrixMarket matrix coordinate pattern general\n2 2 2\n1 1 4\n2 1\n", "w.mtx")
    let error = #expect(throws: CyclogradError.self) { try NetworkFormat.matrixMarket.read(partly) }
    #expect(error?.location.line == 4 && error?.message == "the value is missing")
    let late = try folder.write(
      "%%MatrixMarket matrix coordinate pattern general\n2 2 2\n1 1\n2 1 3\n", "w.mtx")
    #expect(throws: CyclogradError.self) { try NetworkFormat.matrixMarket.read(late) }
  }

  @Test(arguments: [
    ("normal:0.1", InitialValue.normal(deviation: 0.1)),
    ("normal:2:fan-in", .normal(deviation: 2, scaled: .fanIn)),
    ("uniform:-1:0.5", .uniform(lower: -1, upper: 0.5)),
    ("uniform:0:1:fan-in", .uniform(lower: 0, upper: 1, scaled: .fanIn)),
    ("default", .defaultWeight), ("0.25", .constant(0.25)),
    ("{uniform: [-1, 1], scaled: fan-in}", .defaultWeight),
  ])
  func laws(_ text: String, _ law: InitialValue) throws {
    #expect(try ImportOptions.drawnWeights(text, option: "--draw-weights") == law)
  }

  @Test(arguments: [
    "", "normal", "normal:", "normal:-1", "normal:a", "uniform:1", "uniform:1:0", "uniform:1:2:3",
    "{file: a.npy}", "[1, 2]", "{single: 1}", "{normal: 1, trainable: false}", "nan", "normal:inf",
    "{normal: 1", "normal:1}",
  ])
  func refusedLaws(_ text: String) {
    let error = #expect(throws: CyclogradError.self, "\(text)") {
      try ImportOptions.drawnWeights(text, option: "--draw-weights")
    }
    #expect(error?.message.hasPrefix("--draw-weights") == true)
  }
}
