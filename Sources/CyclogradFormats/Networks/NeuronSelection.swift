import Cyclograd

/// Some neurons as an option names them, separated by commas.
///
/// A name as the file gives it counts first. `at:20` and `at:0..63` are positions from 0, `first:64` and `last:64`
/// numbers of neurons, `name:8` is surely a name, and `none` is no neuron. A number or range alone is a position, and a
/// single number as the whole text is how many; where neurons are also named like it, it is refused.
struct NeuronSelection {
  /// Which neurons a plain number stands for.
  enum PlainNumber: String { case first, last }

  let text: String
  /// The option, for errors.
  let option: String

  /// The neurons in the order of the text.
  ///
  /// - Parameters:
  ///   - count: how many neurons there are.
  ///   - hasOwnNames: whether the file names them, so that a number can be a name.
  ///   - names: the name of each.
  ///   - plain: which neurons a single number stands for.
  func neurons(
    count: Int, hasOwnNames: Bool, names: @escaping () -> [String], plain: PlainNumber
  ) throws -> [Int32] {
    if text == "none" { return [] }
    let finder = NameFinder(count: count, hasOwnNames: hasOwnNames, names: names)
    let items = try items()
    var result: [Int32] = []
    for item in items {
      result += try neurons(item, isWhole: items.count == 1, finder, plain).map { Int32($0) }
    }
    var seen = Set<Int32>(minimumCapacity: result.count)
    if let repeated = result.first(where: { !seen.insert($0).inserted }) {
      throw failure(
        "neuron \(finder.called(Int(repeated))) is selected twice", "select each neuron once")
    }
    return result
  }

  private func neurons(
    _ item: Item, isWhole: Bool, _ finder: NameFinder, _ plain: PlainNumber
  ) throws -> Range<Int> {
    let word = item.word
    if item.isQuoted { return try named(word, finder) }
    for (prefix, reading) in readings where word.hasPrefix(prefix) {
      return try reading(self, String(word.dropFirst(prefix.count)), finder)
    }
    guard let bounds = Self.bounds(word) else { return try named(word, finder) }
    let isCount = isWhole && !bounds.isRange
    guard let places = finder.places(named: word, bounds.low, bounds.high) else {
      return isCount ? try self.count(word, finder, plain) : try positions(word, finder)
    }
    // One reading is left where both say the same, or where no neuron stands at such a place.
    let isBeyond = bounds.high >= finder.count && (!isCount || bounds.high > finder.count)
    if !places.isEmpty, isBeyond || !isCount && places == bounds.low..<bounds.high + 1 {
      return places
    }
    throw ambiguous(word, isCount: isCount, plain)
  }

  private typealias Reading = (NeuronSelection, String, NameFinder) throws -> Range<Int>

  private var readings: [(String, Reading)] {
    [
      ("at:", { try $0.positions($1, $2) }), ("name:", { try $0.named($1, $2) }),
      ("first:", { try $0.count($1, $2, .first) }), ("last:", { try $0.count($1, $2, .last) }),
    ]
  }

  private func named(_ name: String, _ finder: NameFinder) throws -> Range<Int> {
    guard let neuron = finder.position(of: name) else {
      throw failure(
        "no neuron is named \(Excerpt.quoted(name))",
        (suggestion(name, finder).map { "did you mean '\($0)'? " }
          ?? "")
          + "give names, or positions from 0 as in at:5, at:0..63, first:64 or last:64")
    }
    return neuron..<neuron + 1
  }

  /// A name that is nearly this one; every name of one or two letters is near another.
  private func suggestion(_ name: String, _ finder: NameFinder) -> String? {
    name.count < 3 ? nil : Suggestion.nearest(to: name, among: finder.someNames)
  }

  private func count(
    _ text: String, _ finder: NameFinder, _ plain: PlainNumber
  ) throws -> Range<Int> {
    guard let number = Self.number(text), number >= 1, number <= finder.count else {
      throw failure(
        "\(text) of \(finder.count) neurons are asked for", "give 1 to \(finder.count)")
    }
    return plain == .first ? 0..<number : finder.count - number..<finder.count
  }

