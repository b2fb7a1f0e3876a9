import Cyclograd

/// Neurons by their names, numbered in the order in which they first occur.
struct NameNumbers {
  private(set) var names: [String] = []
  private var index: [String: Int32] = [:]

  /// The number of a name.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` `malformed-file` for a name that reads like an earlier one but has other bytes: Swift
  ///   takes an é in one character and one in two for the same, and most other programs do not.
  mutating func number(of name: String, at place: CyclogradError.Location) throws -> Int32 {
    if let known = index[name] {
      guard names[Int(known)].utf8.elementsEqual(name.utf8) else {
        throw CyclogradError(
          .malformedFile,
          "\(Excerpt.quoted(name)) is written in two ways that look the same, by other characters of Unicode",
          at: place, advice: "write it in one way everywhere")
      }
      return known
    }
    let new = Int32(names.count)
    index[name] = new
    names.append(name)
    return new
  }
}
