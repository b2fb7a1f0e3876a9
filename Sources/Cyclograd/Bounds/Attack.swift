/// Inputs within a box that come as near as was found to another class than a sample's own, or beyond; evaluated by
/// solving the network.
public struct Attack: Sendable {
  /// How an attack looks for inputs.
  public enum Kind: String, Sendable, CaseIterable {
    /// One step to the corner that the gradient of a margin points to; where few inputs change, those that
    /// promise most.
    case gradient
    /// Such steps repeated, short ones, from several points of the box.
    case projected
    /// The inputs with the largest sensitivities go to their other side.
    case sensitivity
    /// The corners that the multipliers of the dual bound point to.
    case dual
    /// The inputs where a linear program has its optimum; in builds with the package trait `Clp`.
    case lp
    /// Random corners; where few inputs change, random ends of random inputs. What an attack has to be better than.
    case random

    /// The order in which they are tried: of equally good inputs the first is kept.
    fileprivate static let inOrder: [Kind] = [
      .random, .sensitivity, .gradient, .dual, .lp, .projected,
    ]

    /// Those of this build.
    public static let available =
      BoundMethod.direct.contains(.lp) ? allCases : allCases.filter { $0 != .lp }
  }

  /// What was found for one sample.
  public struct Row: Sendable {
    /// The class that is attacked.
    public var target: Int
    /// The input with the largest margin of another class.
    public var input: [Double]
    /// The outputs of the sample.
    public var before: [Double]
    /// The outputs of the input that was found.
    public var after: [Double]
    /// The largest difference between another output and that of the class; positive: the class has changed.
    public var margin: Double
    /// How it was found; `nil`: nothing is better than the sample itself.
    public var kind: Kind?
    /// Why there is none: the sample has no equilibrium.
    public var reason: String?

    /// Whether the sample itself is of the class.
    public var isCorrectBefore: Bool { AttackSearch.margin(before, target).value < 0 }
    /// Whether the found input is of another class.
    public var isSuccessful: Bool { margin > Attack.certainty * (1 + (after.map(abs).max() ?? 0)) }
  }

  /// Margins below this share of the outputs may be errors of the equilibrium.
  static let certainty = 1e-9

  /// One for each sample.
  public let rows: [Row]
  /// Kinds that say nothing of this network, with the reason.
  public let inapplicable: [(kind: Kind, reason: String)]

  /// Attacks each sample's class.
  ///
  /// - Parameters:
  ///   - parameters: the weights and biases.
  ///   - box: where inputs may go.
  ///   - targets: the class of each sample; `nil`: the one with the largest output.
  ///   - simulator: solves the network; its threads share the samples.
  ///   - kinds: how to look.
  ///   - steps: of ``Kind/projected``, 1 or more.
  ///   - restarts: from how many points it begins, 1 or more; the first is the sample. Of ``Kind/random``, how many
  ///     corners there are.
  ///   - seed: of random points; each sample has the same ones.
  /// - Throws: ``CyclogradError``: `invalid-option` for a network with one output, a class that there is not, and
  ///   without steps or restarts; `shape-mismatch` for targets or samples that do not fit; `not-applicable` for
  ///   ``Kind/lp`` in a build without it, and where no kind can be applied.
  /// - Complexity: steps × restarts equilibria and adjoints of every sample.
  public init(
    on parameters: Parameters, within box: InputBox, targets: [Int]? = nil,
    by simulator: Simulator, kinds: Set<Kind> = [.gradient, .projected], steps: Int = 12,
    restarts: Int = 3, seed: UInt64 = 0
  ) throws {
    guard steps >= 1, restarts >= 1 else {
      throw CyclogradError(
        .invalidOption, "an attack has \(steps) steps and \(restarts) restarts",
        advice: "give 1 or more of each")
    }
    if kinds.contains(.lp) { try BoundMethod.requireLinearPrograms(for: "the attack lp") }
    let first = try simulator.equilibrium(parameters, inputs: box.samples)
    let targets = try Attack.targets(targets, first)
    var search = AttackSearch(
      parameters: parameters, box: box, simulator: simulator, targets: targets, first: first)
    var inapplicable: [(kind: Kind, reason: String)] = []
    for kind in Kind.inOrder where kinds.contains(kind) {
      do {
        switch kind {
        case .random: try search.random(restarts: restarts, seed: seed)
        case .sensitivity: try search.bySensitivity()
        case .gradient: try search.byGradient()
        case .dual: try search.byMultipliers(usesProgram: false)
        case .lp: try search.byMultipliers(usesProgram: true)
        case .projected: try search.projected(steps: steps, restarts: restarts, seed: seed)
        }
      } catch let error as CyclogradError where error.code == .notApplicable {
        inapplicable.append((kind, error.message))
        if inapplicable.count == kinds.count { throw error }
      }
    }
    rows = search.rows
    self.inapplicable = inapplicable
  }

  /// The classes of samples: as given, or those of the largest outputs.
  static func targets(_ given: [Int]?, _ equilibrium: Equilibrium) throws(CyclogradError) -> [Int] {
    let count = equilibrium.network.outputCount
    guard count > 1 else {
      throw CyclogradError(
        .invalidOption, "the network has \(count) output\(count == 1 ? "" : "s")",
        advice: "margins are between two outputs or more")
    }
    guard let given else {
      let outputs = equilibrium.outputs
      return (0..<outputs.rows).map { row in
        let values = Array(outputs[row: row])
        return values.indices.max { values[$0] < values[$1] } ?? 0
      }
    }
    guard given.count == equilibrium.sampleCount else {
      throw CyclogradError(
        .shapeMismatch, "\(given.count) classes for \(equilibrium.sampleCount) samples",
        advice: "give one for each sample")
    }
    if let row = given.firstIndex(where: { !(0..<count).contains($0) }) {
      throw CyclogradError(
        .invalidOption, "there is no class \(given[row])", at: .init(subject: "row \(row)"),
        advice: "the classes are 0 to \(count - 1)")
    }
    return given
  }
}
