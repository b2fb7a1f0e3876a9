import Cyclograd
import CyclogradFormats
import Foundation
import Testing

@Suite struct ResolutionTests {
  private let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path + "/"
    try FileManager.default.createDirectory(
      atPath: folder + "data", withIntermediateDirectories: true)
  }

  /// A graph of three and two neurons, between which the given connection lies on line 5.
  private func resolve(
    _ connection: String, files: [String: String] = [:], bias: String = "0"
  ) throws -> Graph {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, content) in files {
      try content.write(toFile: folder + name, atomically: true, encoding: .utf8)
    }
    let text = """
      format: cyclograd/1
      groups:
        - {name: x, size: 3, bias: \(bias)}
        - {name: y, size: 2}
      connections: [{from: x, to: y, \(connection)}]
      """
    try text.write(toFile: folder + "g.yaml", atomically: true, encoding: .utf8)
    return try GraphFile.read(folder + "g.yaml").resolved().graph
  }

  private let matrix = "%%MatrixMarket matrix coordinate real general\n2 3 2\n1 3 0.5\n2 1 -1\n"

  @Test func matrixAsPattern() throws {
    let graph = try resolve("pattern: {file: data/w.mtx}", files: ["data/w.mtx": matrix])
    #expect(
      graph.connections[0].pattern
        == .entries(.init(rows: [0, 1], columns: [2, 0], values: [0.5, -1])))
    #expect(graph.connections[0].weight == .default)
  }

  @Test func matrixAsWeights() throws {
    let graph = try resolve(
      "weight: {file: w.MTX, trainable: false}",
      files: ["w.MTX": matrix])
    #expect(graph.connections[0].pattern == .all)
    let entries = SparseEntries(rows: [0, 1], columns: [2, 0], values: [0.5, -1])
    #expect(graph.connections[0].weight == .frozen(.entries(entries)))
  }

  @Test(arguments: ["w.mtx.gz", "w.npz", "w.npy"])
  func matricesOfOtherFormats(_ name: String) throws {
    let entries = CoordinateMatrix(
      rows: 2, columns: 3, rowIndices: [0, 1], columnIndices: [2, 0], values: [0.5, -1])
    let expected = SparseEntries(rows: [0, 1], columns: [2, 0], values: [0.5, -1])
    func connection(_ keys: String) throws -> Connection {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      switch name {
      case "w.mtx.gz": try MatrixMarketFile.write(entries, to: folder + name)
      case "w.npz": try SparseNpzFile.write(entries, to: folder + name, isCompressed: true)
      default: try NumpyFile.write(Matrix([[0, 0, 0.5], [-1, 0, 0]]), to: folder + name)
      }
      return try resolve(keys).connections[0]
    }
    #expect(try connection("pattern: {file: \(name)}").pattern == .entries(expected))
    // A dense .npy of weights is a table.
    #expect(
      try connection("weight: {file: \(name)}").weight.initial
        == (name == "w.npy" ? .list([0, 0, 0.5, -1, 0, 0]) : .entries(expected)))
  }

  @Test func tablesAndLists() throws {
    let graph = try resolve(
      "weight: {file: w.csv}", files: ["w.csv": "1,2,3\n4,5,6\n", "b.txt": "7 8 9\n"],
      bias: "{file: b.txt}")
    #expect(graph.connections[0].weight == [1, 2, 3, 4, 5, 6])
    #expect(graph.groups[0].units[0].bias == [7, 8, 9])
  }

  @Test func numpyAndTies() throws {
    try NumpyFile.write(Matrix([[1, 2], [3, 4]]), to: folder + "k.npy")
    let graph = try resolve("weight: {kernel: {file: k.npy}}")
    #expect(graph.connections[0].weight == .kernel([1, 2, 3, 4]))
  }

  @Test func absoluteNames() throws {
    let other = folder + "data/b.csv"
    let graph = try resolve(
      "weight: 1", files: ["data/b.csv": "1\n2\n3\n"], bias: "{file: \(other)}")
    #expect(graph.groups[0].units[0].bias == [1, 2, 3])
  }

  @Test func nothingToReplace() throws {
    let document = try GraphFile.parse("format: cyclograd/1\ngroups: [{name: a, size: 1}]")
    #expect(try document.resolved().graph == document.graph)
  }

  private func expectFailure(
    _ connection: String, files: [String: String] = [:], bias: String = "0", line: Int = 5,
    column: Int, _ message: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: CyclogradError.self, sourceLocation: sourceLocation) {
      try resolve(connection, files: files, bias: bias)
    }
    guard let error else { return }
    #expect(
      error.location == .init(file: folder + "g.yaml", line: line, column: column),
      sourceLocation: sourceLocation)
    for part in message {
      #expect(error.message.contains(part), "\(error)", sourceLocation: sourceLocation)
    }
  }

  @Test func missingFile() {
    expectFailure("weight: {file: w.csv}", column: 40, folder + "w.csv", "cannot open")
  }

  @Test func missingBiases() {
    expectFailure("weight: 1", bias: "{file: b.csv}", line: 3, column: 30, folder + "b.csv")
  }

  @Test func missingPattern() {
    expectFailure("pattern: {file: p.mtx}", column: 41, folder + "p.mtx")
  }

  @Test func malformedFile() {
    expectFailure(
      "weight: {file: w.csv}", files: ["w.csv": "1,2,3\n4,oops,6\n"], column: 40,
      folder + "w.csv:2:2", "oops")
  }

  @Test func wrongMatrix() {
    expectFailure(
      "pattern: {file: w.mtx}",
      files: ["w.mtx": "%%MatrixMarket matrix coordinate real general\n3 2 0\n"],
      column: 41, "3 × 2 matrix", "needs 2 × 3")
  }

  @Test func wrongTable() {
    expectFailure(
      "weight: {file: w.csv}", files: ["w.csv": "1,2\n3,4\n5,6\n"], column: 40,
      "3 × 2 matrix", "needs 2 × 3")
  }

  @Test func tableForSomeEdges() {
    expectFailure(
      "pattern: {random: 0.5}, weight: {file: w.csv}", files: ["w.csv": "1,2,3\n4,5,6\n"],
      column: 64, "only a connection of all neurons with all")
  }

  @Test func patternWithoutWeights() {
    expectFailure(
      "weight: {file: w.mtx}",
      files: ["w.mtx": "%%MatrixMarket matrix coordinate pattern general\n2 3 1\n1 1\n"],
      column: 40, "has only a pattern, no weights")
  }

  @Test func otherFilesAsPattern() {
    expectFailure(
      "pattern: {file: w.csv}", column: 41,
      "a matrix (.mtx, .mtx.gz, .npz, .npy, .shards), not from w.csv")
  }

  @Test func matrixAsBiases() {
    expectFailure(
      "weight: 1", bias: "{file: w.mtx}", line: 3, column: 30, "cannot come from a sparse matrix")
  }

  @Test func tooFewBiases() {
    expectFailure(
      "weight: 1", files: ["b.csv": "1\n2\n"], bias: "{file: b.csv}", line: 3, column: 30,
      "b.csv has 2 numbers for a group of 3 neurons")
  }

  @Test func missingGraphFile() {
    let error = #expect(throws: CyclogradError.self) { try GraphFile.read("/nowhere/g.yaml") }
    #expect(error?.code == .file)
    #expect(error?.location.file == "/nowhere/g.yaml")
    #expect(throws: CyclogradError.self) { try GraphFile.read("/") }
    #expect(throws: CyclogradError.self) { try GraphFile.read("a\0b") }
  }
}
