import ArgumentParser
import Cyclograd
import CyclogradFormats
import Foundation

/// What the command line says about a network that its file does not say.
struct ImportArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The file's format: "
        + "\(NetworkFormat.all.filter(\.canRead).map(\.name).joined(separator: ", ")) "
        + "(default: by the file's extension).",
      valueName: "format"))
  var from: String?
  @Option(
    help: ArgumentHelp(
      "The activation of neurons for which the file gives none: tanh, '{leaky-relu: 0.1}', …",
      valueName: "name"))
  var activation: String?
  @Option(
    name: .customLong("input-neurons"),
    help: ArgumentHelp(
      "The input neurons: names, at:20, at:0..63, first:64, last:64, or a number: that many first "
        + "ones.", valueName: "neurons"))
  var inputNeuronLists: [String] = []
  @Option(
    name: .customLong("output-neurons"),
    help: ArgumentHelp(
      "The output neurons, likewise; a number means that many last ones.", valueName: "neurons"))
  var outputNeuronLists: [String] = []
  // Older names, kept for one version.
  @Option(help: .hidden) var inputs: String?
  @Option(help: .hidden) var outputs: String?
  // A number may begin with a minus.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "One bias for each neuron: CSV, text or .npy; or a number for all.", valueName: "file|number")
  )
  var bias: String?
  @Option(
    help: ArgumentHelp(
      "A table of the neurons beside a list of edges or a matrix: CSV, TSV or JSON with a column of their names, and others "
        + "such as type, activation, bias, input, output.", valueName: "file"))
  var neurons: String?
  @Option(
    help: ArgumentHelp(
      "The edges' attribute, or the column, that is the weight (default: weight).",
      valueName: "name"))
  var weightAttribute: String?
  @Option(
    help: ArgumentHelp(
      "The number of an edge list's first neuron, 0 or 1 (default: 0).", valueName: "0|1"))
  var indexBase: Int?
  @Option(
    help: ArgumentHelp(
      "Whether whole numbers in an edge list are neurons' numbers or names (default: names where most numbers "
        + "below the largest have no edge).", valueName: "names|numbers"))
  var ids: String?
  @Flag(
    inversion: .prefixedNo,
    help: "Whether an edge list begins with a header (default: judged from its first line).")
  var header: Bool?
  @Option(
    help: ArgumentHelp(
      "What several edges between the same two neurons are: error, or sum for one edge with the "
        + "sum of their weights (default: error).", valueName: "error|sum"))
  var duplicates: String?
  @Option(
    help: ArgumentHelp(
      "Which table of a SQLite data base has the edges (default: the only one).", valueName: "name")
  )
  var table: String?
  @Option(
    help: ArgumentHelp(
      "What is asked of a SQLite data base; the answer's rows are edges.", valueName: "SELECT …"))
  var query: String?
  @Option(
    help: ArgumentHelp(
      "The column, or the edges' attribute, that says the sign of each weight.", valueName: "name"))
  var signColumn: String?
  @Option(
    name: .customLong("sign"),
    help: ArgumentHelp(
      "What the words of --sign-column, or of the relations of a SIF file, mean: ACH=1,GABA=-1; 0 takes the "
        + "edges of a list away.", valueName: "word=sign,…"))
  var signLists: [String] = []
  @Option(
    help: ArgumentHelp(
      "Draw the weights that the file does not give: normal:0.1, uniform:-1:1, either with :fan-in behind it "
        + "for division by √fan-in, or default (default: such weights are 1).", valueName: "law"))
  var drawWeights: String?
  @Option(
    help: ArgumentHelp("The seed of --draw-weights (default: 0).", valueName: "number"))
  var seed: UInt64?
  @Option(
    help: ArgumentHelp(
      "Which array of an .npz archive is the matrix of weights.", valueName: "name"))
  var array: String?
  @Option(
    help: ArgumentHelp(
      "Multiply all weights by one factor, such that the spectral radius of W, or λ_PF of |W|, is this; or those that "
        + "enter a unit, or leave a neuron, such that their magnitudes add up to this.",
      valueName: "spectral-radius=x|lambda-pf=x|in-strength=x|out-strength=x"))
  var scale: String?
  @Option(help: ArgumentHelp("The weights backup (szekeres).", valueName: "file"))
  var weights: String?
  @Option(help: ArgumentHelp("The switches of training (szekeres).", valueName: "file"))
  var logic: String?
  @Option(help: ArgumentHelp("The values that are not trained (szekeres).", valueName: "file"))
  var fixwb: String?
  @Option(help: ArgumentHelp("The tied weights (szekeres).", valueName: "file"))
  var sharedWeights: String?
  @Option(help: ArgumentHelp("The tied biases (szekeres).", valueName: "file"))
  var sharedBiases: String?
  @Option(
    name: .customLong("activation-3"),
    help: ArgumentHelp(
      "What activation code 3 means (szekeres): relu, arctan, '{leaky-relu: 0.1}', …",
      valueName: "name"))
  var activation3: String?

  /// The options as the readers take them.
  func options() throws -> ImportOptions {
    var options = ImportOptions()
    options.activation = try activation.map {
      try ImportOptions.activation($0, option: "--activation")
    }
    options.inputs = try Self.one(inputNeuronLists.joinedList, inputs, "inputs", "input-neurons")
    options.outputs = try Self.one(
      outputNeuronLists.joinedList, outputs, "outputs", "output-neurons")
    options.bias = bias
    options.neurons = neurons
    options.weightAttribute = weightAttribute
    if let indexBase {
      guard 0...1 ~= indexBase else {
        throw CyclogradError(
          .invalidOption, "--index-base is \(indexBase)", advice: "give 0 or 1")
      }
    }
    options.indexBase = indexBase
    options.ids = try ids.map { word in
      guard let ids = EdgeListIds(rawValue: word) else {
        throw CyclogradError(
          .invalidOption, "--ids is '\(word)'", advice: "give names or numbers")
      }
      return ids
    }
    if ids != nil, indexBase != nil {
      throw CyclogradError(
        .invalidOption, "--ids and --index-base exclude each other",
        advice: "--index-base already says that neurons are numbers")
    }
    options.hasHeader = header
    switch duplicates {
    case nil: break
    case "error": options.duplicates = .refuse
    case "sum": options.duplicates = .sum
    case let word?:
      throw CyclogradError(
        .invalidOption, "--duplicates is '\(word)'", advice: "give error or sum")
    }
    options.drawWeights = try drawWeights.map {
      try ImportOptions.drawnWeights($0, option: "--draw-weights")
    }
    options.seed = seed
    options.table = table
    options.query = query
    options.signColumn = signColumn
    options.signs = try signLists.joinedList.map { try ImportOptions.signs($0, option: "--sign") }
    options.array = array
    options.scale = try scale.map { try WeightScale($0) }
    options.weights = weights
    options.logic = logic
    options.fixedValues = fixwb
    options.sharedWeights = sharedWeights
    options.sharedBiases = sharedBiases
    options.activation3 = try activation3.map {
      try ImportOptions.activation($0, option: "--activation-3")
    }
    return options
  }

  /// The value of an option that has an older name, too.
  private static func one(
    _ value: String?, _ older: String?, _ olderName: String, _ name: String
  ) throws -> String? {
    guard value == nil || older == nil else {
      throw CyclogradError(
        .invalidOption, "--\(olderName) is the older name of --\(name), and both are given",
        advice: "leave out --\(olderName)")
    }
    if let older, olderName == "inputs", FileManager.default.fileExists(atPath: older) {
      throw CyclogradError(
        .invalidOption, "--inputs chooses neurons, but there is a file named \(older)",
        advice: "give samples with --input; --input-neurons name:\(older) is a neuron of that name")
    }
    return value ?? older
  }

  /// Reads a network with these options and says what was assumed.
  func read(_ path: String, _ options: ImportOptions) throws -> ImportedNetwork {
    Progress.show("reading \(path)")
    let imported = try NetworkFormat.read(path, from: from, options: options)
    for remark in imported.remarks { Console.note("\(path): \(remark)") }
    return imported
  }
}
