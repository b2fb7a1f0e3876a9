import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

@Suite("Samples are computed by teachers, cut from series and tested under several names")
struct ComputedSamplesTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    _ = try folder.write(
      """
      format: cyclograd/1
      groups:
        - {name: u, size: 3, role: input}
        - {name: h, size: 4, activation: tanh}
        - {name: y, size: 2, role: output}
      connections:
        - {from: u, to: h}
        - {from: h, to: h, weight: {normal: 0.2}}
        - {from: h, to: y}
      """, "net.yaml")
    var series = "a,b\n"
    for row in 0..<10 { series += "\(row),\(100 + row)\n" }
    _ = try folder.write(series, "series.csv")
  }

  private func data(_ text: String) throws -> PreparedData { try PreparedData(try file(text).data) }

  private func file(_ text: String) throws -> TrainingFile {
    try TrainingFile.read(
      try folder.write(
        """
        format: cyclograd-training/1
        graph: net.yaml
        optimizer: adam
        rate: 0.1
        epochs: 1
        \(text)

        """, "t.yaml"))
  }

  @Test("a teacher's targets are its outputs, in every part from a stream of its own")
  func teacher() throws {
    let text = """
      data: {teacher: {graph: net.yaml, samples: 40, uniform: [2, 3], seed: 5}}
      test: {teacher: {samples: 40}}
      tests: {far away: {teacher: {samples: 7, normal: 10, graph-seed: 3}}}
      """
    let data = try data(text)
    let training = try #require(data.parts[.training])
    let test = try #require(data.parts[.test])
    let far = try #require(data.parts[.init(rawValue: "far away")])
    #expect(training.inputs.rows == 40 && test.inputs.rows == 40 && far.inputs.rows == 7)
    #expect(training.inputs.elements.allSatisfy { (2..<3).contains($0) })
    #expect(Set(training.inputs.elements).isDisjoint(with: test.inputs.elements))
    #expect(far.inputs.elements.contains { abs($0) > 4 })
    let (network, parameters) = try NetworkFormat.read(folder.path + "/net.yaml").graph.compile()
    for part in [training, test] {
      let outputs = try Simulator(network).equilibrium(parameters, inputs: part.inputs).outputs
      #expect(outputs == part.targets)
    }
    #expect(
      try Simulator(network).equilibrium(parameters, inputs: far.inputs).outputs != far.targets)
    #expect(try self.data(text).parts[.training]?.inputs == training.inputs)
  }

  @Test("the target may be the number of the largest output")
  func largest() throws {
    let (plain, largest) = (
      try data("data: {teacher: {graph: net.yaml, samples: 30, normal: 1}}"),
      try data(
        "data: {teacher: {graph: net.yaml, samples: 30, normal: 1, targets: largest}}\ntask: classifier"
      )
    )
    let outputs = try #require(plain.parts[.training]?.targets)
    let classes = try #require(largest.parts[.training]?.targets)
    #expect(classes.columns == 1)
    for row in 0..<30 {
      #expect(classes[row, 0] == (outputs[row, 1] > outputs[row, 0] ? 1 : 0))
    }
    #expect(Set(classes.elements) == [0, 1])
  }

  @Test("windows of a series are samples, with the last target or one of every row")
  func windows() throws {
    let last = try #require(
      try data("data: {file: series.csv, inputs: a, windows: {length: 3}}").parts[.training])
    #expect(last.inputs.rows == 7)
    #expect(Array(last.inputs[row: 6]) == [6, 7, 8] && last.targets[6, 0] == 9)
    let every = try data(
      """
      data:
        {file: series.csv, inputs: "a,b", targets: b, rows: "2..8",
         windows: {length: 2, ahead: 2, stride: 3, targets: every}}
      test: {file: series.csv, rows: "0..3"}
      """
    ).parts
    let training = try #require(every[.training])
    #expect(training.inputs.rows == 2)
    #expect(Array(training.inputs[row: 1]) == [5, 105, 6, 106])
    #expect(Array(training.targets[row: 1]) == [107, 108])
    let test = try #require(every[.test])
    #expect(test.inputs.rows == 1 && Array(test.targets[row: 0]) == [102, 103])
  }

  @Test("rows are chosen, and those that there are not are refused")
  func rows() throws {
    let part = try #require(
      try data("data: {file: series.csv, inputs: a, targets: b, rows: \"4..6\"}").parts[.training])
    #expect(part.inputs.elements == [4, 5, 6] && part.targets.elements == [104, 105, 106])
    let error = #expect(throws: CyclogradError.self) {
      try data("data: {file: series.csv, inputs: a, targets: b, rows: \"4..10\"}")
    }
    #expect(error?.code == .shapeMismatch)
  }

  @Test(
    "what has no meaning is refused",
    arguments: [
      "data: {teacher: {graph: net.yaml, samples: 4}}",
      "data: {teacher: {graph: net.yaml, uniform: [0, 1]}}",
      "data: {teacher: {samples: 4, uniform: [0, 1]}}",
      "data: {teacher: {graph: net.yaml, samples: 4, uniform: [1, 0]}}",
      "data: {teacher: {graph: net.yaml, samples: 4, normal: -1}}",
      "data: {teacher: {graph: net.yaml, samples: 4, normal: 1, uniform: [0, 1]}}",
      "data: {teacher: {graph: net.yaml, samples: 4, normal: 1}, file: series.csv}",
      "data: {teacher: {graph: net.yaml, samples: 4, normal: 1}}\ntest: {file: series.csv}",
      "data: {file: series.csv, inputs: a}\ntest: {teacher: {samples: 4}}",
      "data: {file: series.csv, windows: {length: 3}}",
      "data: {file: series.csv, inputs: a, windows: {length: 0}}",
      "data: {file: series.csv, inputs: a, windows: {length: 3}, labels: {column: b}}",
      "data: {file: series.csv, inputs: a, windows: {length: 3}, steps: [{scale: standardise}]}",
      "data: {file: series.csv, inputs: a, rows: \"5..3\"}",
      "data: {file: series.csv, inputs: a, rows: \"5\"}",
      "data: {file: series.csv, inputs: a}\ntests: {test: {file: series.csv}}",
      "data: {file: series.csv, inputs: a}\ntests: {far: {}}",
    ])
  func refused(_ text: String) throws {
    let error = #expect(throws: CyclogradError.self) { try file(text) }
    #expect(error?.location.line != nil, "\(text)")
  }

  @Test("a window longer than the series, and a teacher without equilibria, are said so")
  func failing() throws {
    #expect(throws: CyclogradError.self) {
      try data("data: {file: series.csv, inputs: a, windows: {length: 10}}")
    }
    _ = try folder.write(
      """
      format: cyclograd/1
      groups:
        - {name: u, size: 1, role: input}
        - {name: y, size: 1, role: output}
      connections: [{from: u, to: y, weight: 1}, {from: y, to: y, weight: 1}]
      """, "none.yaml")
    let error = #expect(throws: CyclogradError.self) {
      try data("data: {teacher: {graph: none.yaml, samples: 4, uniform: [1, 2]}}")
    }
    #expect(error?.message.contains("sample 0") == true)
  }
}
