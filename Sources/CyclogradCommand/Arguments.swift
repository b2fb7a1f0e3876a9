import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation

/// The graph that a command works on.
struct GraphArguments: ParsableArguments {
  @Argument(
    help:
      "A graph file (see Docs/GraphFiles.md), or a network in another format (see Docs/Formats.md)."
  )
  var graph: String

  @Option(help: "How many threads may work at once. Results do not depend on it.")
  var threads: Int = ProcessInfo.processInfo.activeProcessorCount

  @OptionGroup(title: "Other formats than graph files") var reading: ImportArguments

  /// Reads the file and those it refers to, and compiles the graph.
  ///
  /// What the task needs and the file lacks is asked for, not guessed.
  func compile(
    needing needs: Set<ImportedNetwork.Need>, for task: String
  ) throws -> (network: Network, parameters: Parameters) {
    let (_, network, parameters) = try read(needing: needs, for: task)
    return (network, parameters)
  }

  /// The same, together with what the file lacks.
  func read(
    needing needs: Set<ImportedNetwork.Need>, for task: String
  ) throws -> (imported: ImportedNetwork, network: Network, parameters: Parameters) {
    let imported = try reading.read(graph)
    // A graph without groups lacks more than what the task needs; the compiler says so.
    if !imported.graph.groups.isEmpty { try imported.require(needs, for: task) }
    Progress.show("compiling \(graph)")
    let (network, parameters) = try imported.graph.compile(locate: imported.location(of:))
    return (imported, network, parameters)
  }
}

/// What becomes of samples before they enter a network.
struct InputArguments: ParsableArguments {
  @Flag(
    help: """
      Take inputs as they are. Otherwise those that go with --parameters of a training are encoded \
      and scaled as they were there.
      """)
  var asIs = false

  /// The transformation that the parameters came with, if it is wanted and there are inputs.
  func transform(_ parameters: String?, of input: String?) throws -> InputTransform? {
    if asIs, parameters == nil || input == nil {
      let missing = parameters == nil ? "--parameters" : "--input"
      throw CyclogradError(
        .invalidOption, "--as-is means nothing without \(missing)",
        advice:
          "it leaves out the preparation of --input that --parameters of a training bring along; "
          + "leave it out, or give \(missing)")
    }
    guard let parameters, input != nil, !asIs else { return nil }
    return try ParametersFile.transform(parameters)
  }
}

/// When to stop.
struct StoppingArguments: ParsableArguments {
  @Option(help: "T in |residual of unit s| ≤ T · max(1, |z_s|).")
  var tolerance: Double = 1e-10

  @Option(
    help: """
      The most iterations of a solver (default: 10000 for iterations over edges, 200 for Newton's \
      method).
      """)
  var maxIterations: Int?

  func options(threads: Int) throws -> SolverOptions {
    let options = SolverOptions(
      tolerance: tolerance, maximumIterations: maxIterations, threads: threads)
    try options.validate()
    return options
  }
}

/// Which backend solves.
struct BackendArguments: ParsableArguments {
  @Option(
    help: """
      How to solve: \(GradientBackend.all.map(\.name).joined(separator: ", ")) (default: automatic).
      """)
  var backend: String?

  @Option(
    help: """
      How to find equilibria, instead of --backend: \
      \(GradientBackend.stateSolvers.map(\.name).joined(separator: ", ")).
      """)
  var solver: String?

  @Option(
    help: """
      How to solve adjoint systems, instead of --backend: \
      \(GradientBackend.adjointSolvers.map(\.name).joined(separator: ", ")).
      """)
  var adjoint: String?

  /// Whether any option says something.
  var isGiven: Bool { backend != nil || solver != nil || adjoint != nil }

  /// The name of ``chosen()``, in reports.
  var chosenName: String { (try? chosen().name) ?? "" }

  /// The backend that the options name together.
  func chosen() throws -> GradientBackend {
    guard solver != nil || adjoint != nil else {
      return try GradientBackend.named(backend ?? GradientBackend.automatic.name)
    }
    guard backend == nil else {
      throw CyclogradError(
        .invalidOption,
        "--backend and \(solver != nil ? "--solver" : "--adjoint") both say how to solve",
        advice: "a backend is a pair of both; give either --backend, or --solver and --adjoint")
    }
    return try GradientBackend.pair(solver: solver, adjoint: adjoint)
  }
}

