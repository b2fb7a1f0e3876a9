/// The few kinds of Python literals that NumPy headers and NetworkX's edges are made of.
enum PythonLiteral: Equatable {
  case string(String)
  case boolean(Bool)
  case number(Double)
  case none
  case tuple([Int])
  /// A list, which only describes structured types; its content is not looked at.
  case list

  struct Malformed: Error { let reason: String }

  /// Parses `{'key': value, …}` followed by nothing but blanks.
  static func dictionary(_ bytes: ArraySlice<UInt8>) throws(Malformed) -> [String: PythonLiteral] {
    var parser = Parser(rest: bytes)
    return try parser.dictionary()
  }

  private struct Parser {
    var rest: ArraySlice<UInt8>

    mutating func dictionary() throws(Malformed) -> [String: PythonLiteral] {
      var result: [String: PythonLiteral] = [:]
      try expect("{")
      while !accept("}") {
        let key = try string()
        try expect(":")
        let value = try value()
        guard result.updateValue(value, forKey: key) == nil else {
          throw Malformed(reason: "\(Excerpt.quoted(key)) is there twice")
        }
        // The inside of a list is not parsed, so nothing after it can be either.
        if value == .list { return result }
        if !accept(",") {
          try expect("}")
          break
        }
      }
      skipBlanks()
      guard rest.isEmpty else { throw Malformed(reason: "something follows the dictionary") }
      return result
    }

    private mutating func value() throws(Malformed) -> PythonLiteral {
      skipBlanks()
      switch rest.first {
      case UInt8(ascii: "'"), UInt8(ascii: "\""): return .string(try string())
      case UInt8(ascii: "("): return .tuple(try tuple())
      case UInt8(ascii: "["): return .list
      default:
        if accept("True") { return .boolean(true) }
        if accept("False") { return .boolean(false) }
        if accept("None") { return .none }
        if let number = number() { return .number(number) }
        throw unexpected("a value")
      }
    }

    private mutating func number() -> Double? {
      let digits = rest.prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "}") && $0 != 32 }
      guard let value = digits.withUnsafeBufferPointer({ DecimalScanner.number($0) }) else {
        return nil
      }
      rest = rest.dropFirst(digits.count)
      return value
    }

    private mutating func string() throws(Malformed) -> String {
      skipBlanks()
      guard let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
        throw unexpected("a string")
      }
      rest.removeFirst()
      let content = rest.prefix { $0 != quote && $0 != UInt8(ascii: "\\") }
      rest = rest.dropFirst(content.count)
      guard rest.first == quote else { throw unexpected("the end of a string") }
      rest.removeFirst()
      return String(decoding: content, as: UTF8.self)
    }

    /// `()`, `(3,)` or `(3, 4)`; `(3)` is not a tuple.
    private mutating func tuple() throws(Malformed) -> [Int] {
      try expect("(")
      var result: [Int] = []
      while !accept(")") {
        result.append(try integer())
        if !accept(",") {
          guard result.count > 1 else { throw unexpected("a comma") }
          try expect(")")
          break
        }
      }
      return result
    }

    private mutating func integer() throws(Malformed) -> Int {
      skipBlanks()
      let digits = rest.prefix { (48...57).contains($0) }
      guard !digits.isEmpty else { throw unexpected("a number") }
      guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
        throw Malformed(reason: "the shape is too large")
      }
      rest = rest.dropFirst(digits.count)
      // Python 2 marked long integers.
      if rest.first == UInt8(ascii: "L") { rest.removeFirst() }
      return value
    }

    private mutating func skipBlanks() {
      rest = rest.drop { $0 == UInt8(ascii: " ") || (9...13).contains($0) }
    }

    private mutating func accept(_ token: String) -> Bool {
      skipBlanks()
      guard rest.starts(with: token.utf8) else { return false }
      rest = rest.dropFirst(token.utf8.count)
      return true
    }

    private mutating func expect(_ token: String) throws(Malformed) {
      if !accept(token) { throw unexpected("'\(token)'") }
    }

    private func unexpected(_ wanted: String) -> Malformed {
      Malformed(
        reason: rest.isEmpty
          ? "the header ends before \(wanted)"
          : "expected \(wanted), found \(Excerpt.quoted(rest))")
    }
  }
}
