import Cyclograd

/// The tensors and metadata of a checkpoint.
struct CheckpointContent {
  var tensors: [(name: String, tensor: SafetensorsTensor)] = []
  var metadata: [String: String] = [:]

  init() {}

  init(_ file: SafetensorsFile) throws {
    metadata = file.metadata
    tensors = try file.names.map { ($0, try file.tensor($0)) }
  }

  /// The sum over names, types, shapes and bytes of all tensors and all other metadata.
  var checksum: String {
    var lines: [String] = []
    for (name, tensor) in tensors {
      let sum = tensor.values.withBytes { Checksum.crc32($0) }
      lines.append("\(name) \(tensor.values.type) \(tensor.shape) \(sum)")
    }
    for (key, value) in metadata where key != "checksum" { lines.append("\(key)=\(value)") }
    let text = Array(lines.sorted().joined(separator: "\n").utf8)
    return NetworkFingerprint.hexadecimal(text.withUnsafeBytes { Checksum.crc32($0) })
  }

  private static let epochColumns = 8
  private static let validationColumns = 5

  // MARK: Writing

  mutating func add(_ checkpoint: Checkpoint, _ network: Network) throws {
    let (state, progress) = (checkpoint.trainer, checkpoint.progress)
    metadata["format"] = Checkpoint.format
    metadata["network"] = network.name
    checkpoint.identity.write(to: &metadata)
    metadata[InputTransform.key] = checkpoint.transform?.text
    try CheckpointNetwork(network).write(to: &metadata)
    func add(_ name: String, _ values: SafetensorsTensor.Values) {
      tensors.append((name, SafetensorsTensor(values)))
    }
    func add(_ name: String, rows: [[Double]], columns: Int) {
      tensors.append(
        (name, SafetensorsTensor(shape: [rows.count, columns], values: .f64(rows.flatMap { $0 }))))
    }
    add("parameters", .f64(state.parameters.values))
    if let topology = checkpoint.topology {
      add("topology.starts", .i64(topology.rowStarts.map { Int64($0) }))
      add("topology.columns", .i32(topology.columns))
    }
    add("optimizer", .f64(state.optimizer.memory))
    if !state.average.isEmpty { add("average", .f64(state.average)) }
    for (index, vector) in state.normalisation.enumerated() {
      add("normalise.\(index)", .f64(vector))
    }
    add(
      "counts",
      .i64(
        [
          state.optimizer.updates, state.steps, state.skippedSamples, state.emptySteps,
          state.plateau.waited, state.plateau.cooldown, progress.epoch, progress.stepInEpoch,
          progress.validationsInEpoch, progress.comparableFrom, progress.stage,
          progress.epochsBefore, progress.stepsBefore, progress.stopping.waited,
        ].map { Int64($0) }))
    add(
      "numbers",
      .f64([state.plateau.factor, state.plateau.best] + (progress.best.map { [$0] } ?? [])))
    add("stopping", .f64([progress.stopping.best]))
    let warm = state.warmStates.sorted { $0.key < $1.key }
    add("warm.samples", .i64(warm.map { Int64($0.key) }))
    add("warm.states", rows: warm.map(\.value), columns: warm.first?.value.count ?? 0)
    add("epoch", rows: [Self.row(progress.sums)], columns: Self.epochColumns)
    add("history.epochs", rows: progress.epochs.map(Self.row), columns: Self.epochColumns)
    addValidations(progress.validations)
  }

  /// A row for each validation, with a column for every quantity that any of them has. Where they differ, as in a
  /// training that was continued with other measures, `history.measured` says which are there.
  private mutating func addValidations(_ validations: [ValidationReport]) {
    var names: [String] = []
    var places: [String: Int] = [:]
    for measurement in validations.lazy.flatMap(\.measurements)
    where places[measurement.name] == nil {
      metadata["measurement.\(names.count)"] = measurement.name
      places[measurement.name] = names.count
      names.append(measurement.name)
    }
    var (values, measured): ([Double], [Int64]) = ([], [])
    for report in validations {
      values += [
        Double(report.step), Double(report.epoch), report.loss, Double(report.failed),
        report.isBest ? 1 : 0,
      ]
      var own = [Double](repeating: 0, count: names.count)
      var flags = [Int64](repeating: 0, count: names.count)
      for (order, measurement) in report.measurements.enumerated() {
        guard let place = places[measurement.name] else { continue }
        own[place] = measurement.value
        flags[place] = Int64(order + 1)
      }
      values += own
      measured += flags
    }
    let width = Self.validationColumns + names.count
    tensors.append(
      (
        "history.validations",
        SafetensorsTensor(shape: [validations.count, width], values: .f64(values))
      ))
    tensors.append(
      (
        "history.measured",
        SafetensorsTensor(shape: [validations.count, names.count], values: .i64(measured))
      ))
  }

  private static func row(_ report: EpochReport) -> [Double] {
    [
      Double(report.epoch), Double(report.step), report.loss, Double(report.used),
      Double(report.skipped), report.learningRate, Double(report.forwardIterations),
      Double(report.backwardIterations),
    ]
  }

  // MARK: Reading