  private func positions(_ text: String, _ finder: NameFinder) throws -> Range<Int> {
    guard let bounds = Self.bounds(text) else {
      throw failure(
        "\(Excerpt.quoted(text)) is no position", "give a number from 0, or a range as in 0..63")
    }
    guard bounds.low <= bounds.high else {
      throw failure("the range \(text) runs backwards", "write the smaller number first")
    }
    guard bounds.high < finder.count else {
      throw failure(
        "there is no neuron \(bounds.high)",
        "the network has \(finder.count) neurons, counted from 0")
    }
    return bounds.low..<bounds.high + 1
  }

  private func ambiguous(
    _ word: String, isCount: Bool, _ plain: PlainNumber
  ) -> CyclogradError {
    let isRange = word.contains("..")
    var advice = "write at:\(word) for \(isRange ? "positions" : "the position") from 0, "
    if isCount { advice += "\(plain.rawValue):\(word) for so many neurons, " }
    let name = isRange ? String(word.prefix { $0 != "." }) : word
    advice += "or name:\(name) for the neuron of that name"
    return failure(
      isRange
        ? "\(word) can mean positions, but neurons have such names"
        : "\(word) is a neuron's name, and can also mean "
          + (isCount ? "how many neurons" : "a position"), advice)
  }

  private static func bounds(_ word: String) -> (low: Int, high: Int, isRange: Bool)? {
    if let number = number(word) { return (number, number, false) }
    guard let dots = word.firstRange(of: ".."), let low = number(word[..<dots.lowerBound]),
      let high = number(word[dots.upperBound...])
    else { return nil }
    return (low, high, true)
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

extension NeuronSelection {
  private struct Item {
    var word: String
    var isQuoted: Bool
  }

  /// The parts between commas; names with commas stand between quotation marks, as in CSV.
  private func items() throws -> [Item] {
    var items: [Item] = []
    var rest = text[...]
    while true {
      while rest.first == " " { rest.removeFirst() }
      if rest.first == "\"" {
        let word = try quoted(&rest)
        while rest.first == " " { rest.removeFirst() }
        guard rest.isEmpty || rest.first == "," else {
          throw failure("text after a quotation mark", "separate names by commas")
        }
        items.append(Item(word: word, isQuoted: true))
      } else {
        let end = rest.firstIndex(of: ",") ?? rest.endIndex
        var word = rest[..<end]
        while word.last == " " { word.removeLast() }
        items.append(Item(word: String(word), isQuoted: false))
        rest = rest[end...]
      }
      guard rest.first == "," else { return items }
      rest.removeFirst()
    }
  }
}

extension NeuronSelection {
  /// Takes a name between quotation marks; two of them within it stand for one.
  private func quoted(_ rest: inout Substring) throws -> String {
    rest.removeFirst()
    var word = ""
    while let end = rest.firstIndex(of: "\"") {
      word += rest[..<end]
      rest = rest[rest.index(after: end)...]
      guard rest.first == "\"" else { return word }
      word += "\""
      rest.removeFirst()
    }
    throw failure("a quotation mark without its pair", "write \"\" for one within a name")
  }
}

/// Finds neurons by their names; the table of them is made only where somebody asks.
private final class NameFinder {
  let count: Int
  /// Whether the file names neurons, so that a number can be a name.
  let hasOwnNames: Bool
  private let read: () -> [String]
  private lazy var names = read()
  private lazy var positions = Dictionary(
    names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })

  init(count: Int, hasOwnNames: Bool, names: @escaping () -> [String]) {
    self.count = count
    self.hasOwnNames = hasOwnNames
    read = names
  }

  /// Names for suggestions; a search among millions would not end.
  var someNames: [String] { Array(names.prefix(10_000)) }

  func position(of name: String) -> Int? { positions[name] }

  func called(_ neuron: Int) -> String {
    names.indices.contains(neuron) ? names[neuron] : "\(neuron)"
  }

  /// The places of neurons whose names are the number, or numbers of the range, of a word; empty if there are such
  /// names, but not one after the other; `nil` if there are none.
  func places(named word: String, _ low: Int, _ high: Int) -> Range<Int>? {
    guard hasOwnNames else { return nil }
    if let place = positions[word] { return place..<place + 1 }
    guard low <= high, positions["\(low)"] != nil || positions["\(high)"] != nil else { return nil }
    guard let first = positions["\(low)"], high - low < count,
      (0...high - low).allSatisfy({ positions["\(low + $0)"] == first + $0 })
    else { return 0..<0 }
    return first..<first + high - low + 1
  }
}
