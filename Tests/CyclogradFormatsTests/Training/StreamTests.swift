import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

@Suite("Samples that stay on the disk")
struct StreamTests {
  let folder: TemporaryFolder
  let matrix: Matrix

  init() throws {
    folder = try TemporaryFolder()
    let random = CounterRandom(seed: 1, purpose: .inputs, index: 0)
    matrix = Matrix(rows: 50, columns: 4, elements: (0..<200).map { random.normal($0) })
    try NumpyFile.write(matrix, to: folder("a.npy"))
    _ = try folder.write(
      """
      format: cyclograd/1
      groups:
        - {name: x, size: 2, role: input}
        - {name: h, size: 3, activation: tanh}
        - {name: y, size: 1, role: output}
      connections: [{from: x, to: h}, {from: h, to: h, weight: {normal: 0.2}}, {from: h, to: y}]

      """, "net.yaml")
  }

  private func file(_ more: String, _ inputs: String = "\"2,0\"") throws -> TrainingFile {
    try TrainingFile.read(
      try folder.write(
        """
        format: cyclograd-training/1
        graph: net.yaml
        data: {file: a.npy, inputs: \(inputs), targets: last:1\(more)}
        optimizer: adam
        rate: 0.05
        epochs: 3
        batch: 8

        """, "t.yaml"))
  }

  @Test("rows are those of the file, in the order asked for, from either type of floats")
  func rows() throws {
    let rows = try NumpyRows(folder("a.npy"), columns: ColumnSelection("3,1"))
    #expect(rows.rows == 50)
    #expect(
      try rows.matrix([7, 0, 49, 7])
        == Matrix([7, 0, 49, 7].map { [matrix[$0, 3], matrix[$0, 1]] }))
    let singles = ([0.1, 1e30, -3, 4] as [Float]).flatMap {
      withUnsafeBytes(of: $0.bitPattern.littleEndian) { Array($0) }
    }
    let single = try folder.write(NumpyBytes.make("<f4", "(2, 2)", singles), "s.npy")
    #expect(
      try NumpyRows(single, columns: nil).matrix([1, 0])
        == Matrix([[-3, 4], [Double(Float(0.1)), Double(Float(1e30))]]))
  }

  @Test("a training is bit for bit that with the samples in memory")
  func training() throws {
    func trained(_ more: String) throws -> Parameters {
      var run = try TrainingSetup(try file(more)).run()
      while try run.next() != nil {}
      return run.trainer.parameters
    }
    let memory = try trained("")
    #expect(try trained(", stream: true") == memory)
    #expect(try trained(", stream: false") == memory)
  }

  @Test("what cannot be streamed is said")
  func bad() throws {
    for (name, bytes) in [
      ("i.npy", NumpyBytes.make("<i8", "(2, 2)", [1.0, 2, 3, 4])),
      ("short.npy", Array(NumpyBytes.make("<f8", "(2, 2)", [1.0, 2, 3, 4]).dropLast())),
      ("t.csv", Array("1,2\n".utf8)), ("empty.npy", []),
    ] {
      let path = try folder.write(bytes, name)
      #expect(throws: CyclogradError.self, "\(name)") { try NumpyRows(path, columns: nil) }
    }
    let path = try folder.write(NumpyBytes.make("<f8", "(2, 2)", [1.0, 2, .nan, 4]), "nan.npy")
    #expect {
      _ = try NumpyRows(path, columns: nil).matrix([0, 1])
    } throws: {
      "\($0)".contains("row 1, column 0")
    }
    #expect(throws: CyclogradError.self) {
      try NumpyRows(folder("a.npy"), columns: ColumnSelection("9"))
    }
    #expect {
      _ = try file(", stream: true, steps: []")
    } throws: {
      "\($0)".contains("'steps' needs all samples in memory")
    }
    #expect {
      _ = try TrainingSetup(try file(", stream: true", "0..2"))
    } throws: {
      "\($0)".contains("the network has 2")
    }
  }
}
