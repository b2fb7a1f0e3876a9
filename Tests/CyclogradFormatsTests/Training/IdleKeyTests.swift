import Cyclograd
import Testing

@testable import CyclogradFormats

@Suite("What a training file says does something or is refused")
struct IdleKeyTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    var rows = "a,b,c,p,q,k\n"
    for row in 0..<30 {
      rows +=
        "\(row),\(row % 7),\(row % 4),0.25,\(Double(row) / 9),\(["ant", "bee", "cat"][row % 3])\n"
    }
    _ = try folder.write(rows, "d.csv")
    for (name, outputs) in [("two.yaml", 2), ("three.yaml", 3)] {
      _ = try folder.write(
        """
        format: cyclograd/1
        groups: [{name: x, size: 3, role: input}, {name: y, size: \(outputs), role: output}]
        connections: [{from: x, to: y}]

        """, name)
    }
  }

  private func error(_ graph: String, _ data: String, _ more: String) -> CyclogradError? {
    #expect(throws: CyclogradError.self, "\(more)") { try setup(graph, data, more) }
  }

  @discardableResult
  private func setup(_ graph: String, _ data: String, _ more: String) throws -> TrainingSetup {
    let file = try TrainingFile.read(
      try folder.write(
        """
        format: cyclograd-training/1
        graph: \(graph)
        data: {file: d.csv, inputs: "a,b,c", \(data)}
        rate: 0.1
        epochs: 1
        \(more.contains("optimizer") ? "" : "optimizer: adam")
        \(more)

        """, "t.yaml"))
    return try TrainingSetup(file)
  }

  @Test("noise of a part that is not there yet")
  func noise() throws {
    let targets = "targets: \"p,q\", steps: "
    let found = error(
      "two.yaml", targets + "[{noise: 0.3, of: [test]}, {split: test, share: 0.2}]", "")
    #expect(found?.message.contains("'test'") == true)
    try setup("two.yaml", targets + "[{split: test, share: 0.2}, {noise: 0.3, of: [test]}]", "")
  }

  @Test("classes that no output stands for")
  func classes() throws {
    let listed = error(
      "three.yaml", "labels: {column: k, classes: [bee, ant, cat, dog]}", "task: classifier")
    #expect(listed?.message == "4 classes are listed, but the network tells 3 apart")
    try setup("three.yaml", "labels: {column: k, classes: [bee, ant, cat]}", "task: classifier")
  }

  @Test("classifiers of numbers that are no classes")
  func targets() throws {
    let found = error("two.yaml", "targets: \"p,q\"", "task: classifier")
    #expect(found?.message.contains("is not a class") == true && found?.location.file != nil)
    try setup("two.yaml", "targets: \"p,q\"", "")
  }

  @Test("limits without a number, and Nesterov's method without a momentum")
  func options() throws {
    #expect(error("two.yaml", "targets: \"p,q\"", "clip: {}") != nil)
    #expect(error("two.yaml", "targets: \"p,q\"", "optimizer: {sgd: {nesterov: standard}}") != nil)
    try setup(
      "two.yaml", "targets: \"p,q\"", "optimizer: {sgd: {momentum: 0.9, nesterov: standard}}")
  }
}