  func checkpoint(_ network: Network, _ path: String) throws -> Checkpoint {
    var counts = try integers("counts", path)
    let numbers = try doubles("numbers", path)
    let keys = try integers("warm.samples", path)
    // Earlier versions knew neither stages nor early stopping.
    if counts.count == 10 { counts += [0, 0, 0, 0] }
    guard counts.count == 14, counts.allSatisfy({ $0 >= 0 }), 2...3 ~= numbers.count,
      Set(keys).count == keys.count
    else { throw Checkpoint.damaged(path, "its numbers are incomplete") }
    let parameters = try doubles("parameters", path)
    guard parameters.count == network.parameterCount else {
      throw Checkpoint.damaged(path, "its parameters are incomplete")
    }
    var state = TrainerState(
      parameters: Parameters(parameters),
      optimizer: OptimizerState(updates: counts[0], memory: try doubles("optimizer", path)))
    state.steps = counts[1]
    state.skippedSamples = counts[2]
    state.emptySteps = counts[3]
    state.plateau.waited = counts[4]
    state.plateau.cooldown = counts[5]
    state.plateau.factor = numbers[0]
    state.plateau.best = numbers[1]
    let warm = try rows("warm.states", keys.isEmpty ? 0 : network.unitCount, path)
    guard warm.count == keys.count else {
      throw Checkpoint.damaged(path, "its states are incomplete")
    }
    state.warmStates = Dictionary(uniqueKeysWithValues: zip(keys, warm))
    while has("normalise.\(state.normalisation.count)") {
      state.normalisation.append(try doubles("normalise.\(state.normalisation.count)", path))
    }
    if has("average") {
      state.average = try doubles("average", path)
      guard state.average.count == network.parameterCount else {
        throw Checkpoint.damaged(path, "its average is incomplete")
      }
    }
    var progress = TrainingProgress()
    progress.stopping.waited = counts[13]
    if has("stopping") {
      guard let best = try doubles("stopping", path).first else {
        throw Checkpoint.damaged(path, "its numbers are incomplete")
      }
      progress.stopping.best = best
    }
    progress.epoch = counts[6]
    progress.stepInEpoch = counts[7]
    progress.validationsInEpoch = counts[8]
    progress.comparableFrom = counts[9]
    progress.stage = counts[10]
    progress.epochsBefore = counts[11]
    progress.stepsBefore = counts[12]
    progress.best = numbers.count == 3 ? numbers[2] : nil
    let epochs = try rows("history.epochs", Self.epochColumns, path)
    progress.epochs = try epochs.map { try report($0, path) }
    guard let sums = try rows("epoch", Self.epochColumns, path).first else {
      throw Checkpoint.damaged(path, "its epoch is incomplete")
    }
    progress.sums = try report(sums, path)
    progress.validations = try validations(path)
    return Checkpoint(
      trainer: state, progress: progress,
      identity: TrainingIdentity(metadata: metadata),
      transform: try metadata[InputTransform.key].map { try InputTransform($0, file: path) })
  }

  private func validations(_ path: String) throws -> [ValidationReport] {
    var names: [String] = []
    while let name = metadata["measurement.\(names.count)"] { names.append(name) }
    let width = Self.validationColumns
    let found = try rows("history.validations", width + names.count, path)
    let measured = try integers("history.measured", path)
    guard measured.count == found.count * names.count else {
      throw Checkpoint.damaged(path, "its validations are incomplete")
    }
    return try found.enumerated().map { number, row in
      let order = measured[number * names.count..<(number + 1) * names.count]
      let measurements = zip(zip(names, row[width...]), order).filter { $0.1 > 0 }
        .sorted { $0.1 < $1.1 }.map { Validation.Measurement($0.0.0, $0.0.1) }
      return ValidationReport(
        step: try integer(row[0], path), epoch: try integer(row[1], path), loss: row[2],
        failed: try integer(row[3], path), measurements: measurements,
        isBest: try integer(row[4], path) == 1)
    }
  }

  private func report(_ row: [Double], _ path: String) throws -> EpochReport {
    EpochReport(
      epoch: try integer(row[0], path), step: try integer(row[1], path), loss: row[2],
      used: try integer(row[3], path), skipped: try integer(row[4], path), learningRate: row[5],
      forwardIterations: try integer(row[6], path), backwardIterations: try integer(row[7], path))
  }

  private func integer(_ value: Double, _ path: String) throws -> Int {
    guard let value = Int(exactly: value) else {
      throw Checkpoint.damaged(path, "\(value) is not a whole number")
    }
    return value
  }

  private func has(_ name: String) -> Bool { tensors.contains { $0.name == name } }

  private func tensor(_ name: String, _ path: String) throws -> SafetensorsTensor {
    guard let tensor = tensors.first(where: { $0.name == name })?.tensor else {
      throw Checkpoint.damaged(path, "it has no tensor \(name)")
    }
    return tensor
  }

  private func doubles(_ name: String, _ path: String) throws -> [Double] {
    guard case .f64(let values) = try tensor(name, path).values else {
      throw Checkpoint.damaged(path, "the tensor \(name) is of another type")
    }
    return values
  }

  private func integers(_ name: String, _ path: String) throws -> [Int] {
    guard case .i64(let values) = try tensor(name, path).values else {
      throw Checkpoint.damaged(path, "the tensor \(name) is of another type")
    }
    return values.map { Int($0) }
  }

  private func rows(_ name: String, _ columns: Int, _ path: String) throws -> [[Double]] {
    let shape = try tensor(name, path).shape
    let values = try doubles(name, path)
    // Rows without columns take no bytes, so a header can claim any number of them.
    guard shape.count == 2, shape[1] == columns, columns > 0 || shape[0] == 0 else {
      throw Checkpoint.damaged(path, "the tensor \(name) has the shape \(shape)")
    }
    return (0..<shape[0]).map { Array(values[$0 * columns..<($0 + 1) * columns]) }
  }
}
