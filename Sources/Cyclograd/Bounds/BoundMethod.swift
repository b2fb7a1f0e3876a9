import SparseAlgebra

/// How a bound was found.
public enum BoundMethod: String, Sendable, CaseIterable {
  /// The comparison graph (El Ghaoui et al. 2021, (4.6)): holds for every activation with the same slopes' bound.
  case box
  /// Intervals of states, component after component; always within the box.
  case interval
  /// Slopes between the equilibrium and every state of the box, multiplied by one adjoint.
  case slopes
  /// Weak duality (Theorem 4.3) from one adjoint.
  case dual
  /// Weak duality from the duals of a linear program; in builds with the package trait `Clp`.
  case lp
  /// Splitting the states of units into cases.
  case branching

  /// Those of this build that need no splitting.
  public static let direct: [BoundMethod] =
    [.box, .interval, .slopes, .dual] + (LinearProgram.isAvailable ? [.lp] : [])

  /// The names that ``direct(named:)`` knows.
  public static let names = ["box", "interval", "slopes", "dual", "lp", "best"]

  /// The one of ``direct`` that is called so, or all of them for `best`.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` for other names, `not-applicable` for `lp` in a build without it.
  public static func direct(named name: String) throws(CyclogradError) -> Set<BoundMethod> {
    if name == "best" { return Set(direct) }
    if name == lp.rawValue { try requireLinearPrograms(for: "the method lp") }
    guard let chosen = direct.first(where: { $0.rawValue == name }) else {
      throw CyclogradError(
        .invalidOption, "there is no method '\(name)'",
        advice: "the methods are \(names.joined(separator: ", "))")
    }
    return [chosen]
  }

  /// - Throws: ``CyclogradError`` `not-applicable` in a build without the trait `Clp`.
  static func requireLinearPrograms(for what: String) throws(CyclogradError) {
    guard !LinearProgram.isAvailable else { return }
    throw CyclogradError(
      .notApplicable, "\(what) needs Clp, which this build does without",
      advice: "install coinor-libclp-dev and build with --traits default,Clp "
        + "--scratch-path .build-clp, or choose another one")
  }

  /// What each of them is, in a phrase.
  public var summary: String {
    switch self {
    case .box: "one solution of the comparison graph"
    case .interval: "intervals of states"
    case .slopes: "slopes from the equilibrium"
    case .dual: "weak duality"
    case .lp: "weak duality by a linear program"
    case .branching: "splitting into cases"
    }
  }
}

/// What is known about the equilibria that a bound speaks of.
public enum BoundScope: String, Sendable {
  /// There is exactly one equilibrium for every input of the box.
  case unique = "exactly one"
  /// Every equilibrium of every input of the box is enclosed; there is at least one.
  case all = "all"
  /// There is exactly one equilibrium within the states' box for every input; others may lie outside.
  case local = "exactly one inside"
}

/// A linear function of outputs.
public struct OutputFunctional: Hashable, Sendable {
  /// Coefficients, one for each output.
  public var coefficients: [Double]

  /// Creates a functional.
  public init(_ coefficients: [Double]) { self.coefficients = coefficients }

  /// Each output by itself.
  public static func outputs(_ count: Int) -> [OutputFunctional] {
    (0..<count).map { j in OutputFunctional((0..<count).map { $0 == j ? 1 : 0 }) }
  }

  /// How far each output lies above that of a class; 0 for the class itself.
  public static func margins(over target: Int, of count: Int) -> [OutputFunctional] {
    (0..<count).map { j in
      OutputFunctional(
        (0..<count).map { k in (k == j ? 1 : 0) - (k == target ? 1 : 0) })
    }
  }
}
