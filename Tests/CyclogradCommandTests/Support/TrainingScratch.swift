import Cyclograd
import CyclogradFormats
import Foundation

/// A folder with a training file of its own, whose parts can be changed.
struct TrainingScratch {
  let scratch: Scratch

  init(epochs: Int = 4, _ more: String = "") throws {
    scratch = try Scratch()
    try scratch.write(
      "net.yaml",
      """
      format: cyclograd/1
      name: training
      seed: 3
      groups:
        - {name: x, size: 2, role: input}
        - {name: h, size: 5, activation: tanh}
        - {name: y, size: 1, role: output}
      connections:
        - {from: x, to: h}
        - {from: h, to: h, weight: {normal: 0.2}}
        - {from: h, to: y}

      """)
    var rows = "a,b,sum,product\n"
    for index in 0..<30 {
      let (a, b) = (Double(index % 6) / 6, Double(index / 6) / 5)
      rows += "\(a),\(b),\(a + b),\(a * b)\n"
    }
    try scratch.write("data.csv", rows)
    try scratch.write(
      "job.yaml",
      """
      format: cyclograd-training/1
      graph: net.yaml
      data: {file: data.csv, inputs: "0..1", targets: product}
      optimizer: {adam: {beta1: 0.8}}
      rate: 0.01
      schedule: {cosine: {to: 0.001}}
      warm-up: 0.5
      epochs: \(epochs)
      batch: 8
      seed: 11
      warm-start: sample
      decay: 1.0e-4
      \(more)

      """)
  }

  func train(_ arguments: String...) throws -> CommandRun {
    try scratch.run(["train", "job.yaml"] + arguments)
  }

  /// Starts a training and leaves it running.
  func start(_ arguments: String...) throws -> Process {
    let process = Process()
    process.executableURL = productFolder.appendingPathComponent("cyclograd")
    process.arguments = ["train", "job.yaml", "--quiet"] + arguments
    process.currentDirectoryURL = scratch.folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  func bytes(_ name: String) -> Data? {
    try? Data(contentsOf: scratch.folder.appendingPathComponent(name))
  }

  /// The names of the numbered checkpoints, the oldest first.
  var checkpoints: [String] {
    let folder = scratch.folder.appendingPathComponent("job-checkpoints").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasPrefix("step-") }.sorted().map { "job-checkpoints/" + $0 }
  }

  func network() throws -> Network {
    try GraphFile.read(scratch.folder.appendingPathComponent("net.yaml").path).graph.compile()
      .network
  }
}
