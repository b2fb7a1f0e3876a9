import Cyclograd

/// The words of a GML file: keys, values and brackets.
struct GMLTokens {
  enum Token: Equatable {
    case key(String)
    /// A number, and how it is written.
    case number(Double, String)
    case text(String)
    case open, close
  }

  let file: String
  private(set) var line = 1
  private let bytes: UnsafeBufferPointer<UInt8>
  private var next = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) {
    self.bytes = bytes
    self.file = file
  }

  func malformed(_ message: String, advice: String? = nil) -> CyclogradError {
    CyclogradError(.malformedFile, message, at: .init(file: file, line: line), advice: advice)
  }

  /// The next token; `nil` at the end.
  mutating func token() throws -> Token? {
    skipBlanks()
    guard next < bytes.count else { return nil }
    switch bytes[next] {
    case UInt8(ascii: "["):
      next += 1
      return .open
    case UInt8(ascii: "]"):
      next += 1
      return .close
    case UInt8(ascii: "\""): return .text(try quoted())
    default: return try word()
    }
  }

  /// Skips a list whose opening bracket has been read, however deep it goes.
  mutating func skipList() throws {
    let start = line
    var depth = 1
    while depth > 0 {
      switch try token() {
      case .open?: depth += 1
      case .close?: depth -= 1
      case nil: throw malformed("the list that begins in line \(start) has no end")
      default: break
      }
    }
  }

  private mutating func skipBlanks() {
    while next < bytes.count {
      switch bytes[next] {
      case 10:
        line += 1
        next += 1
      case 13:
        // CRLF is counted at its LF.
        if next + 1 == bytes.count || bytes[next + 1] != 10 { line += 1 }
        next += 1
      case 32, 9, 11, 12: next += 1
      case UInt8(ascii: "#"):
        while next < bytes.count, bytes[next] != 10, bytes[next] != 13 { next += 1 }
      default: return
      }
    }
  }

  private mutating func word() throws -> Token {
    let start = next
    let ends: [UInt8] = [UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "\"")]
    while next < bytes.count, bytes[next] > 32, !ends.contains(bytes[next]) { next += 1 }
    let word = UnsafeBufferPointer(rebasing: bytes[start..<next])
    guard let first = word.first else { throw malformed("a control character") }
    let isLetter = 65...90 ~= first & 0xDF || first == UInt8(ascii: "_")
    if isLetter { return .key(String(decoding: word, as: UTF8.self)) }
    guard let number = DecimalScanner.number(word) else {
      throw malformed("\(Excerpt.quoted(word)) is neither a key nor a number")
    }
    return .number(number, String(decoding: word, as: UTF8.self))
  }

  private mutating func quoted() throws -> String {
    let start = (next + 1, line)
    next += 1
    var hasEntity = false
    while next < bytes.count, bytes[next] != UInt8(ascii: "\"") {
      if bytes[next] == 10 || bytes[next] == 13 && bytes.dropFirst(next + 1).first != 10 {
        line += 1
      }
      if bytes[next] == UInt8(ascii: "&") { hasEntity = true }
      next += 1
    }
    guard next < bytes.count else {
      line = start.1
      throw malformed("a quotation mark is not closed")
    }
    let text = String(decoding: bytes[start.0..<next], as: UTF8.self)
    next += 1
    return hasEntity ? GMLText.decoded(text) : text
  }
}

/// Text as GML holds it: ASCII, with entities of HTML for everything else.
enum GMLText {
  private static let names: [Substring: Unicode.Scalar] = [
    "amp": "&", "quot": "\"", "lt": "<", "gt": ">", "apos": "'", "nbsp": "\u{A0}",
  ]

  /// The text with entities replaced; what is none stays as it is.
  static func decoded(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var rest = text.unicodeScalars[...]
    while let scalar = rest.first {
      if scalar == "&", let end = rest.prefix(12).firstIndex(of: ";"),
        let value = value(Substring(rest[rest.index(after: rest.startIndex)..<end]))
      {
        result.append(value)
        rest = rest[rest.index(after: end)...]
      } else {
        result.append(scalar)
        rest.removeFirst()
      }
    }
    return String(result)
  }

  private static func value(_ name: Substring) -> Unicode.Scalar? {
    guard name.first == "#" else { return names[name] }
    let digits = name.dropFirst()
    let code =
      digits.first == "x" || digits.first == "X"
      ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
    return code.flatMap { $0 == 0 ? nil : Unicode.Scalar($0) }
  }

  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "\"": result += "&quot;"
      case " "..."~": result.unicodeScalars.append(scalar)
      default: result += "&#\(scalar.value);"
      }
    }
    return result + "\""
  }

  /// A number such that every reader sees of which type it is.
  static func number(_ number: Double) -> String {
    if let whole = Int32(exactly: number), number != 0 || number.sign == .plus {
      return String(whole)
    }
    let text = number.description
    guard let exponent = text.firstIndex(where: { $0 == "e" }), !text[..<exponent].contains(".")
    else {
      return text.replacing("e", with: "E")
    }
    return text[..<exponent] + ".0E" + text[text.index(after: exponent)...]
  }
}
