/// Where the initial values of a connection's weights or of a group's biases come from.
///
/// Draws are the same on every platform: see ``CounterRandom``.
public enum InitialValue: Hashable, Sendable {
  /// How a drawn value is scaled.
  public enum Scaling: Hashable, Sendable {
    /// As drawn.
    case none
    /// Divided by the square root of the number of edges that enter the unit; 0 where none does.
    case fanIn
  }

  /// The same number for all.
  case constant(Double)
  /// Uniform on [lower, upper).
  case uniform(lower: Double, upper: Double, scaled: Scaling = .none)
  /// Normal with mean 0 and the given standard deviation.
  case normal(deviation: Double, scaled: Scaling = .none)
  /// One number each, in the order of the edges (see ``Pattern``) or of the neurons.
  case list([Double])
  /// One number for each edge, found by the edge's position; no edge may be missing or left over.
  case entries(SparseEntries)
  /// A file, or one array of a file that has several by name, to be replaced by ``list(_:)`` or ``entries(_:)``
  /// before compilation.
  case file(String, array: String? = nil)

  /// What a weight starts from where nothing is said: uniform(−1, 1) / √fan-in.
  public static let defaultWeight = InitialValue.uniform(lower: -1, upper: 1, scaled: .fanIn)
}

/// How the parameters of one connection, or of one group's biases, begin and are tied.
///
/// Literals and the static functions read well in the builder: `weight: 0.5`,
/// `bias: .frozen(0)`, `weight: .uniform(-0.1...0.1)`, `weight: .normal(0.2).shared("lateral")`.
public struct ParameterRule: Hashable, Sendable {
  /// Which edges of a connection, or neurons of a group, have one parameter in common.
  public enum Tying: Hashable, Sendable {
    /// Each has its own.
    case none
    /// One for all.
    case single
    /// One for each position of a neighbourhood's kernel (and pair of channels): a convolution. Of biases, one for
    /// each channel of the group's grid.
    case kernel
  }

  /// Where initial values come from; `nil` stands for the default of the place: 0 for a bias,
  /// ``InitialValue/defaultWeight`` for a weight, or the values of the weight file.
  public var initial: InitialValue?
  /// Which parameters coincide.
  public var tying: Tying
  /// Whether training may change the values; `nil` stands for yes, except for the biases of a
  /// group that is only an input.
  public var isTrainable: Bool?
  /// All rules of one name have their parameters in common, position by position.
  public var share: String?
  /// What the parameters of a shared rule are multiplied with here: weight = factor · parameter.
  public var factor: Double
  /// Whether edge (target i, source j) has the parameter of edge (target j, source i) of the first
  /// rule of the name.
  public var isTransposed: Bool

  /// Creates a rule; `nil` leaves the initial values to the default of the place.
  public init(
    _ initial: InitialValue?, tying: Tying = .none, isTrainable: Bool? = nil,
    share: String? = nil, factor: Double = 1, transposed isTransposed: Bool = false
  ) {
    self.initial = initial
    self.tying = tying
    self.isTrainable = isTrainable
    self.share = share
    self.factor = factor
    self.isTransposed = isTransposed
  }

  /// The default of the place.
  public static let `default` = ParameterRule(nil)

  /// Values drawn uniformly from a range.
  public static func uniform(
    _ range: ClosedRange<Double>, scaled: InitialValue.Scaling = .none
  ) -> ParameterRule {
    ParameterRule(
      .uniform(lower: range.lowerBound, upper: range.upperBound, scaled: scaled))
  }

  /// Values drawn from a normal law with mean 0.
  public static func normal(
    _ deviation: Double, scaled: InitialValue.Scaling = .none
  ) -> ParameterRule {
    ParameterRule(.normal(deviation: deviation, scaled: scaled))
  }

  /// Values from a file, or from one array of a file that has several by name.
  public static func file(_ path: String, array: String? = nil) -> ParameterRule {
    ParameterRule(.file(path, array: array))
  }

  /// One parameter for all.
  public static func single(_ initial: InitialValue) -> ParameterRule {
    ParameterRule(initial, tying: .single)
  }

  /// One parameter for each kernel position.
  public static func kernel(_ initial: InitialValue) -> ParameterRule {
    ParameterRule(initial, tying: .kernel)
  }

  /// Values that training leaves alone.
  public static func frozen(_ initial: InitialValue) -> ParameterRule {
    ParameterRule(initial, isTrainable: false)
  }

  /// Parameters in common with every other rule of that name, with the values of the first one.
  ///
  /// - Parameters:
  ///   - factor: what they are multiplied with here; finite and not 0.
  ///   - transposed: whether targets and sources change places; not at the first rule of the name.
  public static func shared(
    _ name: String, factor: Double = 1, transposed: Bool = false
  ) -> ParameterRule {
    ParameterRule(nil, share: name, factor: factor, transposed: transposed)
  }

  /// This rule, its parameters in common with every other rule of that name.
  ///
  /// - Parameter factor: what they are multiplied with here; finite and not 0.
  public func shared(_ name: String, factor: Double = 1) -> ParameterRule {
    var rule = self
    rule.share = name
    rule.factor = factor
    return rule
  }

  /// This rule, its parameters left alone by training.
  public func frozen() -> ParameterRule {
    var rule = self
    rule.isTrainable = false
    return rule
  }
}

extension InitialValue: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByArrayLiteral
{
  /// A constant.
  public init(floatLiteral value: Double) { self = .constant(value) }
  /// A constant.
  public init(integerLiteral value: Int) { self = .constant(Double(value)) }
  /// A list.
  public init(arrayLiteral elements: Double...) { self = .list(elements) }
}

extension ParameterRule: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByArrayLiteral
{
  /// A constant.
  public init(floatLiteral value: Double) { self.init(.constant(value)) }
  /// A constant.
  public init(integerLiteral value: Int) { self.init(.constant(Double(value))) }
  /// A list.
  public init(arrayLiteral elements: Double...) { self.init(.list(elements)) }
}
