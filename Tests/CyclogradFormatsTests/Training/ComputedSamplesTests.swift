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

  @Test("a series is scaled as the rows in windows of the training part are, each once")
  func scaledWindows() throws {
    let data = try data(
      """
      data:
        {file: series.csv, inputs: a, rows: "0..5", windows: {length: 3},
         steps: [{scale: standardise}]}
      test: {file: series.csv, rows: "4..9"}
      """)
    let training = try #require(data.parts[.training])
    let test = try #require(data.parts[.test])
    // Rows 0 to 4 are in windows: mean 2, variance 2. Targets stay in the units of the file.
    func scaled(_ rows: [Double]) -> [Double] { rows.map { ($0 - 2) / 2.squareRoot() } }
    #expect(training.inputs.rows == 3 && test.inputs.rows == 3)
    for row in 0..<3 {
      let first = Double(row)
      let windows = [
        (Array(training.inputs[row: row]), scaled([first, first + 1, first + 2])),
        (Array(test.inputs[row: row]), scaled([first + 4, first + 5, first + 6])),
      ]
      for (found, expected) in windows {
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-14 })
      }
      #expect(training.targets[row, 0] == first + 3)
    }
    #expect(abs((data.transform?.scaling?.offsets.first ?? 0) - 2) < 1e-14)
  }

  @Test("windows that are drawn into another part have no say in the scale")
  func scaleWithoutLeak() throws {
    let data = try data(
      """
      data:
        {file: series.csv, inputs: "a,b", windows: {length: 2, ahead: 0, stride: 2},
         steps: [{split: test, share: 0.4}, {scale: standardise}]}
      """)
    let training = try #require(data.parts[.training]?.inputs)
    #expect(training.rows == 3)
    for column in 0..<2 {
      let values = (0..<3).flatMap { [training[$0, column], training[$0, column + 2]] }
      #expect(abs(values.reduce(0, +)) < 1e-12)
      #expect(abs(values.reduce(0) { $0 + $1 * $1 } / 6 - 1) < 1e-12)
    }
  }

  @Test(
    "windows are kept with parameters, and cut from any file that has the series or its windows")
  func keptWindows() throws {
    let windows = "data: {file: series.csv, inputs: a, windows: {length: 3, stride: 2}"
    let plain = try #require(try data(windows + "}").transform)
    #expect(plain.comparedText == nil && !plain.isIdentity && plain.summary == "cut into windows")
    let transform = try #require(
      try data(windows + ", steps: [{scale: min-max}]}").transform)
    #expect(try InputTransform(transform.text, file: "x") == transform)
    let names = ["u.0", "u.1", "u.2"]
    func read(_ name: String, _ text: String, _ columns: String? = nil) throws -> [[Double]] {
      let inputs = try transform.inputs(
        try folder.write(text, name), columns: columns.map { try ColumnSelection($0) },
        inputNames: names)
      return (0..<inputs.rows).map { Array(inputs[row: $0]) }
    }
    // Rows 0 to 8 are in windows of the training.
    func scaled(_ rows: [[Double]]) -> [[Double]] { rows.map { $0.map { $0 / 8 } } }
    let cut = scaled([[0, 8, 16], [16, 4, 2]])
    for (name, text) in [
      ("own.csv", "c,a\n9,0\n9,8\n9,16\n9,4\n9,2\n9,1\n"), ("column.csv", "0\n8\n16\n4\n2\n1\n"),
      ("windows.csv", "0,8,16\n16,4,2\n"),
      ("named.csv", "y,u.2,u.1,u.0\n9,16,8,0\n9,2,4,16\n"),
    ] {
      #expect(try read(name, text) == cut, "\(name)")
    }
    #expect(try read("other.csv", "a,b\n9,0\n9,8\n9,16\n", "b") == scaled([[0, 8, 16]]))
    #expect(try read("other.csv", "9,0,8,16\n", "1..3") == scaled([[0, 8, 16]]))
    let misfits: [(String, String?)] = [
      ("1,2,3,4\n", nil), ("c,d,e,f\n1,2,3,4\n", nil), ("1,2,3,4\n", "0..1"),
    ]
    for (text, columns) in misfits {
      let error = #expect(throws: CyclogradError.self) { try read("bad.csv", text, columns) }
      #expect(error?.code == .shapeMismatch && error?.message.contains("neither") == true)
    }
    let short = #expect(throws: CyclogradError.self) { try read("short.csv", "a\n1\n2\n") }
    #expect(short?.message.contains("no window") == true)
    // The last window has no target; a row for each window is none of the series.
    let rows = Matrix((0..<9).map { [Double($0)] })
    let targets = try transform.targets(of: rows, samples: 4, isOneFile: true, file: "x")
    #expect(targets == Matrix([[3], [5], [7]]))
    #expect(
      try transform.targets(
        of: Matrix([[1], [2], [3], [4]]), samples: 4, isOneFile: false, file: "x") == nil)
    #expect(transform.completion((0..<9).map(Double.init), samples: 4) == [2, 4, 6, 8])
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
      "data: {file: series.csv, inputs: a, windows: {length: 3}, steps: [{scale: min-max, rows: positive}]}",
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
