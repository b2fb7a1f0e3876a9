import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// Whose derivatives a cotangent weights.
enum CotangentSpace: String, ExpressibleByArgument, CaseIterable {
  case outputs, neurons
}

/// What `gradient` differentiates: a loss or a cotangent.
struct ObjectiveArguments: ParsableArguments {
  @Option(help: "The file of targets, one row a sample (default: that of --input).")
  var target: String?
  @Option(
    name: .customLong("target-columns"), help: "Which columns are targets, such as 8 or last:2.")
  var targetColumnLists: [String] = []
  @Option(help: "\(LossRegistry.names) (default: \(HalfSquaredError().name)).")
  var loss: String?
  @Option(
    help: """
      In place of --loss and --target: differentiate the sum of v · a over the samples, with the v of this \
      file, one row a sample.
      """)
  var cotangent: String?
  @Option(help: "What v's columns stand for: \(CotangentSpace.names) (default: outputs).")
  var cotangentOf: CotangentSpace?

  /// Which columns are targets.
  private var targetColumns: String? { targetColumnLists.joinedList }

  /// Refuses what contradicts itself, before anything is read.
  func check() throws {
    guard cotangent != nil else {
      guard cotangentOf == nil else {
        throw CyclogradError(
          .invalidOption,
          "--cotangent-of says what the columns of --cotangent are, which is not given",
          advice: "give the file with --cotangent")
      }
      guard target != nil || targetColumns != nil else {
        throw CyclogradError(
          .invalidOption, "nothing says what is differentiated",
          advice:
            "give the targets of a loss with --target, or with --target-columns those of --input, "
            + "or a file with --cotangent")
      }
      return
    }
    let given = [
      ("--loss", loss != nil), ("--target", target != nil),
      ("--target-columns", targetColumns != nil),
    ]
    if let (option, _) = given.first(where: \.1) {
      throw CyclogradError(
        .invalidOption, "--cotangent and \(option) both say what is differentiated",
        advice: "give --cotangent alone for v · a, or --target and --loss for a loss")
    }
  }

  /// Whether the network must have outputs.
  var needsOutputs: Bool { cotangentOf != .neurons }

  /// The files that are read, with their options.
  var files: [(option: String, path: String?)] {
    [("--target", target), ("--cotangent", cotangent)]
  }

  /// Reads the file.
  ///
  /// - Parameter input: the file of the inputs, where targets can stand too.
  func read(_ network: any NamedNetwork, input: String?) throws -> GradientObjective {
    var none = Matrix(rows: 0, columns: 0)
    return try read(network, of: &none, in: input, nil)
  }

  /// Reads the file, whose targets may stand beside a series that a training cut into windows.
  ///
  /// - Parameters:
  ///   - inputs: the samples; those without targets are left out.
  ///   - input: their file, where targets can stand too.
  ///   - transform: what became of them in the training.
  func read(
    _ network: any NamedNetwork, of inputs: inout Matrix, in input: String?,
    _ transform: InputTransform?
  ) throws -> GradientObjective {
    if let cotangent {
      return .cotangent(try readCotangent(cotangent, network), file: cotangent)
    }
    let loss = try LossRegistry.named(loss ?? HalfSquaredError().name)
    var targets = try SampleFile.readTargets(
      target, columns: targetColumns, input: input, network, loss)
    let file = target ?? input ?? ""
    try SampleFile.pair(&inputs, &targets, transform, isOneFile: file == input, in: file)
    if let remark = loss.remark(network) { Console.note(remark) }
    try SampleFile.checkTargets(targets, network, loss, in: file)
    return .loss(loss, targets: targets, file: file)
  }

  /// Reads the same for a course in time.
  ///
  /// - Parameter input: the file of the inputs, where targets can stand too.
  /// - Returns: the rows, and the times that they are for; `nil` where there is a row for each time of the course.
  func readInTime(
    _ network: any NamedNetwork, input: String?
  ) throws -> (objective: GradientObjective, times: [Double]?) {
    if let cotangent {
      let names = cotangentNames(network)
      let (rows, times) = try TimeFile.timed(
        cotangent, columns: nil, names: names, widths: [names.count], vectors: .row)
      return (.cotangent(try weights(rows, network, cotangent), file: cotangent), times)
    }
    guard let target else {
      let objective = try read(network, input: input)
      return (objective, try input.flatMap { try TimeFile.begins($0, besides: targetColumns) })
    }
    let loss = try LossRegistry.named(loss ?? HalfSquaredError().name)
    let widths = loss.targetColumns(outputs: network.outputCount)
    let (targets, times) = try TimeFile.timed(
      target, columns: targetColumns, names: network.outputNames, widths: widths,
      vectors: widths.contains(1) ? .column : .row)
    if let remark = loss.remark(network) { Console.note(remark) }
    try SampleFile.checkTargets(targets, network, loss, in: target)
    return (.loss(loss, targets: targets, file: target), times)
  }

  private func readCotangent(_ path: String, _ network: any NamedNetwork) throws -> Cotangent {
    let table = try DataFile.read(path, vectors: .row)
    return try weights(table.columns(named: cotangentNames(network), file: path), network, path)
  }

  private func cotangentNames(_ network: any NamedNetwork) -> [String] {
    switch cotangentOf ?? .outputs {
    case .outputs: network.outputNames
    case .neurons: network.neuronNames
    }
  }

