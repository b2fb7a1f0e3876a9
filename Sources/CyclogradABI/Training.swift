import CCyclogradABI
import Cyclograd
import CyclogradFormats
import CyclogradReports
import Synchronization

/// What `cg_training` points to.
final class TrainingHandle: Sendable {
  let training: Mutex<MemoryTraining>

  init(_ training: MemoryTraining) { self.training = Mutex(training) }
}

/// See the header.
@c @implementation
public func cg_training_create(
  _ simulator: OpaquePointer, _ parameters: UnsafePointer<Double>?,
  _ inputs: UnsafePointer<Double>?, _ targets: UnsafePointer<Double>?, _ samples: Int64,
  _ target_columns: Int64, _ validation: Int64, _ settings: UnsafePointer<CChar>,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> OpaquePointer? {
  call(nil, error) {
    let handles = object(simulator, as: SimulatorHandle.self)
    let network = handles.simulator.network
    var file = try TrainingFile.parse(text: String(cString: settings), name: "the settings")
    try file.refuseWhatNeedsFiles()
    if !file.lossTerms.isEmpty {
      file.options.loss = try CompositeLoss(file.lossTerms, for: network)
    }
    try file.smoothLabels()
    let inputs = try matrix(
      inputs, rows: samples, columns: network.inputCount, "a batch of samples")
    let targets = try matrix(targets, rows: samples, columns: Int(target_columns), "targets")
    guard validation >= 0, validation < samples else {
      throw CyclogradError(
        .shapeMismatch, "\(validation) of \(samples) samples are to validate with",
        advice: "leave one at least to train on")
    }
    let split = Int(samples - validation)
    func table(_ rows: Range<Int>) throws -> SampleTable {
      func part(_ matrix: Matrix) -> Matrix {
        Matrix(
          rows: rows.count, columns: matrix.columns,
          elements: Array(
            matrix.elements[rows.lowerBound * matrix.columns..<rows.upperBound * matrix.columns]))
      }
      return try SampleTable(inputs: part(inputs), targets: part(targets))
    }
    let source = try table(0..<split)
    let steps = (source.count + file.run.batchSize - 1) / file.run.batchSize
    file.options.learningRate = file.learningRate(stepsPerEpoch: steps)
    let trainer = try Trainer(
      handles.simulator, CyclogradABI.parameters(parameters, handles), file.options)
    let judge = try validation > 0 ? table(split..<Int(samples)) : nil
    return handle(
      TrainingHandle(try MemoryTraining(trainer, on: source, validation: judge, file.run)))
  }
}

/// See the header.
@c @implementation
public func cg_training_release(_ training: OpaquePointer?) {
  release(training, as: TrainingHandle.self)
}

/// See the header.
@c @implementation
public func cg_training_next(
  _ training: OpaquePointer, _ token: OpaquePointer?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> UnsafeMutablePointer<CChar>? {
  call(token, error) {
    let event = try object(training, as: TrainingHandle.self).training.withLock { try $0.next() }
    return text(event?.json().line ?? "null")
  }
}

/// See the header.
@c @implementation
public func cg_training_parameters(
  _ training: OpaquePointer, _ values: UnsafeMutablePointer<Double>
) {
  values.take(
    object(training, as: TrainingHandle.self).training.withLock {
      $0.run.trainer.parameters.values
    })
}

/// See the header.
@c @implementation
public func cg_training_save(
  _ training: OpaquePointer, _ path: UnsafePointer<CChar>, _ token: OpaquePointer?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  attempt(token, error) {
    let file = String(cString: path)
    try object(training, as: TrainingHandle.self).training.withLock { try $0.save(to: file) }
  }
}

/// See the header.
@c @implementation
public func cg_training_resume(
  _ training: OpaquePointer, _ path: UnsafePointer<CChar>, _ restart_best: Int32,
  _ token: OpaquePointer?, _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> UnsafeMutablePointer<CChar>? {
  call(token, error) {
    let file = String(cString: path)
    let restarts = restart_best != 0
    let changes = try object(training, as: TrainingHandle.self).training.withLock {
      try $0.resume(file, restartingChoice: restarts)
    }
    return text(JSONValue.list(changes.map { .string($0) }).line)
  }
}

extension TrainingFile {
  /// Refuses what a training of samples in memory has not: it has one network, one stage and one measure, the loss.
  fileprivate func refuseWhatNeedsFiles() throws(CyclogradError) {
    let isRegression = if case .regression = task { true } else { false }
    let given: [(key: String, isGiven: Bool)] = [
      ("stages", !stages.isEmpty), ("class-weights", classWeights != nil), ("task", !isRegression),
      ("metrics", !metrics.isEmpty), ("select", selection != "loss"), ("sizes", !sizes.isEmpty),
      ("graph-seed", graphSeed != nil), ("parameters", parameters != nil),
      ("normalise by share", namesSharedNormalisations),
    ]
    guard let (key, _) = given.first(where: \.isGiven) else { return }
    throw CyclogradError(
      .invalidOption, "'\(key)' is not for samples in memory",
      advice: "leave it out, or train with a training file: cyclograd train FILE")
  }
}
