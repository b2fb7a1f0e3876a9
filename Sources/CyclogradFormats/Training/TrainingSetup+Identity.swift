import Cyclograd

extension TrainingFile {
  /// What a training over several processes is of, by names: what its losses, the order of its samples and the best of
  /// its validations depend on.
  package func distributedIdentity(_ data: PreparedData) -> [String: String] {
    [
      "seed": String(run.seed), "shuffle": String(run.isShuffled), "loss": options.loss.name,
      "task": TrainingSetup.text(task), "select": selection,
      "preparation of inputs": data.transform?.comparedText.map(TrainingSetup.digest) ?? "none",
      "training data": data.parts[.training].map(TrainingSetup.digest) ?? "none",
      "validation data": data.parts[.validation].map(TrainingSetup.digest) ?? "none",
    ]
  }
}

extension TrainingSetup {
  /// What a run of this training is made of, its samples included.
  ///
  /// - Throws: what reading samples that stay on the disk throws.
  /// - Complexity: linear in the samples in memory; of those that stay on the disk at most 1,024 rows are read.
  func identity(of run: TrainingRun) throws -> TrainingIdentity {
    var result = TrainingIdentity(run)
    result.values[.task] = Self.text(file.task)
    result.values[.stages] = Self.text(file)
    result.values[.select] = file.selection
    result.values[.metrics] = file.metrics.isEmpty ? "none" : file.metrics.joined(separator: ", ")
    result.values[.backend] = file.backend.name
    result.values[.tolerance] = String(file.solver.tolerance)
    result.values[.iterations] = file.solver.maximumIterations.map(String.init) ?? "the solver's"
    result.values[.preparation] = data.transform?.comparedText.map(Self.digest) ?? "none"
    result.values[.trainingData] =
      try data.stream.map { stream in try Self.digest(stream) }
      ?? data.parts[.training].map(Self.digest)
    result.values[.validationData] = data.parts[.validation].map(Self.digest) ?? "none"
    return result
  }

  private static func text(_ file: TrainingFile) -> String {
    let stages = file.stages.enumerated().map { number, stage in
      switch stage {
      case .fit(let fit): "fit \(fit.name) with the ridge \(fit.ridge)"
      case .fenchel(let options):
        "fenchel \(options.steps) steps for \(options.readout), ridge \(options.ridge), weight "
          + "\(options.weight), growth \(options.growth), \(options.sweeps) sweeps, balls "
          + options.balls.map { "\($0.radius)" }.joined(separator: " ")
      case .rewire(let rule):
        "rewire \(rule.prune) by \(rule.criterion.rawValue), grow \(rule.grow), to \(rule.edges.map(String.init) ?? "as many") edges from "
          + "\(rule.selection.source ?? "all") to \(rule.selection.target ?? "all")"
      case .match(let rule):
        "match \(rule.radius) of \(rule.groups?.joined(separator: " ") ?? "all"), only cycles "
          + "\(rule.countsOnlyCycles), refit \(rule.refits)"
          + (rule.pattern == .edges ? "" : ", pattern \(rule.pattern.rawValue)")
      case .train(let steps):
        "train \(steps.run.epochs) epochs by \(steps.options.optimizer.name)"
      }
    }
    return stages.isEmpty ? "one" : stages.joined(separator: "; ")
  }

  fileprivate static func text(_ task: MeasuredTask) -> String {
    switch task {
    case .regression: "regression"
    case .classifier(let threshold): "classifier with the threshold \(threshold)"
    case .autoencoder(.exact): "autoencoder"
    case .autoencoder(.standardised(let lower, let upper, let step)):
      "autoencoder with thresholds from \(lower) to \(upper) by \(step)"
    }
  }

  fileprivate static func digest(_ samples: PreparedData.Samples) -> String {
    digest(
      samples.inputs, samples.targets, labels: (samples.labels ?? []).map { Int64($0) })
  }

  /// The same of samples in memory that have no labels.
  static func tableDigest(_ samples: SampleTable) -> String {
    digest(samples.inputs, samples.targets, labels: [])
  }

  private static func digest(_ stream: StreamedSamples) throws -> String {
    let most = 1024
    let rows = (0..<min(most, stream.count)).map { $0 * stream.count / min(most, stream.count) }
    let (inputs, targets) = try stream.samples(rows)
    return digest(inputs, targets, labels: [])
  }

  private static func digest(_ inputs: Matrix, _ targets: Matrix, labels: [Int64]) -> String {
    let sums = [inputs.elements, targets.elements].map { elements in
      elements.withUnsafeBytes { NetworkFingerprint.hexadecimal(Checksum.crc32($0)) }
    }
    let classes =
      labels.isEmpty
      ? [] : [labels.withUnsafeBytes { NetworkFingerprint.hexadecimal(Checksum.crc32($0)) }]
    return "\(inputs.rows) × \(inputs.columns), digest " + (sums + classes).joined(separator: "-")
  }

  /// A checksum of a text.
  package static func digest(_ text: String) -> String {
    Array(text.utf8).withUnsafeBytes { NetworkFingerprint.hexadecimal(Checksum.crc32($0)) }
  }
}
