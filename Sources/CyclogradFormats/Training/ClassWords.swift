public import Cyclograd

/// What the classes of a training are called, and by which words other files name them.
public struct ClassWords: Hashable, Sendable {
  /// A class that has several words: all those that name no other class.
  struct Rest: Hashable {
    /// The number of the class.
    let number: Int
    /// The words of it that the training samples have.
    let words: [String]
  }

  /// What each class is called, in their order.
  public let names: [String]
  /// The class that has several words; `nil` where each has one, its name.
  let rest: Rest?

  /// What the class is called that has several words, if there is one.
  public var nameOfRest: String? {
    rest.flatMap { names.indices.contains($0.number) ? names[$0.number] : nil }
  }

  /// The names of so many classes, with numbers for outputs that stand for none; `nil` where there are more names.
  public static func names(_ names: [String], of count: Int) -> [String]? {
    guard names.count <= count else { return nil }
    let taken = Set(names)
    return names
      + (names.count..<count).map { number in
        var name = "\(number)"
        while taken.contains(name) { name = "(\(name))" }
        return name
      }
  }

  /// The words of the training samples, each with its class.
  private var places: [(String, Int)] {
    let single = names.enumerated().filter { $0.offset != rest?.number }
      .map { ($0.element, $0.offset) }
    guard let rest else { return single }
    return single + rest.words.map { ($0, rest.number) }
  }

  /// The classes that the words of a file name.
  ///
  /// Where all words of the training are numbers, others are compared by their values: another file may spell 1 as `1.0`.
  ///
  /// - Returns: the number of each class, and words of ``nameOfRest`` that the training samples do not have; `nil`
  ///   where the file has nothing but numbers and the training has words, so that the numbers count as those of classes.
  /// - Throws: ``Cyclograd/CyclogradError`` `invalid-value` for a word that names no class.
  /// - Complexity: O(words).
  public func classes(
    of words: [String], file: String
  ) throws(CyclogradError) -> (numbers: [Int], unseen: Set<String>)? {
    let known = places
    let exact = Dictionary(known, uniquingKeysWith: { min($0, $1) })
    let areNumbers = known.allSatisfy { Self.value($0.0) != nil }
    if !areNumbers, words.allSatisfy({ exact[$0] == nil && Double($0) != nil }) { return nil }
    let values = areNumbers ? Self.values(known) : [:]
    var numbers: [Int] = []
    var unseen: Set<String> = []
    for (row, word) in words.enumerated() {
      if let number = exact[word] ?? Self.value(word).flatMap({ values[$0] }) {
        numbers.append(number)
      } else if let rest, !word.isEmpty {
        numbers.append(rest.number)
        unseen.insert(word)
      } else {
        throw CyclogradError(
          .invalidValue, "\(Excerpt.quoted(word)) is none of the classes of the training",
          at: .init(file: file, subject: "row \(row)"),
          advice: areNumbers
            ? "the classes are " + ArrayFile.listing(names)
            : Suggestion.advice(word, among: names))
      }
    }
    return (numbers, unseen)
  }

  /// The classes by the values of their words; a value that words of several classes have names none of them.
  private static func values(_ known: [(String, Int)]) -> [Double: Int] {
    var result: [Double: Int] = [:]
    var ambiguous: Set<Double> = []
    for (word, number) in known {
      guard let size = Self.value(word) else { continue }
      if let other = result.updateValue(number, forKey: size), other != number {
        ambiguous.insert(size)
      }
    }
    return result.filter { !ambiguous.contains($0.key) }
  }

  private static func value(_ word: String) -> Double? {
    Double(word).flatMap { $0.isFinite ? $0 : nil }
  }
}
