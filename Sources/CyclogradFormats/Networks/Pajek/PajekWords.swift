/// The words of a line of a Pajek file; quotation marks hold one together.
struct PajekWords {
  private var rest: Slice<UnsafeBufferPointer<UInt8>>
  /// Whether a quotation mark was not closed.
  private(set) var isUnmatched = false

  init(_ line: UnsafeBufferPointer<UInt8>) { rest = line[...] }

  /// The next word without its quotation marks; `nil` after the last one.
  mutating func next() -> String? {
    rest = rest.drop { $0 == 32 || $0 == 9 }
    guard let first = rest.first else { return nil }
    guard first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") else {
      let word = rest.prefix { $0 != 32 && $0 != 9 }
      rest = rest[word.endIndex...]
      return String(decoding: word, as: UTF8.self)
    }
    let inside = rest.dropFirst()
    guard let end = inside.firstIndex(of: first) else {
      isUnmatched = true
      rest = rest[rest.endIndex...]
      return nil
    }
    rest = inside[(end + 1)...]
    return String(decoding: inside[..<end], as: UTF8.self)
  }

  /// All that are left.
  mutating func all() -> [String] {
    var words: [String] = []
    while let word = next() { words.append(word) }
    return words
  }

  static func number(_ word: String) -> Double? {
    var word = word
    return word.withUTF8 { DecimalScanner.number($0) }
  }
}
