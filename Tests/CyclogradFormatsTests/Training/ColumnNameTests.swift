import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

@Suite("Training files find columns by their names")
struct ColumnNameTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    _ = try folder.write(
      """
      format: cyclograd/1
      groups:
        - {name: x, size: 2, role: input}
        - {name: y, size: 3, role: output}
      connections: [{from: x, to: y, weight: {uniform: [-0.5, 0.5]}}]

      """, "net.yaml")
  }

  private func file(_ data: String, _ more: String = "") throws -> TrainingFile {
    try TrainingFile.read(
      try folder.write(
        """
        format: cyclograd-training/1
        graph: net.yaml
        data: \(data)
        \(more)
        optimizer: adam
        lr: 0.1
        epochs: 2

        """, "t.yaml"))
  }

  private func data(_ data: String, _ more: String = "") throws -> PreparedData {
    try TrainingSetup(try file(data, more)).data
  }

  @Test(
    "A validation file whose header is permuted is reordered; one with some of the names refused")
  func permuted() throws {
    _ = try folder.write("a,b,t0,t1,t2\n1,2,3,4,5\n", "d.csv")
    _ = try folder.write("t2,b,t0,a,t1\n5,2,3,1,4\n", "v.csv")
    _ = try folder.write("b,c,t0,t1,t2\n2,1,3,4,5\n", "bad.csv")
    _ = try folder.write("1,2,3,4,5\n", "plain.csv")
    let columns = "{file: d.csv, inputs: \"0..1\", targets: \"2..4\"}"
    for name in ["v.csv", "plain.csv"] {
      let found = try data(columns, "validation: {file: \(name)}")
      #expect(found.parts[.validation]?.inputs == Matrix([[1, 2]]))
      #expect(found.parts[.validation]?.targets == Matrix([[3, 4, 5]]))
    }
    #expect {
      try data(columns, "validation: {file: bad.csv}")
    } throws: {
      "\($0)".contains("1 of the 2 names") && "\($0)".contains("\"a\"")
        && "\($0)".contains("bad.csv")
    }
    let own = try data(
      columns, "validation: {file: v.csv, inputs: \"3,1\", targets: \"2,4,0\"}")
    #expect(own.parts[.validation]?.inputs == Matrix([[1, 2]]))
  }

  @Test("A scale that was fitted finds its columns by name in other files, too")
  func scaled() throws {
    _ = try folder.write("a,b,t0,t1,t2\n1,20,3,4,5\n3,60,3,4,5\n", "d.csv")
    let found = try data(
      "{file: d.csv, inputs: \"0..1\", targets: \"2..4\", steps: [{scale: min-max}]}")
    _ = try folder.write("b,a\n60,1\n", "new.csv")
    let transform = try #require(found.transform)
    let read = try InputTransform(transform.text, file: "x")
    #expect(read == transform)
    #expect(try read.inputs(folder("new.csv")) == Matrix([[0, 1]]))
  }

  @Test("Without lists the names of the network count; without those it is said what is missing")
  func byNetwork() throws {
    _ = try folder.write("y.1,x.1,y.0,x.0,y.2\n4,2,3,1,5\n", "d.csv")
    let found = try data("{file: d.csv}")
    #expect(found.parts[.training]?.inputs == Matrix([[1, 2]]))
    #expect(found.parts[.training]?.targets == Matrix([[3, 4, 5]]))
    _ = try folder.write("a,b,t0,t1,t2\n1,2,3,4,5\n", "other.csv")
    #expect {
      try data("{file: other.csv}")
    } throws: {
      let text = "\($0)"
      return text.contains("'data' has no 'inputs'") && text.contains("\"a\", \"b\"")
        && text.contains("\"x.0\", \"x.1\"") && text.contains("other.csv")
    }
    #expect {
      try data("{file: other.csv, inputs: \"0..1\"}")
    } throws: {
      "\($0)".contains("'data' has no 'targets'")
    }
    _ = try folder.write("x.0,c,y.0,y.1,y.2\n1,2,3,4,5\n", "partial.csv")
    #expect {
      try data("{file: partial.csv}")
    } throws: {
      "\($0)".contains("1 of the network's 2 inputs") && "\($0)".contains("\"x.1\"")
    }
    _ = try folder.write("1,2\n", "x.csv")
    _ = try folder.write("3,4,5\n", "t.csv")
    let apart = try data("{file: x.csv, targets-file: t.csv}")
    #expect(apart.parts[.training]?.inputs == Matrix([[1, 2]]))
    #expect(apart.parts[.training]?.targets == Matrix([[3, 4, 5]]))
  }

  @Test("Word labels are the targets of a classifier, whose loss then takes classes")
  func labels() throws {
    _ = try folder.write("a,b,kind\n1,2,two\n3,4,one\n5,6,NA\n7,8,three\n", "d.csv")
    let labels = "{column: kind, classes: [one, two, three]}"
    let text = "{file: d.csv, inputs: \"0..1\", labels: \(labels), missing: ignore}"
    let setup = try TrainingSetup(try file(text, "task: classifier"))
    #expect(setup.data.parts[.training]?.targets.elements == [1, 0, 2])
    #expect(setup.data.parts[.training]?.inputs == Matrix([[1, 2], [3, 4], [7, 8]]))
    #expect(setup.data.withoutTargets[.training] == 1)
    #expect(setup.file.options.loss.name == "softmax-cross-entropy where there are targets")
    var run = try setup.run()
    while try run.next() != nil {}
    #expect(run.progress.epochs.allSatisfy { $0.loss.isFinite && $0.used == 3 })
    #expect {
      try data(text.replacingOccurrences(of: "one, two", with: "one, four"), "task: classifier")
    } throws: {
      "\($0)".contains("\"two\" is not among the classes") && "\($0)".contains("row 0")
    }
    let weighted = try TrainingSetup(
      try file(text, "task: classifier\nclass-weights: [1, 2, 0.5]"))
    #expect(weighted.file.options.loss.name.contains("class weights 1.0, 2.0, 0.5"))
    let balanced = try TrainingSetup(try file(text, "task: classifier\nclass-weights: balanced"))
    #expect(balanced.file.options.loss.name.contains("class weights 1.0, 1.0, 1.0"))
  }

  @Test("Missing targets are an error with row and column, or passed over in loss and gradient")
  func missing() throws {
    _ = try folder.write("a,b,t0,t1,t2\n1,2,3,,5\n3,4,?,,\n5,6,1,1,1\n", "d.csv")
    let text = "{file: d.csv, inputs: \"0..1\", targets: \"2..4\"}"
    #expect {
      try data(text)
    } throws: {
      "\($0)".contains("d.csv:2:4")
    }
    let masked = text.replacingOccurrences(of: "}", with: ", missing: ignore}")
    let setup = try TrainingSetup(try file(masked, "metrics: [mae]\nvalidation: {file: d.csv}"))
    let samples = try #require(setup.data.parts[.training])
    #expect(samples.inputs == Matrix([[1, 2], [5, 6]]) && samples.targets[0, 1].isNaN)
    var run = try setup.run()
    var reports: [ValidationReport] = []
    while let event = try run.next() {
      if case .validation(let report) = event { reports.append(report) }
    }
    #expect(reports.count == 2)
    #expect(reports.allSatisfy { $0.loss.isFinite && $0.measurements[0].value.isFinite })
  }

  @Test("A classifier of logits answers class 1 from 0 on, unless the file says a threshold")
  func threshold() throws {
    _ = try folder.write(
      """
      format: cyclograd/1
      groups: [{name: x, size: 2, role: input}, {name: y, size: 1, role: output}]
      connections: [{from: x, to: y, weight: {uniform: [-0.5, 0.5]}}]

      """, "net.yaml")
    _ = try folder.write("a,b,t\n1,2,0\n3,4,1\n", "d.csv")
    let text = "{file: d.csv, inputs: \"0..1\", targets: t}"
    let loss = "loss: binary-cross-entropy\ntask: "
    #expect(
      try TrainingSetup(try file(text, loss + "classifier")).file.task
        == .classifier(threshold: 0))
    #expect(
      try TrainingSetup(try file(text, loss + "{classifier: {threshold: 0.5}}")).file.task
        == .classifier(threshold: 0.5))
    #expect(
      try TrainingSetup(try file(text, "loss: mse\ntask: classifier")).file.task
        == .classifier(threshold: 0.5))
  }
}
