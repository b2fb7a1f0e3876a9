import Cyclograd

/// What the attributes of a node say of a neuron.
struct NodeAttributes {
  /// That a neuron is an input or an output, and perhaps which.
  struct End { var position: Int? }

  var label: String?
  var combine = Group.Combination.product
  var timeConstant = 1.0
  /// One for each unit; `nil` where the node does not say it.
  var activations = Self.unknownActivation
  var biases = Self.unknownBias
  var frozenBiases = Self.trainedBias
  var input: End?
  var output: End?

  // Most nodes say nothing, and have one array in common.
  private static let unknownActivation: [Activation?] = [nil]
  private static let unknownBias: [Double?] = [nil]
  private static let trainedBias = [false]

  var unitCount: Int { activations.count }

  func isLike(_ other: NodeAttributes) -> Bool {
    activations == other.activations && combine == other.combine
      && timeConstant == other.timeConstant
  }

  init(
    _ attributes: Attributes, at place: CyclogradError.Location, unread: inout [String: Int]
  ) throws {
    if attributes.isEmpty { return }
    func failure(_ name: String, _ value: AttributeValue) -> CyclogradError {
      CyclogradError(
        .malformedFile, "the attribute \(name) cannot be \(value.kind)", at: place,
        advice: "Docs/Formats.md says what attributes mean")
    }
    var count = 1
    while attributes[AttributeName.numbered(AttributeName.activation, count)] != nil { count += 1 }
    if count > 1 {
      activations = Array(repeating: nil, count: count)
      biases = Array(repeating: nil, count: count)
      frozenBiases = Array(repeating: false, count: count)
    }
    var known: Set<String> = []
    for unit in 0..<count {
      func value(_ name: String) -> (String, AttributeValue)? {
        let name = AttributeName.numbered(name, unit)
        known.insert(name)
        return attributes[name].map { (name, $0) }
      }
      switch value(AttributeName.activation) {
      case (_, .text(let text))?:
        do { activations[unit] = try ActivationText.activation(text) } catch let error
          as CyclogradError
        {
          throw CyclogradError(.malformedFile, error.message, at: place, advice: error.advice)
        }
      case (let name, let value)?: throw failure(name, value)
      case nil: break
      }
      switch value(AttributeName.bias) {
      case (_, .number(let number))? where number.isFinite: biases[unit] = number
      case (let name, let value)?: throw failure(name, value)
      case nil: break
      }
      switch value(AttributeName.biasTrainable) {
      case (_, .boolean(let isTrainable))?: frozenBiases[unit] = !isTrainable
      case (let name, let value)?: throw failure(name, value)
      case nil: break
      }
    }
    for (name, value) in attributes where !known.contains(name) {
      switch (name, value) {
      // Other programs number their clusters; such a number is no name.
      case (AttributeName.group, .text(let text)): label = text
      case (AttributeName.combine, .text(let text)):
        guard let combination = Group.Combination(rawValue: text) else {
          throw failure(name, value)
        }
        combine = combination
      case (AttributeName.timeConstant, .number(let number)):
        guard number > 0, number.isFinite else { throw failure(name, value) }
        timeConstant = number
      case (AttributeName.input, _): input = try end(name, value, failure)
      case (AttributeName.output, _): output = try end(name, value, failure)
      default: unread[name, default: 0] += 1
      }
    }
  }

  private func end(
    _ name: String, _ value: AttributeValue,
    _ failure: (String, AttributeValue) -> CyclogradError
  ) throws -> End? {
    switch value {
    case .boolean(let isMeant): return isMeant ? End() : nil
    case .number(let number):
      guard let position = Int(exactly: number), position >= 0 else { throw failure(name, value) }
      return End(position: position)
    case .text, .other: throw failure(name, value)
    }
  }
}
