public import Cyclograd

/// What a person says about a network that its file does not say, and how to read the file.
///
/// An option that the format has no use for is an error, not ignored.
public struct ImportOptions: Sendable {
  /// The activation of the neurons for which the file gives none.
  public var activation: Activation?
  /// The input neurons: names, `at:20`, `at:0..63`, `first:64`, `last:64`, or a plain number for the first ones.
  public var inputs: String?
  /// The output neurons: as the inputs, but a plain number stands for the last ones.
  public var outputs: String?
  /// A file with one bias for each neuron.
  public var bias: String?
  /// A table that says what the neurons are, with a column of their names.
  public var neurons: String?
  /// The attribute or column that has the weights; `weight` if `nil`.
  public var weightAttribute: String?
  /// The number of the first neuron in an edge list, 0 or 1.
  public var indexBase: Int?
  /// Whether whole numbers in an edge list are neurons' numbers or names; judged from the numbers if `nil`.
  public var ids: EdgeListIds?
  /// Whether the first line of an edge list is a header; judged from the line if `nil`.
  public var hasHeader: Bool?
  /// What happens to several edges between the same two neurons; an error if `nil`.
  public var duplicates: DuplicateEntries?
  /// The column or attribute that says the sign of each weight.
  public var signColumn: String?
  /// What the words of that column multiply a weight by: 1, −1 or 0.
  public var signs: [String: Double]?
  /// What the weights that the file does not give are drawn from; they are 1 if `nil`.
  public var drawWeights: InitialValue?
  /// The seed of the weights that are drawn; 0 if `nil`.
  public var seed: UInt64?
  /// The table of a data base that has the edges.
  public var table: String?
  /// What is asked of a data base; its answer has the edges.
  public var query: String?
  /// Which array of an `.npz` archive is the matrix of weights.
  public var array: String?
  /// A safetensors file whose parameters take the place of the network's own.
  public var parameters: String?
  /// How all weights are scaled, in any format; not at all if `nil`.
  public var scale: WeightScale?
  /// The weights backup of Szekeres and Izsák's simulator.
  public var weights: String?
  /// The file that says which parameters are trained.
  public var logic: String?
  /// The file with the values of the parameters that are not trained.
  public var fixedValues: String?
  /// The file of tied weights.
  public var sharedWeights: String?
  /// The file of tied biases.
  public var sharedBiases: String?
  /// What the simulator's activation code 3 stands for.
  public var activation3: Activation?

  /// Whether edges in shards stay there, for those who read a part of them; see ``ImportedNetwork/rowSources``.
  package var keepsShards = false

  /// Creates options that say nothing.
  public init() {}

  /// An option by the name that the command gives it.
  enum Name: String, CaseIterable {
    case activation, bias, neurons
    case inputs = "input-neurons"
    case outputs = "output-neurons"
    case weightAttribute = "weight-attribute"
    case indexBase = "index-base"
    case ids, header, duplicates, array, parameters, weights, logic, fixwb
    case signColumn = "sign-column"
    case sign
    case table, query
    case drawWeights = "draw-weights"
    case seed
    case sharedWeights = "shared-weights"
    case sharedBiases = "shared-biases"
    case activation3 = "activation-3"
  }

  /// The options that were given.
  var given: [Name] {
    Name.allCases.filter { name in
      switch name {
      case .activation: activation != nil
      case .inputs: inputs != nil
      case .outputs: outputs != nil
      case .bias: bias != nil
      case .neurons: neurons != nil
      case .weightAttribute: weightAttribute != nil
      case .indexBase: indexBase != nil
      case .ids: ids != nil
      case .header: hasHeader != nil
      case .duplicates: duplicates != nil
      case .signColumn: signColumn != nil
      case .sign: signs != nil
      case .table: table != nil
      case .query: query != nil
      case .drawWeights: drawWeights != nil
      case .seed: seed != nil
      case .array: array != nil
      case .parameters: parameters != nil
      case .weights: weights != nil
      case .logic: logic != nil
      case .fixwb: fixedValues != nil
      case .sharedWeights: sharedWeights != nil
      case .sharedBiases: sharedBiases != nil
      case .activation3: activation3 != nil
      }
    }
  }

  /// The weight of an edge for which the file gives none; NaN stands for one that is drawn.
  var unknownWeight: Double { drawWeights == nil ? 1 : .nan }

  /// An activation as graph files write it: `tanh`, or `{leaky-relu: 0.1}`.
  public static func activation(_ text: String, option: String) throws -> Activation {
    do {
      return try ActivationText.activation(text)
    } catch let error as CyclogradError {
      throw CyclogradError(
        .invalidOption, "\(option): \(error.message)", advice: error.advice)
    }
  }
}
