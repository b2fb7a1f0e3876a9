import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

@Suite("Checkpoints bring a training back as it was")
struct CheckpointTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static func network(
    hidden: Int = 3, activation: Activation = .tanh, isLateral: Bool = true
  ) throws -> (network: Network, parameters: Parameters) {
    try Graph("checkpoints", seed: 2) {
      Group("x", size: 2, role: .input)
      Group("h", size: hidden, activation: activation)
      Group("y", size: 1, role: .output)
      Connection("x", to: "h")
      if isLateral {
        Connection("h", to: "h", weight: .normal(0.3))
      } else {
        Connection("h", to: "h", .random(probability: 1), weight: .single(.constant(0.1)))
      }
      Connection("h", to: "y")
    }.compile()
  }

  private func run(
    _ network: Network, _ state: TrainerState?, _ progress: TrainingProgress = .init(),
    _ parameters: Parameters
  ) throws -> TrainingRun {
    let options = TrainerOptions(
      learningRate: LearningRate(0.05, plateau: .init(patience: 0)), warmStart: .sample)
    let simulator = try Simulator(network)
    let inputs = Matrix((0..<7).map { [Double($0) / 7, 1 - Double($0) / 3] })
    let targets = Matrix((0..<7).map { [Double($0 % 2)] })
    let trainer =
      try state.map { try Trainer(simulator, $0, options) }
      ?? Trainer(simulator, parameters, options)
    let table = try SampleTable(inputs: inputs, targets: targets)
    return try TrainingRun(
      trainer, on: table, TrainingRunOptions(epochs: 3, batchSize: 3),
      validation: Validation(table) { outputs, _, rows in
        [.init("first", outputs[0, 0]), .init("none", .nan), .init("rows", Double(rows.count))]
      }, progress: progress)
  }

  @Test("Read after any event, it is what was written, and continues to the same end")
  func roundTrip() throws {
    let (network, parameters) = try Self.network()
    var whole = try run(network, nil, .init(), parameters)
    var events = 0
    while try whole.next() != nil { events += 1 }
    let path = folder("c.safetensors")
    for stop in 0...events {
      var first = try run(network, nil, .init(), parameters)
      for _ in 0..<stop { _ = try first.next() }
      try Checkpoint(first).write(of: network, to: path)
      let read = try Checkpoint.read(path, for: network)
      #expect(read.trainer == first.trainer.state)
      // Histories hold NaN, which is not equal to itself.
      #expect("\(read.progress)" == "\(first.progress)")
      #expect(read.identity == TrainingIdentity(first))
      var second = try run(network, read.trainer, read.progress, parameters)
      while try second.next() != nil {}
      #expect(second.trainer.state == whole.trainer.state)
      #expect("\(second.progress)" == "\(whole.progress)")
    }
  }

  private func written() throws -> (path: String, network: Network, bytes: [UInt8]) {
    let (network, parameters) = try Self.network()
    var run = try run(network, nil, .init(), parameters)
    for _ in 0..<6 { _ = try run.next() }
    let path = folder("w.safetensors")
    try Checkpoint(run).write(of: network, to: path)
    return (path, network, Array(try Data(contentsOf: URL(fileURLWithPath: path))))
  }

  @Test("Every truncation is refused", .tags(.slow), .unlessFast)
  func truncated() throws {
    let (path, network, bytes) = try written()
    for count in stride(from: 0, to: bytes.count, by: 7) {
      try Data(bytes[..<count]).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: CyclogradError.self) {
        try Checkpoint.read(path, for: network)
      }
      #expect(error?.code == .malformedFile)
      #expect(error?.location.file == path)
    }
  }

  @Test("Every changed byte is refused", .tags(.slow), .unlessFast)
  func changed() throws {
    let (path, network, bytes) = try written()
    var random = SystemRandomNumberGenerator()
    for place in stride(from: 0, to: bytes.count, by: 3) {
      var changed = bytes
      changed[place] ^= UInt8(1) << Int.random(in: 0..<8, using: &random)
      try Data(changed).write(to: URL(fileURLWithPath: path))
      #expect(throws: CyclogradError.self, "byte \(place)") {
        try Checkpoint.read(path, for: network)
      }
    }
  }

  @Test("Rows without columns, of which a header can claim any number, are refused")
  func emptyRows() throws {
    let (path, network, _) = try written()
    var content = try CheckpointContent(SafetensorsFile.read(path))
    content.tensors.removeAll { $0.name.hasPrefix("warm.") }
    content.tensors.append(("warm.samples", SafetensorsTensor(.i64([]))))
    content.tensors.append(
      ("warm.states", SafetensorsTensor(shape: [1 << 20, 0], values: .f64([]))))
    content.metadata["checksum"] = content.checksum
    try SafetensorsFile.write(content.tensors, metadata: content.metadata, to: path)
    let error = #expect(throws: CyclogradError.self) { try Checkpoint.read(path, for: network) }
    #expect(error?.code == .malformedFile && error?.message.contains("[1048576, 0]") == true)
  }

  @Test("One of another network is refused, and the difference said")
  func otherNetwork() throws {
    let (path, _, _) = try written()
    let others = [
      (try Self.network(hidden: 4), "neurons"), (try Self.network(activation: .arctan), "groups"),
      (try Self.network(isLateral: false), "parameters"),
    ]
    for (other, word) in others {
      let error = #expect(throws: CyclogradError.self) {
        try Checkpoint.read(path, for: other.network)
      }
      #expect(error?.code == .shapeMismatch)
      #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }
  }

  @Test("A file of parameters is not taken for one")
  func otherFile() throws {
    let (network, parameters) = try Self.network()
    let path = folder("p.safetensors")
    try ParametersFile.write(parameters, of: network, to: path)
    let error = #expect(throws: CyclogradError.self) {
      try Checkpoint.read(path, for: network)
    }
    #expect(error?.message.contains("not a checkpoint") == true)
  }

  @Test("Another seed, batch or number of samples is not continued")
  func identity() throws {
    let (path, network, _) = try written()
    let checkpoint = try Checkpoint.read(path, for: network)
    for aspect in [TrainingIdentity.Aspect.seed, .batch, .samples, .shuffle] {
      var other = checkpoint.identity
      other.values[aspect] = "another"
      #expect(throws: CyclogradError.self) {
        try checkpoint.changes(to: other, allowsNewYardstick: true, path: path)
      }
    }
    #expect(try checkpoint.changes(to: checkpoint.identity, path: path).isEmpty)
  }

  @Test("Another loss or optimizer needs a new choice of the best; an epoch more is just said")
  func yardstick() throws {
    let (path, network, _) = try written()
    let checkpoint = try Checkpoint.read(path, for: network)
    for aspect in [TrainingIdentity.Aspect.loss, .optimizer] {
      var other = checkpoint.identity
      other.values[aspect] = "another"
      #expect(throws: CyclogradError.self) { try checkpoint.changes(to: other, path: path) }
      let changes = try checkpoint.changes(to: other, allowsNewYardstick: true, path: path)
      #expect(changes.map(\.aspect) == [aspect] && changes.first?.after == "another")
    }
    var other = checkpoint.identity
    other.values[.epochs] = "9"
    #expect(
      try checkpoint.changes(to: other, path: path).map(\.text) == ["epochs 3 → 9"])
  }

  @Test("Validations of a training that was continued with other measures keep their own")
  func raggedMeasures() throws {
    let (path, network, _) = try written()
    var checkpoint = try Checkpoint.read(path, for: network)
    let report = ValidationReport(
      step: 9, epoch: 3, loss: 1, failed: 0,
      measurements: [.init("new", 2), .init("first", 3)], isBest: true)
    checkpoint.progress.validations.append(report)
    try checkpoint.write(of: network, to: path)
    let read = try Checkpoint.read(path, for: network)
    #expect("\(read.progress)" == "\(checkpoint.progress)")
    #expect(read.progress.validations.last == report)
  }

  @Test("A folder keeps the last few and the best, and belongs to one training at a time")
  func keeping() throws {
    let (network, parameters) = try Self.network()
    let path = folder("a/b")
    var kept: CheckpointFolder? = try CheckpointFolder(path, kept: 2)
    try Data().write(to: URL(fileURLWithPath: path + "/.cyclograd-left.tmp"))
    var run = try run(network, nil, .init(), parameters)
    var paths: [String] = []
    while let event = try run.next() {
      switch event {
      case .validation(let report) where report.isBest: try kept?.saveBest(run)
      case .epoch: paths.append(try #require(try kept?.save(run)))
      default: break
      }
    }
    #expect(paths.count == 3)
    #expect(try kept?.checkpoints() == Array(paths.reversed().prefix(2)))
    let best = try Checkpoint.read(path + "/best.safetensors", for: network)
    #expect(best.progress.validations.last?.isBest == true)
    #expect(best.progress.best == run.progress.best)
    let error = #expect(throws: CyclogradError.self) { try CheckpointFolder(path) }
    #expect(error?.message.contains("another training") == true)
    kept = nil
    let again = try CheckpointFolder(path)
    #expect(!FileManager.default.fileExists(atPath: path + "/.cyclograd-left.tmp"))
    try again.clear()
    #expect(try again.checkpoints().isEmpty)
    #expect(!FileManager.default.fileExists(atPath: again.best))
  }

  @Test("A folder that cannot be made is an error")
  func noFolder() throws {
    try Data().write(to: URL(fileURLWithPath: folder("file")))
    #expect(throws: CyclogradError.self) { try CheckpointFolder(folder("file")) }
    #expect(throws: CyclogradError.self) { try CheckpointFolder(folder("file/sub")) }
  }
}
