/// Text from a file, made fit for a message.
package enum Excerpt {
  private static let limit = 40

  /// The text between quotation marks, shortened, with control characters escaped.
  static func quoted(_ bytes: some Collection<UInt8>) -> String {
    var head = Array(bytes.prefix(limit + 1))
    let isShortened = head.count > limit
    if isShortened {
      // A character is kept whole or not at all.
      while head.count > 1, head[head.count - 1] & 0xC0 == 0x80 { head.removeLast() }
      head.removeLast()
    }
    return "\"" + escaped(String(decoding: head, as: UTF8.self)) + (isShortened ? "…\"" : "\"")
  }

  /// The same for a text.
  package static func quoted(_ text: String) -> String { quoted(Array(text.utf8)) }

  /// The text with control characters escaped.
  package static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
        result += scalar.escaped(asASCII: true)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
