import Cyclograd

/// XML from a file, checked before a parser sees it.
///
/// Entities that a document defines itself can stand for enormous texts or for other files, and
/// GraphML has no use for them. They are refused here, so that it does not matter what a parser
/// would make of them.
enum XMLSource {
  static func check(_ bytes: [UInt8], file: String) throws {
    try bytes.withUnsafeBufferPointer { bytes in
      let text = try TextSource.check(bytes, file: file)
      // The check finds words in UTF-8; in another encoding they could hide.
      try checkEncoding(text, file)
      guard !ByteSearch.contains(text, "<!ENTITY"), !hasInternalSubset(text) else {
        throw CyclogradError(
          .malformedFile, "the document type defines entities or elements, which are not read",
          at: .init(file: file), advice: "remove what stands between [ and ] behind <!DOCTYPE")
      }
    }
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

  /// Whether `[` stands between `<!DOCTYPE` and its `>`.
  private static func hasInternalSubset(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    let word = Array("<!DOCTYPE".utf8)
    var place = text.startIndex
    while let start = text[place...].firstIndex(of: UInt8(ascii: "<")) {
      if text[start...].starts(with: word) {
        let rest = text[start...].prefix { $0 != UInt8(ascii: ">") }
        return rest.contains(UInt8(ascii: "["))
      }
      // The document type stands before the first element.
      guard start + 1 < text.endIndex,
        [UInt8(ascii: "!"), UInt8(ascii: "?")].contains(text[start + 1])
      else { return false }
      place = start + 1
    }
    return false
  }
}
