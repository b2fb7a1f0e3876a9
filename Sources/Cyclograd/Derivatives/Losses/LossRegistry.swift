/// The losses that have a name.
public enum LossRegistry {
  /// Every loss that has a name, in the order of the documents. A new one is entered here.
  public static let all: [any Loss] = table

  private static let table: [any NamedLoss] = [
    HalfSquaredError(), SoftmaxCrossEntropy(), BinaryCrossEntropy(), AbsoluteError(), LinearLoss(),
    MeanSquaredError(),
  ]

  /// The names, separated by commas.
  public static var names: String { all.map(\.name).joined(separator: ", ") }

  /// The loss of a name, for the command line.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-option` for an unknown name.
  public static func named(_ name: String) throws(CyclogradError) -> any Loss {
    if let loss = table.first(where: { $0.name == name || type(of: $0).aliases.contains(name) }) {
      return loss
    }
    let advice: String
    if let meant = meant(by: name) {
      advice = "'\(meant.name)' is the nearest: \(meant.formula)"
    } else {
      advice = Suggestion.advice(name, among: all.map(\.name), listing: "the losses are")
    }
    throw CyclogradError(.invalidOption, "there is no loss named '\(name)'", advice: advice)
  }

  /// The loss that other programs call so. None is taken in another's place: factors and means differ.
  private static func meant(by name: String) -> (any NamedLoss)? {
    guard name.utf8.count <= 40 else { return nil }
    var plain = name.lowercased().filter { $0.isLetter || $0.isNumber }
    if plain.hasSuffix("loss") { plain.removeLast(4) }
    return table.first { type(of: $0).otherNames.contains(plain) }
  }
}

/// A loss of the library.
protocol NamedLoss: EnclosedLoss {
  /// What other programs call it, or something like it, in small letters without hyphens.
  static var otherNames: [String] { get }
  /// Short names of the very same loss.
  static var aliases: [String] { get }
  /// What it is, for a person who knows it by another name.
  var formula: String { get }
}

extension NamedLoss {
  static var aliases: [String] { [] }
}

/// A loss whose derivatives can be enclosed, so that gradients can be certified.
protocol EnclosedLoss: Loss {
  /// Encloses ∂E/∂aⱼ of one sample for outputs anywhere in their intervals.
  ///
  /// - Throws: ``NoCertificate`` where an output may be at a kink.
  func enclosures(_ outputs: [Interval], _ targets: [Double]) throws(NoCertificate) -> [Interval]
}

extension Loss {
  /// ``EnclosedLoss/enclosures(_:_:)`` of a loss that has them.
  ///
  /// - Throws: ``NoCertificate`` for other losses as well.
  func derivativeEnclosures(
    _ outputs: [Interval], _ targets: [Double]
  ) throws(NoCertificate) -> [Interval] {
    guard let loss = self as? any EnclosedLoss else {
      throw NoCertificate(reason: "the derivatives of the loss '\(name)' cannot be enclosed")
    }
    return try loss.enclosures(outputs, targets)
  }
}
