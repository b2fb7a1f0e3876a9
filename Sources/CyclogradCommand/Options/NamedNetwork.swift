import Cyclograd

/// What files of samples, targets and states are read for: a network held whole, or the part of one that a process has.
protocol NamedNetwork {
  /// The names of the inputs, outputs, neurons and units of the whole network, in their order.
  var inputNames: [String] { get }
  var outputNames: [String] { get }
  var neuronNames: [String] { get }
  var unitNames: [String] { get }
  /// How many there are.
  var inputCount: Int { get }
  var outputCount: Int { get }
  var neuronCount: Int { get }
  var unitCount: Int { get }
  /// The group of an output.
  func group(ofOutput output: Int) -> Group
}

extension Network: NamedNetwork {}
extension NetworkSlice: NamedNetwork {}
