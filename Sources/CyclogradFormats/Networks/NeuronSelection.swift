import Cyclograd

/// Some neurons as an option names them: `0..63`, `last:64`, `0..3,9`, names, `none`, or a plain number.
struct NeuronSelection {
  /// Which neurons a plain number stands for.
  enum PlainNumber { case first, last }

  let text: String
  /// The option, for errors.
  let option: String

  func neurons(count: Int, names: () -> [String], plain: PlainNumber) throws -> [Int32] {
    if text == "none" { return [] }
    if let number = Self.number(text) {
      guard number >= 1, number <= count else {
        throw failure("\(number) of \(count) neurons are asked for", "give 1 to \(count)")
      }
      let first = plain == .first ? 0 : count - number
      return (first..<first + number).map { Int32($0) }
    }
    var index: [String: Int]?
    var result: [Int32] = []
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let word = item.trimmingBlanks
      if let range = try range(word, count) {
        result += range.map { Int32($0) }
        continue
      }
      index =
        index
        ?? Dictionary(
          names().enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
      guard let neuron = index?[word] else {
        throw failure(
          "no neuron is named \(Excerpt.quoted(word))",
          "give numbers from 0 as in 0..63 or last:64, or names")
      }
      result.append(Int32(neuron))
    }
    var seen = Set<Int32>(minimumCapacity: result.count)
    if let repeated = result.first(where: { !seen.insert($0).inserted }) {
      throw failure("neuron \(repeated) is selected twice", "select each neuron once")
    }
    return result
  }

  /// The neurons of an item that is made of numbers.
  private func range(_ word: String, _ count: Int) throws -> Range<Int>? {
    var range: Range<Int>?
    if let number = Self.number(word) {
      range = number..<number + 1
    } else if word.hasPrefix("last:") || word.hasPrefix("first:"),
      let colon = word.firstIndex(of: ":"),
      let number = Self.number(word[word.index(after: colon)...])
    {
      guard number >= 1, number <= count else {
        throw failure("\(number) of \(count) neurons are asked for", "give 1 to \(count)")
      }
      range = word.hasPrefix("last:") ? count - number..<count : 0..<number
    } else if let dots = word.firstRange(of: ".."), let low = Self.number(word[..<dots.lowerBound]),
      let high = Self.number(word[dots.upperBound...])
    {
      guard low <= high else {
        throw failure("the range \(word) runs backwards", "write the smaller number first")
      }
      range = low..<high + 1
    }
    guard let range else { return nil }
    guard range.upperBound <= count else {
      throw failure(
        "there is no neuron \(range.upperBound - 1)",
        "the network has \(count) neurons, counted from 0")
    }
    return range
  }

  private static func number(_ text: some StringProtocol) -> Int? {
    guard !text.isEmpty, text.utf8.count < 18, text.utf8.allSatisfy({ 48...57 ~= $0 }) else {
      return nil
    }
    return Int(text)
  }

  private func failure(_ message: String, _ advice: String) -> CyclogradError {
    CyclogradError(
      .invalidOption, message, at: .init(subject: "--\(option) \(Excerpt.quoted(text))"),
      advice: advice)
  }
}

extension Substring {
  fileprivate var trimmingBlanks: String {
    var rest = self
    while rest.first == " " { rest.removeFirst() }
    while rest.last == " " { rest.removeLast() }
    return String(rest)
  }
}
