import Foundation
import Testing

@testable import Cyclograd
@testable import CyclogradFormats

@Suite("Stages of a training follow one another, and resume bit for bit")
struct StageTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    _ = try folder.write(
      """
      format: cyclograd/1
      seed: 5
      groups:
        - {name: x, size: 2, role: input}
        - {name: h, size: 6, activation: tanh}
        - {name: y, size: 1, role: output}
      connections:
        - {from: x, to: h}
        - {from: h, to: h, weight: {normal: 0.1}}
        - {from: h, to: y}

      """, "net.yaml")
    var rows = "a,b,t\n"
    for index in 0..<24 {
      let (a, b) = (Double(index % 6) / 3 - 1, Double(index / 6) / 2 - 1)
      rows += "\(a),\(b),\(a * b - 0.3 * a)\n"
    }
    _ = try folder.write(rows, "d.csv")
  }

  func file(_ stages: String, _ more: String = "") throws -> TrainingFile {
    var file = try TrainingFile.read(
      try folder.write(
        """
        format: cyclograd-training/1
        graph: net.yaml
        data: {file: d.csv, inputs: "a,b", targets: t}
        optimizer: adam
        rate: 0.02
        batch: 8
        \(more)
        stages: \(stages)

        """, "t.yaml"))
    file.output = folder("out.safetensors")
    file.checkpoints.folder = folder("checkpoints")
    return file
  }

  /// Trains to the end, stopping after each of some numbers of events and going on from the checkpoint.
  func train(
    _ file: TrainingFile, stopAfter stops: [Int] = []
  ) throws -> (output: Data, events: [String], session: TrainingSession) {
    try? FileManager.default.removeItem(atPath: file.checkpoints.folder)
    var events: [String] = []
    for stop in stops {
      var session = try TrainingSession(file, beginning: .resume)
      for _ in 0..<stop { events += try session.next().map { ["\($0)"] } ?? [] }
      try session.save()
    }
    var session = try TrainingSession(file, beginning: .resume)
    while let event = try session.next() { events.append("\(event)") }
    try session.writeParameters()
    return (try Data(contentsOf: URL(fileURLWithPath: file.output)), events, session)
  }

  static let stages =
    "[{train: {epochs: 2}}, {fit: {readout: y, ridge: 1.0e-4}}, "
    + "{train: {epochs: 3, optimizer: sgd, rate: 0.01, regularise: [{l1: 0.01, to: h}]}}, "
    + "{fit: {readout: y}}]"

  @Test("Interrupted anywhere, the end and the events are the same", arguments: [false, true])
  func resume(validates: Bool) throws {
    let file = try file(Self.stages, validates ? "validation: {file: d.csv}" : "")
    let (whole, events, session) = try train(file)
    #expect(session.isFinished)
    // 3 steps an epoch, 5 epochs, two fits.
    #expect(events.count == 15 + 5 + 2 + (validates ? 5 : 0))
    for stop in 0...events.count {
      let again = try train(file, stopAfter: [stop])
      #expect(again.output == whole && again.events == events, "stopped after \(stop)")
    }
    let often = try train(file, stopAfter: [1, 3, 5, 2, 7])
    #expect(often.output == whole && often.events == events)
  }

  @Test("A fit at the end has the least loss that its readout can have; epochs are counted on")
  func fitted() throws {
    let (_, _, session) = try train(try file(Self.stages))
    let setup = session.setup
    let (_, report) = try ReadoutFit("y").fitted(
      setup.simulator, session.run.trainer.parameters, on: setup.trainingSource,
      loss: .halfSquaredError)
    let loss = try #require(
      try setup.evaluate(.training, session.run.trainer.parameters).evaluation.loss)
    #expect(abs(report.residual * report.residual / 2 - loss) < 1e-12)
    #expect(session.run.progress.epochs.map(\.epoch) == [1, 2, 3, 4, 5])
    #expect(session.run.progress.epochs.last?.step == 7 + 9)
    // Without stages, a training is one stage.
    let plain = try train(try file("[{train: {epochs: 2}}]"))
    let text = try #require(
      String(data: Data(contentsOf: URL(fileURLWithPath: folder("t.yaml"))), encoding: .utf8))
    _ = try folder.write(
      text.replacingOccurrences(of: "stages: [{train: {epochs: 2}}]", with: "epochs: 2"), "t.yaml")
    var single = try TrainingFile.read(folder("t.yaml"))
    single.output = folder("out.safetensors")
    single.checkpoints.folder = folder("checkpoints")
    #expect(try train(single).output == plain.output)
  }

  @Test(
    "Gradients in pieces, averages and early stopping resume too",
    arguments: ["validation: {file: d.csv}", ""])
  func aids(more: String) throws {
    let file = try file(
      "[{train: {epochs: 9, rate: 0.5}}, {train: {epochs: 2, moving-average: 0.5}}]",
      more + "\naccumulate: 2\nmoving-average: 0.8\nearly-stopping: {patience: 0, threshold: 0.01}")
    guard case .train(let first) = file.stages[0], case .train(let second) = file.stages[1] else {
      throw CyclogradError(.invalidOption, "the stages do not train")
    }
    #expect(first.run.batchSize == 16 && first.options.pieceSize == 8)
    #expect(first.options.averageDecay == 0.8 && second.options.averageDecay == 0.5)
    let (whole, events, session) = try train(file)
    // 2 steps an epoch; the first stage ends before its time.
    #expect(session.run.progress.epochs.count < 11 && session.isFinished)
    // Its steps are large and its equilibria dear, so not after each.
    for stop in stride(from: 0, through: events.count, by: 4) {
      let again = try train(file, stopAfter: [stop])
      #expect(again.output == whole && again.events == events, "stopped after \(stop)")
    }
  }

  @Test("What no stage can do is said before the first one begins, with the file")
  func refusedEarly() throws {
    for wrong in ["{fit: {readout: h}}", "{fit: {readout: q}}", "{rewire: {to: x}}"] {
      let file = try file("[{train: {epochs: 1}}, \(wrong)]")
      #expect {
        _ = try StagedRun(TrainingSetup(file))
      } throws: {
        ($0 as? CyclogradError)?.location.file == file.path
      }
    }
    // What shows only when a stage works says which file, too.
    var run = try StagedRun(
      TrainingSetup(file("[{train: {epochs: 1}}, {match: {keep: 0.01, groups: [h]}}]")))
    #expect {
      while case .event = try run.next() {}
      _ = try run.next()
    } throws: {
      ($0 as? CyclogradError)?.location.file == folder("t.yaml")
    }
  }

  @Test("Where the newest checkpoints are lost, one of the stage before is continued with its best")
  func earlierStage() throws {
    var file = try file(
      "[{train: {epochs: 2}}, {fit: {readout: y}}, {train: {epochs: 2}}]",
      "validation: {file: d.csv}")
    file.checkpoints.kept = 9
    let whole = try train(file).output
    try FileManager.default.removeItem(atPath: file.checkpoints.folder)
    do {
      var session = try TrainingSession(file)
      // Until the third stage has a best of its own.
      repeat {
        _ = try session.next()
        try session.save()
      } while session.run.progress.stage < 2 || session.run.progress.best == nil
    }
    // The steps 1 to 6 are of the first stage; the fit is the 7th.
    for path in try CheckpointFolder.contents(of: file.checkpoints.folder).checkpoints
    where !path.hasSuffix("-000000005.safetensors") {
      try FileManager.default.removeItem(atPath: path)
    }
    do {
      var session = try TrainingSession(file, beginning: .resume)
      #expect(session.resumed?.hasSuffix("-000000005.safetensors") == true)
      while try session.next() != nil {}
      try session.writeParameters()
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: file.output)) == whole)
    // What no checkpoint needs does not stay.
    file.checkpoints.kept = 1
    _ = try train(file)
    let names = try FileManager.default.contentsOfDirectory(atPath: file.checkpoints.folder)
    #expect(!names.contains { $0.hasPrefix("best-") }, "\(names)")
  }

  @Test("A descent on states resumes after any of its steps, and ends with a readout")
  func fenchel() throws {
    let file = try file(
      "[{fenchel: {readout: y, steps: 4, sweeps: 2, balls: [{radius: 0.9}]}}, {train: {epochs: 1}}]"
    )
    let (whole, events, session) = try train(file)
    #expect(events.count == 5 + 4 && session.isFinished)
    #expect(session.run.progress.stepsBefore == 5)
    for stop in 0...events.count {
      let again = try train(file, stopAfter: [stop])
      #expect(again.output == whole && again.events == events, "stopped after \(stop)")
    }
  }

  @Test("The states of a descent are put into the run for a checkpoint, not at every step")
  func descentStates() throws {
    var stages = try StagedRun(TrainingSetup(file("[{fenchel: {readout: y, steps: 4}}]")))
    for _ in 0..<2 { _ = try stages.next() }
    #expect(stages.run.trainer.state.warmStates.isEmpty)
    let kept = try stages.runToSave().trainer.state
    #expect(kept.warmStates.count == 24 && kept.steps == stages.run.trainer.state.steps)
  }

  @Test("A checkpoint that could not be written is still due")
  func checkpointDue() throws {
    var file = try file("[{train: {epochs: 2}}]")
    file.checkpoints.every = 1
    file.checkpoints.interval = nil
    var session = try TrainingSession(file)
    for _ in 0..<4 { _ = try session.next() }
    // A folder of the checkpoint's name is in its way.
    let path = folder("checkpoints/step-000000003.safetensors")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect(throws: CyclogradError.self) { try session.next() }
    try FileManager.default.removeItem(atPath: path)
    #expect(!session.isFinished)
    _ = try session.next()
    #expect(FileManager.default.fileExists(atPath: path))
  }

  @Test("An error that ends a training says where its last checkpoint could not be written either")
  func checkpointLost() throws {
    // The readout alone doubles its errors many times at each step.
    var file = try file(
      "[{train: {epochs: 9, rate: 1000, optimizer: sgd}}]",
      "groups: [{name: rest, to: h, frozen: true}]")
    (file.checkpoints.every, file.checkpoints.interval) = (nil, nil)
    var session = try TrainingSession(file)
    _ = try session.next()
    try FileManager.default.removeItem(atPath: folder("checkpoints"))
    let error = #expect(throws: CyclogradError.self) { while try session.next() != nil {} }
    #expect(error?.code == .blownUp)
    #expect(error?.advice?.contains("the last checkpoint could not be written") == true)
  }

  @Test(
    "What is wrong with stages is said",
    arguments: [
      ("[]", "empty list"), ("[{fit: {}}]", "no 'readout'"), ("[{walk: {}}]", "walk"),
      ("[{train: {}}]", "no 'epochs'"), ("[{train: {epochs: 1, loss: mse}}]", "loss"),
      ("[{fit: {readout: h}}]", "do not just add"), ("[{fit: {readout: z}}]", "no group 'z'"),
      ("[{fit: {readout: y, ridge: -1}}]", "ridge"),
      ("[{train: {epochs: 1, regularise: [{l1: 1, by: source}]}}]", "does not apply"),
      ("[{train: {epochs: 1, regularise: [{l0: 1}]}}]", "l0"),
      ("[{rewire: {from: q}}]", "no group 'q'"), ("[{rewire: {prune: 2}}]", "share of 2"),
      ("[{repeat: 0, stages: [{fit: {readout: y}}]}]", "repeat"), ("[{repeat: 2}]", "no 'stages'"),
      ("[{fenchel: {readout: h}}]", "do not just add"), ("[{fenchel: {steps: 3}}]", "no 'readout'"),
      ("[{fenchel: {readout: y, growth: 0.5}}]", "grows by"),
      ("[{train: {epochs: 1, moving-average: 1}}]", "moving average"),
      ("[{train: {epochs: 1, accumulate: 0}}]", "accumulate"),
      ("[{train: {epochs: 1, early-stopping: {patience: -1}}}]", "patience"),
      (
        "[{train: {epochs: 1, batch: 24, accumulate: 2, optimizer: lbfgs}}]", "do not go with lbfgs"
      ),
      ("[{train: {epochs: 1, regularise: [{l1: 1, to: z}]}}]", "no group 'z'"),
    ])
  func wrong(stages: String, message: String) throws {
    #expect {
      _ = try train(try file(stages))
    } throws: {
      "\($0)".contains(message)
    }
  }

  @Test(
    "What is normalised is so in every stage",
    arguments: ["[{fit: {readout: y}}]", "[{fit: {readout: y}}, {train: {epochs: 1}}]"])
  func normalisedFit(stages: String) throws {
    var file = try file(stages, "normalise: [{from: h, to: h, bound: 0.05}]")
    file.steps.run.isShuffled = false
    let session = try train(file).session
    let graph = session.setup.trainedGraph(session.run.trainer.parameters)
    var sum = 0.0
    for connection in graph.connections where connection.from == "h" && connection.to == "h" {
      guard case .entries(let entries) = connection.pattern else { continue }
      sum += (entries.values ?? []).reduce(0) { $0 + $1 * $1 }
    }
    // The Frobenius norm of six rows is at most √6 times the 2-norm.
    #expect(sum > 0 && sum.squareRoot() <= 0.05 * 6.0.squareRoot())
  }

  @Test("A readout is fitted to the network that has the normalised weights")
  func fitSeesNormalisedWeights() throws {
    let stages =
      "[{fit: {readout: y, ridge: 1.0e-6}}, {train: {epochs: 1, rate: 1.0e-12, optimizer: sgd}}]"
    let events = try train(file(stages, "normalise: [{from: h, to: h, bound: 0.05}]")).events
    let fitted = try #require(events.first)
    let residual = try #require(
      fitted.firstMatch(of: /residual: ([0-9.e-]+)/).flatMap { Double($0.1) })
    let epoch = try #require(events.last { $0.hasPrefix("epoch") })
    let loss = try #require(epoch.firstMatch(of: /loss: ([0-9.e-]+)/).flatMap { Double($0.1) })
    #expect(abs(loss - residual * residual / 2) <= 1e-6 * (1 + loss))
  }

  @Test("Descents on states do not go with normalised weights, which is said at once")
  func normalisedFenchel() throws {
    let file = try file(
      "[{train: {epochs: 1}}, {fenchel: {readout: y, steps: 3}}]",
      "normalise: [{from: h, to: h, bound: 0.05}]")
    #expect(throws: CyclogradError.self) { try TrainingSession(file, beginning: .resume) }
  }

  @Test(
    "Measures that a number of classes does not have are refused, as by them nothing would be the best"
  )
  func measuresOfClasses() throws {
    _ = try folder.write(
      """
      format: cyclograd/1
      groups:
        - {name: x, size: 2, role: input}
        - {name: y, size: 3, role: output}
      connections:
        - {from: x, to: y}
      """, "classes.yaml")
    _ = try folder.write("a,b,k\n0,1,0\n1,0,1\n1,1,2\n0,0,2\n", "k.csv")
    for (more, isRefused) in [
      ("select: f1", true), ("metrics: [auc]", true), ("metrics: [top-5]", true),
      ("select: top-2", false), ("metrics: [accuracy]", false), ("select: macro-f1", false),
    ] {
      let file = try TrainingFile.read(
        try folder.write(
          """
          format: cyclograd-training/1
          graph: classes.yaml
          data: {file: k.csv, inputs: "a,b", targets: k}
          validation: {file: k.csv}
          task: classifier
          optimizer: adam
          rate: 0.1
          epochs: 1
          \(more)
          """, "k.yaml"))
      if isRefused {
        let error = #expect(throws: CyclogradError.self) { try TrainingSetup(file) }
        #expect(error?.message.contains("not defined for 3 classes") == true)
      } else {
        _ = try TrainingSetup(file)
      }
    }
  }
}