/// Samples from a file.
enum SampleFile {
  /// Reads a table with one row a sample, one column for each input or output.
  static func read(
    _ path: String, columns: String?, option: String, transform: InputTransform? = nil
  ) throws -> Matrix {
    Progress.show("reading \(path)")
    let selection = try columns.map { try ColumnSelection($0) }
    let matrix =
      try transform?.inputs(path, columns: selection)
      ?? DataFile.read(path, columns: selection, vectors: .row).matrix
    guard matrix.rows > 0 else {
      throw CyclogradError(
        .malformedFile, "the file has no rows", at: .init(file: path),
        advice: "\(option) needs one row for each sample")
    }
    return matrix
  }

  /// Says which file a mismatch is about.
  static func check(
    _ matrix: Matrix, columns: Int, of what: String, in path: String, option: String? = "--columns"
  ) throws {
    guard matrix.columns == columns else {
      throw CyclogradError(
        .shapeMismatch,
        "the rows have \(Quantity.count(matrix.columns, "column")), but the network has "
          + Quantity.count(columns, what),
        at: .init(file: path),
        advice: option.flatMap {
          matrix.columns > columns
            ? "select the columns, for example with \($0) 0..\(max(0, columns - 1))" : nil
        } ?? "give one number for each of them")
    }
  }

  /// Says which file has targets of the wrong width for a loss.
  static func checkTargets(
    _ targets: Matrix, _ network: Network, _ loss: any Loss, in path: String
  ) throws {
    if loss.targetColumns(outputs: network.outputCount).contains(targets.columns) { return }
    try check(
      targets, columns: network.outputCount, of: "output", in: path, option: "--target-columns")
  }

  /// The inputs of a network: from a file, or one sample without numbers where it has none.
  static func readInputs(
    _ path: String?, columns: String?, _ network: Network, transform: InputTransform? = nil
  ) throws -> Matrix {
    guard let path else {
      guard network.inputCount == 0 else {
        throw CyclogradError(
          .invalidOption,
          "the network has \(Quantity.count(network.inputCount, "input")), but there are no samples",
          advice: "give a file with --input")
      }
      return Matrix(rows: 1, columns: 0)
    }
    guard network.inputCount > 0 else {
      throw CyclogradError(
        .invalidOption, "the network has no inputs", at: .init(file: path),
        advice: "leave --input out; there is one sample")
    }
    let inputs = try read(path, columns: columns, option: "--input", transform: transform)
    try check(inputs, columns: network.inputCount, of: "input", in: path)
    return inputs
  }

  /// States of all units, one row for all samples or one for each.
  static func readStates(_ path: String, _ network: Network, samples: Int) throws -> Matrix {
    let table = try DataFile.read(path, vectors: .row)
    if let names = table.columnNames, names != network.unitNames {
      throw CyclogradError(
        .shapeMismatch, "the columns are not the units of this network in their order",
        at: .init(file: path), advice: "use a file that --save-state wrote for this graph")
    }
    let states = table.matrix
    guard states.columns == network.unitCount, states.rows == 1 || states.rows == samples else {
      throw CyclogradError(
        .shapeMismatch,
        "the file has \(states.rows) rows and \(states.columns) columns for \(samples) samples "
          + "and \(network.unitCount) units",
        at: .init(file: path),
        advice: "give one row for all samples or one for each, with a column for each unit")
    }
    return states
  }
}

/// Files that one call reads and writes.
enum FileNames {
  /// Refuses to write a file twice, or over one that is read.
  static func checkDistinct(
    written: [(option: String, path: String?)], read: [(option: String, path: String?)]
  ) throws {
    func place(_ path: String) -> String {
      URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }
    var seen: [String: String] = [:]
    for (option, path) in read {
      if let path { seen[place(path)] = option }
    }
    for (option, path) in written {
      guard let path, !path.hasPrefix("/dev/") else { continue }
      if let other = seen.updateValue(option, forKey: place(path)) {
        throw CyclogradError(
          .invalidOption, "\(option) would write over the file of \(other)",
          at: .init(file: path), advice: "give another name")
      }
    }
  }
}
