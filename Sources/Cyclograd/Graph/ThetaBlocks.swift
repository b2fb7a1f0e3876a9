/// Implicit residual blocks of the θ scheme for y′ = F(y), as parts of a graph (Reshniak & Webster 2020):
///
///     s_t = (1 − θ) y_{t−1} + θ y_t,    y_t = y_{t−1} + h F(s_t),    t = 1 … T
///
/// θ = 0 is Euler's explicit method, ½ the midpoint rule, 1 Euler's implicit method. F is φ, a network of hidden layers whose last
/// weights have no bias, or with limits α, β of the spectrum of its derivative F = c s + r S ⊙ φ(s), where c = (α + β)/2,
/// r = (β − α)/2, and S a trained gate between 0 and 1.
///
///     let blocks = try ThetaBlocks(dimension: 2, steps: 5, theta: 0.5, hidden: [10, 10], .gelu)
///     let graph = Graph("sine") {
///       blocks.parts
///       Inputs(NeuronRange("y0"))
///       Outputs(NeuronRange("y5"))
///     }
///
/// The first group is `y0`, which takes inputs or what other groups feed it with. Block t has the groups `s{t}`, `h{t}` (or `h{t}-1`, `h{t}-2` …), `f{t}` and `y{t}`.
public struct ThetaBlocks: Hashable, Sendable {
  /// The number d of neurons of a state.
  public let dimension: Int
  /// T.
  public let steps: Int
  /// θ.
  public let theta: Double
  /// h.
  public let stepSize: Double
  /// The sizes of hidden layers.
  public let hidden: [Int]
  /// Their activation.
  public let activation: Activation
  /// α and β.
  public let limits: ClosedRange<Double>?
  /// Whether all blocks have the same parameters, shared as `w1`, `w2` … and `b1`, `b2` …, the gate as `gate`.
  public let isTied: Bool
  /// Whether y_t is written without s_t where there are limits, with the same equilibria:
  /// y_t = (1 + h c (1 − θ))/(1 − θ h c) y_{t−1} + h r/(1 − θ h c) S ⊙ φ(s_t).
  ///
  /// Plain iteration contracts on this form whenever θ h β < 1, on the printed one perhaps not even for small h |α|.
  public let isEliminated: Bool
  /// Initial values of weights and of hidden biases.
  public let weights: ParameterRule
  /// Initial values of hidden biases.
  public let biases: ParameterRule

  /// Describes blocks.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` for numbers without a meaning, and where 1 − θ h c is 0, so that a linear
  ///   block has no solution.
  public init(
    dimension: Int, steps: Int, theta: Double, stepSize: Double = 1, hidden: [Int],
    _ activation: Activation, limits: ClosedRange<Double>? = nil, tied isTied: Bool = true,
    eliminated isEliminated: Bool = true, weights: ParameterRule = .default,
    biases: ParameterRule = .default
  ) throws(CyclogradError) {
    guard dimension > 0, steps > 0, !hidden.isEmpty, hidden.allSatisfy({ $0 > 0 }) else {
      throw CyclogradError(
        .invalidOption,
        "\(steps) blocks of dimension \(dimension) with hidden layers of the sizes \(hidden)",
        advice: "give positive numbers, and at least one hidden layer")
    }
    guard (0...1).contains(theta), stepSize > 0, stepSize.isFinite,
      limits.map({ $0.lowerBound < $0.upperBound && $0.upperBound - $0.lowerBound < .infinity })
        ?? true
    else {
      throw CyclogradError(
        .invalidOption, "θ is \(theta), h is \(stepSize)",
        advice: "give θ between 0 and 1, a positive h, and limits that differ")
    }
    let center = limits.map { ($0.lowerBound + $0.upperBound) / 2 } ?? 0
    guard theta * stepSize * center != 1 else {
      throw CyclogradError(
        .invalidOption, "θ h (α + β)/2 is 1, so that a block has no solution",
        advice: "give a smaller h or other limits")
    }
    (self.dimension, self.steps, self.theta, self.stepSize) = (dimension, steps, theta, stepSize)
    (self.hidden, self.activation, self.limits, self.isTied) = (hidden, activation, limits, isTied)
    (self.isEliminated, self.weights, self.biases) = (isEliminated, weights, biases)
  }

