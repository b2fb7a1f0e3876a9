import Cyclograd
import CyclogradFormats
import Testing

/// What only the compiler notices is still reported with the line of the file.
@Suite struct CompilationErrorTests {
  private func expectFailure(
    _ text: String, line: Int, column: Int, _ fragment: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let document = try GraphFile.parse("format: cyclograd/1\n" + text, name: "g.yaml")
    let error = #expect(throws: CyclogradError.self, sourceLocation: sourceLocation) {
      try document.graph.compile(locate: document.location(of:))
    }
    guard let error else { return }
    #expect(error.location.file == "g.yaml", sourceLocation: sourceLocation)
    #expect(error.location.line == line, "\(error)", sourceLocation: sourceLocation)
    #expect(error.location.column == column, "\(error)", sourceLocation: sourceLocation)
    #expect(error.description.contains(fragment), "\(error)", sourceLocation: sourceLocation)
  }

  private let groups = """
    groups:
      - {name: x, size: 2, role: input}
      - {name: y, size: 3, role: output}

    """

  @Test func emptyGraph() throws {
    try expectFailure("name: nothing", line: 1, column: 1, "no groups")
  }

  @Test func duplicateGroup() throws {
    try expectFailure(
      groups + "  - {name: x, size: 1}", line: 5, column: 5, "another group has the same name")
  }

  @Test func unknownGroup() throws {
    try expectFailure(
      groups + "connections:\n  - {from: x, to: z}", line: 6, column: 5, "'z'")
  }

  @Test func unknownNeuron() throws {
    try expectFailure(
      groups + "edges:\n  - [x.0, y.0]\n  - [x.0, y.3]", line: 7, column: 5, "y.3")
  }

  @Test func duplicateEdge() throws {
    try expectFailure(
      groups + "connections: [{from: x, to: y}]\nedges:\n  - [x.0, y.1]\n  - [x.0, y.1]",
      line: 8, column: 5, "x.0 to y.1")
  }

  @Test func unknownUnit() throws {
    try expectFailure(
      groups + "connections:\n  - {from: x, to: y, unit: 1}", line: 6, column: 5, "no unit 1")
  }

  @Test func wrongLengthOfList() throws {
    try expectFailure(
      groups + "connections:\n  - {from: x, to: y, weight: [1, 2]}", line: 6, column: 5, "6")
    try expectFailure("groups: [{name: x, size: 2, bias: [1]}]", line: 2, column: 10, "2")
  }

  @Test func outputBeyondItsGroup() throws {
    try expectFailure(
      "groups: [{name: x, size: 2}]\noutputs: [x.0..2]", line: 3, column: 10, "x.0..2")
  }

  @Test func sizesThatOverflow() throws {
    try expectFailure(
      """
      groups: [{name: a, size: 2147483646, role: [input, output]}, {name: b, size: 2147483646}]
      """, line: 2, column: 62, "units")
    try expectFailure(
      """
      groups: [{name: a, size: 1000000, role: [input, output]}]
      connections:
        - {from: a, to: a}
      """, line: 4, column: 5, "edges")
  }

  @Test func unreadFile() throws {
    try expectFailure(
      groups + "connections:\n  - {from: x, to: y, pattern: {file: w.mtx}}", line: 6, column: 5,
      "w.mtx")
  }
}
