/// A named set of neurons that are alike.
public struct Group: Hashable, Sendable {
  /// What a group is to the outside.
  public struct Role: OptionSet, Hashable, Sendable {
    /// The set as bits.
    public let rawValue: Int
    /// Creates a role from bits.
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// Each neuron receives one number x̂ of a sample, in unit 0.
    public static let input = Role(rawValue: 1)
    /// Each neuron's activation is one number of the answer.
    public static let output = Role(rawValue: 2)
  }

  /// How a neuron with several units combines their activations.
  public enum Combination: String, Hashable, Sendable, CaseIterable {
    /// a = Π f_s(z_s)
    case product
    /// a = max f_s(z_s); the first of equal ones counts.
    case max
    /// As many keys as values: a = f_s(z_s) of that unit of the second half whose number is that of the largest of the
    /// first half; the first of equal keys counts.
    case select
  }

  /// One pre-activation of each neuron of the group.
  public struct Unit: Hashable, Sendable {
    /// The function applied to the pre-activation.
    public var activation: Activation
    /// The biases, one for each neuron of the group.
    public var bias: ParameterRule

    /// Creates a unit.
    public init(_ activation: Activation = .identity, bias: ParameterRule = .default) {
      self.activation = activation
      self.bias = bias
    }
  }

  /// What the neurons are called.
  public enum NeuronNames: Hashable, Sendable, ExpressibleByArrayLiteral {
    /// One name for each neuron, in their order; all neurons of a graph have different ones.
    case list([String])
    /// The lines of a text file, one name each; replaced by its names before a graph is compiled.
    case file(String)

    /// Names, one for each neuron.
    public init(arrayLiteral names: String...) { self = .list(names) }
  }

  /// The name, by which connections refer to the group.
  public var name: String
  /// The number of neurons as [size], [rows, columns] or [channels, rows, columns].
  public var shape: [Int]
  /// Whether the neurons are inputs, outputs, both or neither.
  public var role: Role
  /// How several units combine.
  public var combine: Combination
  /// The units that every neuron of the group has; one in the ordinary case.
  public var units: [Unit]
  /// The neurons' own names, by which results and messages call them; `nil`: `group.index`.
  public var neuronNames: NeuronNames?
  /// τ of the flow τ dz/dt = −z + W f(z) + b + x̂, in the unit of time; equilibria do not depend on it. See
  /// ``TimeCourse``.
  public var timeConstant = 1.0
  /// Where the random numbers of the biases come from; `nil`: the graph's seed, and each unit's
  /// position among those of all groups.
  public var draws: DrawOrigin?

  /// Creates a group whose neurons have the given units.
  public init(
    _ name: String, shape: [Int], role: Role = [], combine: Combination = .product, units: [Unit]
  ) {
    self.name = name
    self.shape = shape
    self.role = role
    self.combine = combine
    self.units = units
  }

  /// Creates a group of `size` neurons with one unit each.
  public init(
    _ name: String, size: Int, role: Role = [], activation: Activation = .identity,
    bias: ParameterRule = .default
  ) {
    self.init(name, shape: [size], role: role, units: [Unit(activation, bias: bias)])
  }

  /// Creates a group on a grid, [rows, columns] or [channels, rows, columns], with one unit each.
  public init(
    _ name: String, shape: [Int], role: Role = [], activation: Activation = .identity,
    bias: ParameterRule = .default
  ) {
    self.init(name, shape: shape, role: role, units: [Unit(activation, bias: bias)])
  }

  /// Creates a group of `size` neurons, each with several units.
  public init(
    _ name: String, size: Int, role: Role = [], combine: Combination, units: [Unit]
  ) {
    self.init(name, shape: [size], role: role, combine: combine, units: units)
  }

  /// Creates a group of named neurons with one unit each.
  public init(
    _ name: String, neurons names: [String], role: Role = [], activation: Activation = .identity,
    bias: ParameterRule = .default
  ) {
    self.init(name, size: names.count, role: role, activation: activation, bias: bias)
    neuronNames = .list(names)
  }

  /// This group with another time constant.
  public func timeConstant(_ timeConstant: Double) -> Group {
    var group = self
    group.timeConstant = timeConstant
    return group
  }

  /// The number of neurons; `Int.max` where the shape's product cannot be represented.
  public var size: Int {
    var product = 1
    for extent in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      if overflow { return .max }
      product = next
    }
    return product
  }

  /// The shape as channels, rows and columns; a plain size is one row.
  var grid: (channels: Int, rows: Int, columns: Int) {
    switch shape.count {
    case 1: (1, 1, shape[0])
    case 2: (1, shape[0], shape[1])
    default: (shape[0], shape[1], shape[2])
    }
  }
}
