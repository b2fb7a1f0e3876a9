import Cyclograd
import Yams

/// The text of a graph file or another file in YAML, checked byte by byte before the YAML parser sees it.
///
/// The parser hashes mapping keys with everything that aliases bring into them, which takes
/// exponential time on a file made for it. So aliases are hidden from it: the `*` of anything that
/// looks like one becomes a private-use character, and ``NodeSource`` follows them afterwards.
struct SourceText {
  /// The file's name, as errors give it.
  let name: String
  /// What the file is, for messages, and what it begins with.
  let kind: Kind
  /// The text, aliases hidden.
  let text: String
  /// What stands for `*` in ``text``; `nil` where nothing looked like an alias.
  let marker: Character?

  /// Larger files are refused: the parser needs some 30 bytes of memory for each byte of text.
  static let sizeLimit = 64 << 20

  /// What a file is.
  struct Kind {
    let name: String
    let format: String

    static let graph = Kind(name: "graph file", format: Keywords.format)
    static let training = Kind(name: "training file", format: TrainingFile.format)
    static let study = Kind(name: "study file", format: StudyFile.format)
    static let transform = Kind(name: "description of inputs", format: InputTransform.format)
  }

  init(_ bytes: [UInt8], name: String, kind: Kind = .graph) throws {
    self.name = name
    self.kind = kind
    guard bytes.count <= Self.sizeLimit else {
      throw CyclogradError(
        .tooLarge, "the \(kind.name) has \(bytes.count) bytes; at most \(Self.sizeLimit) are read",
        at: .init(file: name), advice: "keep weights and edges in files of their own")
    }
    let body = Self.joiningSurrogates(
      bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...])
    guard let text = String(validating: body, as: UTF8.self) else {
      throw Self.notUnicode(body, name: name, kind)
    }
    if let place = Self.unprintable(in: text) {
      let code = String(place.scalar.value, radix: 16, uppercase: true)
      throw CyclogradError(
        .malformedFile, "a character that is not text (U+\(code))",
        at: .init(file: name, line: place.line, column: place.column),
        advice: "a \(kind.name) is plain text in UTF-8")
    }
    if Self.mayHaveAliases(body) {
      let marker = try Self.unusedCharacter(in: text, name: name)
      self.marker = marker
      self.text = Self.hideAliases(in: body, behind: marker)
    } else {
      marker = nil
      self.text = text
    }
  }

  /// Whether an index in braces follows a name without quotation marks in a line.
  func hasOpenIndex(line number: Int) -> Bool {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.indices.contains(number - 1) else { return false }
    var quote: Character?
    var last: Character = " "
    for character in lines[number - 1] {
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "\"" || character == "'" {
        quote = character
      } else if character == "{", last.isLetter || last.isNumber || last == "_" || last == "-" {
        return true
      }
      last = character
    }
    return false
  }

  /// The text as the author wrote it.
  func restored(_ string: String) -> String {
    guard let marker, string.contains(marker) else { return string }
    return String(string.map { $0 == marker ? "*" : $0 })
  }

  /// The first character that YAML does not allow, found here because the parser gives no line.
  private static func unprintable(
    in text: String
  ) -> (scalar: Unicode.Scalar, line: Int, column: Int)? {
    var (line, column) = (1, 1)
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x0A:
        line += 1
        column = 0
      case 0x09, 0x0D, 0x20...0x7E, 0x85: break
      case 0x00..<0xA0, 0xFEFF, 0xFFFE, 0xFFFF: return (scalar, line, column)
      default: break
      }
      column += 1
    }
    return nil
  }

  private static func notUnicode(
    _ bytes: ArraySlice<UInt8>, name: String, _ kind: Kind
  ) -> CyclogradError {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var offset = 0
    decoding: while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar): offset += UTF8.width(scalar)
      case .emptyInput, .error: break decoding
      }
    }
    return CyclogradError(
      .malformedFile, "bytes that are not UTF-8",
      at: location(of: offset, in: bytes, name: name), advice: "save the \(kind.name) as UTF-8")
  }

  private static func location(
    of offset: Int, in bytes: ArraySlice<UInt8>, name: String
  ) -> CyclogradError.Location {
    let before = bytes.prefix(offset)
    let line = before.lazy.filter { $0 == 0x0A }.count + 1
    let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? before.startIndex
    let column = before[start...].lazy.filter { $0 & 0xC0 != 0x80 }.count + 1
    return .init(file: name, line: line, column: column)
  }
}

extension SourceText {
  private static func isAnchorCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D: true
    default: false
    }
  }

  private static func mayHaveAliases(_ bytes: ArraySlice<UInt8>) -> Bool {
    zip(bytes, bytes.dropFirst()).contains { $0 == 0x2A && isAnchorCharacter($1) }
  }

  private static func unusedCharacter(in text: String, name: String) throws -> Character {
    var used = Set<UInt32>()
    for scalar in text.unicodeScalars where 0xE000...0xF8FF ~= scalar.value {
      used.insert(scalar.value)
    }
    guard let free = (UInt32(0xE000)...0xF8FF).first(where: { !used.contains($0) }),
      let scalar = Unicode.Scalar(free)
    else {
      throw CyclogradError(
        .malformedFile, "aliases together with every private-use character of Unicode",
        at: .init(file: name))
    }
    return Character(scalar)
  }

  private static func hideAliases(in bytes: ArraySlice<UInt8>, behind marker: Character) -> String {
    var hidden: [UInt8] = []
    hidden.reserveCapacity(bytes.count + 64)
    let replacement = Array(String(marker).utf8)
    for index in bytes.indices {
      let next = index + 1
      if bytes[index] == 0x2A, next < bytes.endIndex, isAnchorCharacter(bytes[next]) {
        hidden += replacement
      } else {
        hidden.append(bytes[index])
      }
    }
    return String(decoding: hidden, as: UTF8.self)
  }
}
