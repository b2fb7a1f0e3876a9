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
  /// Splitting the states of units into cases.
  case branching

  /// Those that need no splitting.
  public static let direct: [BoundMethod] = [.box, .interval, .slopes, .dual]

  /// The one of ``direct`` that is called so, or all of them for `best`.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` for other names.
  public static func direct(named name: String) throws(CyclogradError) -> Set<BoundMethod> {
    if name == "best" { return Set(direct) }
    guard let chosen = direct.first(where: { $0.rawValue == name }) else {
      throw CyclogradError(
        .invalidOption, "there is no method '\(name)'",
        advice: "the methods are \((direct.map(\.rawValue) + ["best"]).joined(separator: ", "))")
    }
    return [chosen]
  }

  /// What each of them is, in a phrase.
  public var summary: String {
    switch self {
    case .box: "one solution of the comparison graph"
    case .interval: "intervals of states"
    case .slopes: "slopes from the equilibrium"
    case .dual: "weak duality"
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
