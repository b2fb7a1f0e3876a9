import Cyclograd

extension CaseIterable where Self: RawRepresentable, RawValue == String {
  /// The choice of a name that a user gave.
  ///
  /// - Parameters:
  ///   - what: what one of them is called in messages.
  ///   - all: what all of them are called.
  /// - Throws: ``CyclogradError`` `invalid-option` with the names that there are.
  static func named(
    _ name: String, _ what: String, all: String
  ) throws(CyclogradError) -> Self {
    if let choice = Self(rawValue: name) { return choice }
    throw CyclogradError(
      .invalidOption, "there is no \(what) '\(name)'",
      advice: "the \(all) are \(allCases.map(\.rawValue).joined(separator: ", "))")
  }
}
