import ArgumentParser
import Cyclograd
import CyclogradFormats

/// What inputs are that a file leaves out.
enum MissingInputs: String, ExpressibleByArgument, CaseIterable {
  case error, zero
}

/// The samples that a command works on, and what becomes of them before they enter a network.
struct SampleArguments: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The samples: CSV, text, JSON or .npy; left out for a network without inputs.",
      valueName: "file"))
  var input: String?
  @Option(
    name: .customLong("columns"),
    help: ArgumentHelp(
      "Which columns are inputs, such as 0..7, 0,2,last:3, or names in the header.",
      valueName: "columns"))
  var columnLists: [String] = []
  @Flag(
    help: """
      Take inputs as they are. Otherwise those that go with --parameters of a training are taken from \
      the same columns, encoded, scaled and cut into windows as they were there.
      """)
  var asIs = false
  @Option(
    help: ArgumentHelp(
      "What input neurons are that the header of --input leaves out.",
      valueName: MissingInputs.allCases.map(\.rawValue).joined(separator: "|")))
  var missingInputs = MissingInputs.error

  /// Whether inputs that are left out are 0.
  var missingAreZero: Bool { missingInputs == .zero }

  /// Which columns are inputs.
  var columns: String? { columnLists.joinedList }

  /// Whether any option says something.
  var isGiven: Bool { input != nil || columns != nil || asIs || missingAreZero }

  /// Refuses a graph file in the place of samples.
  func refuseGraph(beside graph: String) throws {
    guard let input, [".yaml", ".yml"].contains(where: input.lowercased().hasSuffix) else { return }
    throw CyclogradError(
      .invalidOption, "--input names a graph file, not samples", at: .init(file: input),
      advice: "the graph stands alone and samples follow --input: \(input) --input \(graph)")
  }

  /// The inputs of a network, prepared as its parameters ask for: from the file, or one sample without numbers where
  /// the network has no inputs.
  ///
  /// - Parameter parameters: the file of parameters, if one is given.
  func inputs(of network: any NamedNetwork, parameters: String?) throws -> Matrix {
    try SampleFile.readInputs(
      input, columns: columns, network, transform: transform(parameters: parameters),
      missingAreZero: missingAreZero)
  }

  /// The transformation that the parameters came with, if it is wanted and there are inputs; one that leaves numbers as
  /// they are still knows their columns.
  ///
  /// - Throws: `CyclogradError` also for options that would have no effect.
  func transform(parameters: String?) throws -> InputTransform? {
    if columns != nil, input == nil {
      throw CyclogradError(
        .invalidOption, "--columns selects columns, but there is no file to select them from",
        advice: "give --input")
    }
    if asIs, parameters == nil || input == nil {
      let missing = parameters == nil ? "--parameters" : "--input"
      throw CyclogradError(
        .invalidOption, "--as-is means nothing without \(missing)",
        advice:
          "it leaves out the preparation of --input that --parameters of a training bring along; "
          + "leave it out, or give \(missing)")
    }
    if missingAreZero, input == nil || columns != nil {
      throw CyclogradError(
        .invalidOption,
        "--missing-inputs is about inputs that are found by their names, but "
          + (input == nil ? "there is no --input" : "--columns says which columns they are"),
        advice: "leave it out")
    }
    guard let parameters, input != nil, !asIs else { return nil }
    guard let transform = try ParametersFile.transform(parameters) else { return nil }
    if missingAreZero, !transform.isIdentity {
      throw CyclogradError(
        .invalidOption,
        "inputs are \(transform.summary) as in the training, which needs all of their columns",
        advice: "leave --missing-inputs out, or give inputs as the network takes them with --as-is")
    }
    return transform
  }

  /// The same for a command's graph.
  func transform(_ graph: GraphArguments) throws -> InputTransform? {
    try transform(parameters: graph.parameters)
  }

  /// The same for a command's graph.
  func inputs(of network: Network, _ graph: GraphArguments) throws -> Matrix {
    try inputs(of: network, parameters: graph.parameters)
  }
}
