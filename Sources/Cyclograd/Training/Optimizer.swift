/// How a gradient changes parameters.
///
/// An optimizer is a value without state; what it remembers from step to step is an
/// ``OptimizerState``. Throughout, g is the gradient, η the learning rate, w a parameter.
public enum Optimizer: Hashable, Sendable {
  /// Which look ahead stochastic gradient descent takes.
  public enum Nesterov: String, Hashable, Sendable, CaseIterable {
    /// None: v ← μ v − η g, w ← w + v (Polyak 1964).
    case none
    /// v ← μ v − η g(w), w ← w + μ v − η g(w): Nesterov's method where w is the point
    /// looked ahead to (Bengio et al. 2013).
    case standard
    /// The same with g taken at w + μ v, so that the look ahead is taken twice, as in the
    /// training of Szekeres & Izsák 2024.
    case paper
  }

  /// Stochastic gradient descent with momentum μ.
  case sgd(momentum: Double = 0, nesterov: Nesterov = .none)
  /// Adam (Kingma & Ba 2015, algorithm 1): w ← w − η m̂ / (√v̂ + ε).
  case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
  /// AdamW (Loshchilov & Hutter 2019, algorithm 2): Adam, with weight decay λ apart from the
  /// gradient: w ← w − η m̂ / (√v̂ + ε) − η λ w.
  case adamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
  /// L-BFGS with this many pairs (Liu & Nocedal 1989), for steps that take all samples: each step
  /// goes along the quasi-Newton direction, η times its length at first, halved until the loss has
  /// fallen enough (Armijo).
  case lbfgs(memory: Int = 10)

  /// Newton's method for steps that take all samples (Martens 2010; Nocedal & Wright 2006, chapters 4 and 10): the step
  /// p with (B + μ I) p = −g is found by conjugate gradients from products with B, and made if the loss falls by a part
  /// of what the quadratic model promises. The damping μ grows where the model is bad and shrinks where it is good
  /// (Levenberg & Marquardt).
  case newton(CurvatureMatrix = .gaussNewton, iterations: Int = 100, damping: Double = 1e-3)

  /// What Newton's method takes for the second derivatives of the mean loss.
  public enum CurvatureMatrix: String, Hashable, Sendable, CaseIterable {
    /// Jᵀ H J with the loss's own H: never negative where the loss is convex.
    case gaussNewton = "gauss-newton"
    /// The second derivatives themselves; a direction of negative curvature ends the conjugate gradients.
    case hessian
  }

  /// The name in files and reports.
  public var name: String {
    switch self {
    case .sgd: "sgd"
    case .adam: "adam"
    case .adamW: "adamw"
    case .lbfgs: "lbfgs"
    case .newton(.gaussNewton, _, _): "gauss-newton"
    case .newton(.hessian, _, _): "newton"
    }
  }

  /// The names of the vectors it remembers, each as long as the parameters.
  ///
  /// - Complexity: O(vectors).
  public var slotNames: [String] {
    switch self {
    case .sgd(let momentum, let nesterov): momentum == 0 && nesterov == .none ? [] : ["velocity"]
    case .adam, .adamW: ["mean", "square"]
    case .lbfgs(let memory):
      ["point", "gradient"] + (0..<memory).map { "step.\($0)" }
        + (0..<memory).map { "change.\($0)" }
    case .newton: ["damping"]
    }
  }

  /// What becomes of an optimizer's memory where parameters go and others come.
  package enum MemoryMove {
    /// Parameters take their numbers along; those that are new begin with 0.
    case withParameters
    /// It is one number, repeated for all parameters: those that are new take it, too.
    case common
    /// It describes a function of the parameters that there were, and is forgotten.
    case forgotten
  }

  /// What becomes of the memory where parameters go and others come.
  package var memoryMove: MemoryMove {
    switch self {
    case .sgd, .adam, .adamW: .withParameters
    case .lbfgs: .forgotten
    case .newton: .common
    }
  }

  /// Whether weight decay acts on the parameter itself instead of being part of the gradient.
  public var hasDecoupledDecay: Bool {
    if case .adamW = self { true } else { false }
  }

  /// Whether a step must take all samples.
  public var needsAllSamples: Bool {
    switch self {
    case .sgd, .adam, .adamW: false
    case .lbfgs, .newton: true
    }
  }

  /// Checks that the constants have a meaning.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-option`.
  public func validate() throws(CyclogradError) {
    func fraction(_ value: Double, _ name: String) throws(CyclogradError) {
      guard value >= 0, value < 1 else {
        throw CyclogradError(
          .invalidOption, "\(name) of the optimizer \(self.name) is \(value)",
          advice: "give a number from 0 to below 1")
      }
    }
    switch self {
    case .lbfgs(let memory):
      guard 1...1000 ~= memory else {
        throw CyclogradError(
          .invalidOption, "the optimizer lbfgs is to remember \(memory) pairs",
          advice: "give a number from 1 to 1000, such as 10")
      }
    case .newton(_, let iterations, let damping):
      guard iterations >= 1, damping > 0, damping.isFinite else {
        throw CyclogradError(
          .invalidOption,
          "the optimizer \(name) has \(iterations) iterations and the damping \(damping)",
          advice: "give at least one iteration and a positive damping, such as 1e-3")
      }
    case .sgd(let momentum, _): try fraction(momentum, "the momentum")
    case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon):
      try fraction(beta1, "beta1")
      try fraction(beta2, "beta2")
      guard epsilon > 0, epsilon.isFinite else {
        throw CyclogradError(
          .invalidOption, "epsilon of the optimizer \(name) is \(epsilon)",
          advice: "give a small positive number, such as 1e-8")
      }
    }
  }
}

/// What an optimizer remembers between steps.
public struct OptimizerState: Hashable, Sendable {
  /// How many updates were made.
  public var updates: Int
  /// The vectors of ``Optimizer/slotNames``, one after the other.
  public var memory: [Double]

  /// The state before the first update.
  public init(_ optimizer: Optimizer, parameterCount: Int) {
    updates = 0
    memory = [Double](repeating: 0, count: optimizer.slotNames.count * parameterCount)
  }

  /// A state that was stored.
  public init(updates: Int, memory: [Double]) {
    self.updates = updates
    self.memory = memory
  }
}
