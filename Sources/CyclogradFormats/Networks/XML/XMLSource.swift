import Cyclograd

/// XML from a file, checked before a parser sees it.
///
/// Entities that a document defines itself can stand for enormous texts or for other files, and
/// formats of graphs have no use for them. They are refused here, so that it does not matter what a parser
/// would make of them.
enum XMLSource {
  /// The text as the parser is to see it.
  static func checked(_ bytes: [UInt8], file: String) throws -> [UInt8] {
    try bytes.withUnsafeBufferPointer { bytes in
      let text = try TextSource.check(bytes, file: file)
      // The check finds words in UTF-8; in another encoding they could hide.
      try checkEncoding(text, file)
      guard !ByteSearch.contains(text, "<!ENTITY"), let fitting = fitting(text) else {
        throw CyclogradError(
          .malformedFile, "the document type defines entities or elements, which are not read",
          at: .init(file: file), advice: "remove what is between [ and ] after <!DOCTYPE")
      }
      return fitting
    }
  }

  /// What libxml2 says of documents that are well-formed nevertheless, by its numbers.
  private static let warnings: Set<Int> = [27, 93, 97, 98, 99, 100, 102, 106, 107]
  /// Likewise; prefixes need not be declared.
  private static let namespaceErrors = 200..<300

  /// Whether the parser may go on after an error of this number.
  ///
  /// After others it would make what it can of the rest, which ends the process at some processing
  /// instructions that only it takes for such.
  static func isHarmless(_ code: Int) -> Bool {
    warnings.contains(code) || namespaceErrors.contains(code)
  }

  private static func checkEncoding(_ text: UnsafeBufferPointer<UInt8>, _ file: String) throws {
    guard text.starts(with: "<?xml".utf8),
      let end = text.firstIndex(of: UInt8(ascii: ">"))
    else { return }
    let declaration = String(decoding: text[..<end], as: UTF8.self).lowercased()
    guard let place = declaration.firstRange(of: "encoding") else { return }
    let name = declaration[place.upperBound...].drop { $0 == " " || $0 == "=" || $0 == "\t" }
      .dropFirst().prefix { $0 != "\"" && $0 != "'" }
    let isASCII = text.allSatisfy { $0 < 0x80 }
    let harmless = ["iso-8859-1", "latin1", "windows-1252"]
    guard
      ["utf-8", "utf8", "us-ascii", "ascii"].contains(String(name))
        || isASCII && harmless.contains(String(name))
    else {
      throw CyclogradError(
        .malformedFile, "the encoding is \(Excerpt.quoted(String(name)))",
        at: .init(file: file, line: 1), advice: "save the file as UTF-8, and say so")
    }
  }

  /// The text with something in every processing instruction; `nil` for a document type with
  /// anything but names in it.
  ///
  /// Foundation's parser ends the process at an instruction without content, such as `<?a?>`.
  private static func fitting(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var place = text.startIndex
    /// Takes everything up to and with a word, or to the end.
    func upTo(_ end: StaticString, behind start: Int = 0) -> Slice<UnsafeBufferPointer<UInt8>> {
      let last = end.utf8Start[end.utf8CodeUnitCount - 1]
      var next = place + start
      while let found = text[next...].firstIndex(of: last) {
        next = found + 1
        let word = UnsafeBufferPointer(start: end.utf8Start, count: end.utf8CodeUnitCount)
        if text[(place + start)..<next].suffix(word.count).elementsEqual(word) {
          return text[place..<next]
        }
      }
      return text[place...]
    }
    while place < text.endIndex {
      let rest = text[place...]
      let part: Slice<UnsafeBufferPointer<UInt8>>
      if rest.starts(with: "<!--".utf8) {
        part = upTo("-->", behind: 4)
      } else if rest.starts(with: "<![CDATA[".utf8) {
        part = upTo("]]>")
      } else if rest.starts(with: "<!DOCTYPE".utf8) {
        part = upTo(">")
        let quotes = [UInt8(ascii: "\""), UInt8(ascii: "'")]
        guard !part.contains(UInt8(ascii: "[")), !part.dropFirst().contains(UInt8(ascii: "<")),
          quotes.allSatisfy({ quote in part.count { $0 == quote }.isMultiple(of: 2) })
        else { return nil }
      } else if rest.starts(with: "<?".utf8) {
        part = upTo("?>")
        if !part.contains(where: { $0 == 32 || 9...13 ~= $0 }), part.count > 4 {
          result += part.dropLast(2)
          result += " -?>".utf8
          place = part.endIndex
          continue
        }
      } else {
        // Up to the next piece of markup.
        let end = rest.dropFirst().firstIndex(of: UInt8(ascii: "<")) ?? text.endIndex
        part = text[place..<end]
      }
      result += part
      place = part.endIndex
    }
    return result
  }
}
