import Cyclograd

/// The words of the format that stand for one value each; reader and writer share them.
enum Keywords {
  static let format = "cyclograd/1"

  /// Activations by name, those with constants at their defaults.
  static let activations: KeyValuePairs<String, Activation> = [
    "identity": .identity, "logistic": .logistic, "tanh": .tanh, "arctan": .arctan,
    "relu": .relu, "leaky-relu": .leakyReLU(), "elu": .elu(), "silu": .silu, "gelu": .gelu,
    "softplus": .softplus, "softsign": .softsign, "cos": .cos, "asinh": .asinh,
    "reciprocal": .reciprocal, "complement": .complement, "clamp": .clamp(), "softmax": .softmax,
    // What other programs call them; written are the names above.
    "sigmoid": .logistic, "linear": .identity,
  ]

  static let combinations: KeyValuePairs<String, Group.Combination> = [
    "product": .product, "max": .max, "select": .select,
  ]

  static let roles: KeyValuePairs<String, Group.Role> = ["input": .input, "output": .output]

  static let scalings: KeyValuePairs<String, InitialValue.Scaling> = ["fan-in": .fanIn]

  static let boundaries: KeyValuePairs<String, Neighborhood.Boundary> = [
    "zero": .zero, "wrap": .wrap,
  ]

  static let channels: KeyValuePairs<String, Neighborhood.Channels> = [
    "all": .all, "one-to-one": .oneToOne,
  ]

  /// The largest number of neurons, and one more than the largest index.
  static let largestSize = Int(Int32.max)

  /// Whether a group may have this name in a file: references are written `name.index`.
  ///
  /// Dots stand between the names of instances and the name within them.
  static func isGroupName(_ name: String) -> Bool {
    var isStart = true
    for byte in name.utf8 {
      if byte == 0x2E {
        guard !isStart else { return false }
        isStart = true
      } else {
        guard isLetter(byte) || byte == 0x5F || (!isStart && (0x30...0x39 ~= byte || byte == 0x2D))
        else { return false }
        isStart = false
      }
    }
    return !isStart
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    0x41...0x5A ~= byte || 0x61...0x7A ~= byte
  }
}

extension KeyValuePairs where Key == String, Value: Equatable {
  /// The word for a value.
  func word(for value: Value) -> String? { first { $0.value == value }?.key }
}