  private func weights(
    _ rows: Matrix, _ network: any NamedNetwork, _ path: String
  ) throws -> Cotangent {
    let space = cotangentOf ?? .outputs
    try SampleFile.check(
      rows, columns: cotangentNames(network).count, of: space == .outputs ? "output" : "neuron",
      in: path, option: nil)
    return space == .outputs ? .outputs(rows) : .neurons(rows)
  }
}

extension CotangentSpace {
  /// All of them, for help texts.
  static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

/// What is differentiated, with the file that it came from.
enum GradientObjective {
  case loss(any Loss, targets: Matrix, file: String)
  case cotangent(Cotangent, file: String)

  /// Errors about its numbers name the file that they came from.
  func located<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch var error as CyclogradError
      where error.code == .shapeMismatch || error.code == .invalidValue
    {
      switch self {
      case .loss(_, _, let file), .cotangent(_, let file): error.location.file = file
      }
      throw error
    }
  }

  func differentiate(
    _ simulator: Simulator, _ equilibrium: Equilibrium, _ kind: GradientKind,
    skippingFailures: Bool = false, _ trace: ResidualTrace? = nil
  ) throws -> GradientOutcome {
    try located {
      switch self {
      case .loss(let loss, let targets, _):
        try simulator.differentiate(
          loss, targets: targets, at: equilibrium, kind: kind, skippingFailures: skippingFailures,
          trace: trace)
      case .cotangent(let cotangent, _):
        try simulator.differentiate(
          cotangent, at: equilibrium, kind: kind, skippingFailures: skippingFailures, trace: trace)
      }
    }
  }

  /// The gradient through a course.
  ///
  /// - Parameter times: what the rows are for; all times of the course if `nil`.
  func differentiate(
    _ simulator: Simulator, _ course: TimeCourse, times: [Double]?
  ) throws -> TimeCourseGradient {
    try located { try checkRows(course, times) }
    return try located {
      switch self {
      case .loss(let loss, let targets, _):
        try simulator.gradient(of: loss, targets: targets, at: course, times: times)
      case .cotangent(let cotangent, _):
        try simulator.gradient(of: cotangent, at: course, times: times)
      }
    }
  }

  /// Refuses rows of which nothing says what times they are for.
  private func checkRows(_ course: TimeCourse, _ times: [Double]?) throws {
    let (rows, what) =
      switch self {
      case .loss(_, let targets, _): (targets.rows, "targets")
      case .cotangent(let cotangent, _): (cotangent.values.rows, "the cotangent")
      }
    guard times == nil, rows != course.times.count else { return }
    throw CyclogradError(
      .shapeMismatch,
      "\(Quantity.count(rows, "row")) of \(what) for \(Quantity.count(course.times.count, "time"))",
      advice: "give a row for each of --times, or say in a column t which of them each row is for")
  }

  func check(
    _ gradient: TimeCourseGradient, _ course: TimeCourse, times: [Double]?, _ options: SolverOptions
  ) throws -> GradientCheck {
    switch self {
    case .loss(let loss, let targets, _):
      try GradientCheck(
        gradient, of: loss, targets: targets, times: times, at: course, options: options,
        progress: Progress.show)
    case .cotangent(let cotangent, _):
      try GradientCheck(
        gradient, of: cotangent, times: times, at: course, options: options, progress: Progress.show
      )
    }
  }

  /// The part of one sample.
  subscript(sample: Int) -> GradientObjective {
    switch self {
    case .loss(let loss, let targets, let file):
      .loss(loss, targets: targets.selecting(rows: [sample]), file: file)
    case .cotangent(let cotangent, let file): .cotangent(cotangent[sample], file: file)
    }
  }

  func check(
    _ gradient: Gradient, _ equilibrium: Equilibrium, _ options: SolverOptions
  ) throws -> GradientCheck {
    switch self {
    case .loss(let loss, let targets, _):
      try GradientCheck(
        gradient, of: loss, targets: targets, at: equilibrium, options: options,
        progress: Progress.show)
    case .cotangent(let cotangent, _):
      try GradientCheck(
        gradient, of: cotangent, at: equilibrium, options: options, progress: Progress.show)
    }
  }

  func certificate(
    _ gradient: Gradient, _ equilibrium: Equilibrium, threads: Int
  ) throws -> GradientCertificate {
    switch self {
    case .loss(let loss, let targets, _):
      try GradientCertificate(
        gradient, of: loss, targets: targets, at: equilibrium, threads: threads)
    case .cotangent(let cotangent, _):
      try GradientCertificate(gradient, of: cotangent, at: equilibrium, threads: threads)
    }
  }

  /// What the value is called in a sentence.
  var valueName: String {
    switch self {
    case .loss: "loss"
    case .cotangent: "sum of v · a"
    }
  }

  /// What it is and its value, for JSON.
  func entries(_ value: Double?) -> [(key: String, value: JSONValue)] {
    switch self {
    case .loss(let loss, _, _): [("loss_name", .string(loss.name)), ("loss", .optional(value))]
    case .cotangent(.outputs, _):
      [("cotangent_of", .string(CotangentSpace.outputs.rawValue)), ("sum", .optional(value))]
    case .cotangent(.neurons, _):
      [("cotangent_of", .string(CotangentSpace.neurons.rawValue)), ("sum", .optional(value))]
    }
  }
}