  /// Groups and connections of all blocks, and the group `y0`.
  public var parts: [GraphBuilder.Part] {
    [.group(Group("y0", size: dimension, bias: .frozen(.constant(0))))]
      + (1...steps).flatMap { block($0) }
  }

  private func block(_ t: Int) -> [GraphBuilder.Part] {
    var parts: [GraphBuilder.Part] = []
    let zero = ParameterRule.frozen(.constant(0))
    func rule(_ rule: ParameterRule, _ name: String) -> ParameterRule {
      isTied ? rule.shared(name) : rule
    }
    func constant(_ from: String, _ to: String, _ weight: Double) {
      // An edge of weight 0 would close a cycle that is none.
      guard weight != 0 else { return }
      parts.append(
        .connection(Connection(from, to: to, .oneToOne, weight: .frozen(.constant(weight)))))
    }
    let (s, f, y, before) = ("s\(t)", "f\(t)", "y\(t)", "y\(t - 1)")
    let layers = hidden.indices.map { hidden.count == 1 ? "h\(t)" : "h\(t)-\($0 + 1)" }
    parts.append(.group(Group(s, size: dimension, bias: zero)))
    for (index, layer) in layers.enumerated() {
      parts.append(
        .group(
          Group(
            layer, size: hidden[index], activation: activation,
            bias: rule(biases, "b\(index + 1)"))))
    }
    var units = [Group.Unit(bias: zero)]
    if limits != nil {
      units.append(Group.Unit(.logistic, bias: rule(ParameterRule(.constant(0)), "gate")))
    }
    parts.append(.group(Group(f, size: dimension, combine: .product, units: units)))
    parts.append(.group(Group(y, size: dimension, bias: zero)))
    for (index, (from, to)) in zip([s] + layers, layers + [f]).enumerated() {
      parts.append(
        .connection(Connection(from, to: to, weight: rule(weights, "w\(index + 1)"))))
    }
    constant(before, s, 1 - theta)
    constant(y, s, theta)
    let (h, c, r) = (stepSize, center, radius)
    if isEliminated {
      let divisor = 1 - theta * h * c
      constant(before, y, (1 + h * c * (1 - theta)) / divisor)
      constant(f, y, h * r / divisor)
    } else {
      constant(before, y, 1)
      constant(s, y, h * c)
      constant(f, y, h * r)
    }
    return parts
  }

  private var center: Double { limits.map { ($0.lowerBound + $0.upperBound) / 2 } ?? 0 }
  private var radius: Double { limits.map { ($0.upperBound - $0.lowerBound) / 2 } ?? 1 }
}

extension ThetaBlocks {
  /// R(z) = (1 + (1 − θ) z)/(1 − θ z), by which a block multiplies an eigenvector of h ∂F/∂s with the eigenvalue z.
  ///
  /// - Parameters:
  ///   - theta: θ.
  ///   - real: the real part of z.
  ///   - imaginary: the imaginary part of z.
  /// - Returns: real and imaginary part; infinite at the pole 1/θ.
  public static func stability(
    theta: Double, real: Double, imaginary: Double = 0
  ) -> (real: Double, imaginary: Double) {
    let (a, b) = (1 + (1 - theta) * real, (1 - theta) * imaginary)
    let (c, d) = (1 - theta * real, -theta * imaginary)
    let square = c * c + d * d
    guard square > 0 else { return (.infinity, 0) }
    return ((a * c + b * d) / square, (b * c - a * d) / square)
  }

  /// A bound of ‖∂y_t/∂y_{t−1}‖₂ for any hidden layers within the limits, max(|R(hα)|, |R(hβ)|); `nil` without limits, and
  /// where θ h β ≥ 1.
  ///
  /// Where ‖∂F/∂s − c‖₂ ≤ r everywhere and θ h β < 1, each y_{t−1} has exactly one y_t, however negative α is, and von
  /// Neumann's inequality gives the bound. The product over all blocks bounds the whole chain. It needs weights whose norms,
  /// times the activations' Lipschitz constants, multiply to 1 at most, such as normalised ones.
  public var normBound: Double? {
    guard let limits, theta * stepSize * limits.upperBound < 1 else { return nil }
    return [limits.lowerBound, limits.upperBound].map {
      abs(Self.stability(theta: theta, real: stepSize * $0).real)
    }.max()
  }
}
