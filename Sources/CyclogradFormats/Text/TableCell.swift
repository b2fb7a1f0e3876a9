/// A cell of a text table, where it lies in the file.
struct TableCell {
  /// The text without blanks around it, and without the quotation marks around it.
  var bytes: UnsafeBufferPointer<UInt8>
  var isQuoted: Bool

  /// The text, with doubled quotation marks undone.
  var text: String {
    var result: [UInt8] = []
    var isSecond = false
    for byte in bytes {
      isSecond = isQuoted && byte == UInt8(ascii: "\"") && !isSecond
      if !isSecond { result.append(byte) }
    }
    return String(decoding: result, as: UTF8.self)
  }

  var number: Double? { DecimalScanner.number(bytes) }

  /// +1 or −1 for a bare sign.
  var sign: Double? {
    guard bytes.count <= 3 else { return nil }
    return switch text {
    case "+": 1
    case "-", "−": -1
    default: nil
    }
  }

  /// Whether it says that there is no value.
  var isMissing: Bool { !isQuoted && Self.missing.contains(text.lowercased()) }

  private static let missing: Set<String> = ["", "na", "n/a", "#n/a", "null", "none", "?", "."]
}

extension Delimiter {
  /// The cells of a line, or nothing if its quotation marks do not match.
  func split(_ line: UnsafeBufferPointer<UInt8>) -> [TableCell]? {
    var cells: [TableCell] = []
    var next = 0
    while true {
      while next < line.count, isBlank(line[next]) { next += 1 }
      if self == .whitespace, next == line.count { return cells }
      let isQuoted = next < line.count && line[next] == UInt8(ascii: "\"")
      let start = isQuoted ? next + 1 : next
      if isQuoted {
        guard let end = closingQuote(line, start) else { return nil }
        cells.append(cell(line, start..<end, isQuoted: true))
        next = end + 1
        if self == .whitespace, next < line.count, !isBlank(line[next]) { return nil }
        while next < line.count, isBlank(line[next]) { next += 1 }
      } else {
        while next < line.count, !isEnd(line[next]) { next += 1 }
        var end = next
        while end > start, isBlank(line[end - 1]) { end -= 1 }
        cells.append(cell(line, start..<end, isQuoted: false))
      }
      if self == .whitespace { continue }
      if next == line.count { return cells }
      guard line[next] == byte else { return nil }
      next += 1
    }
  }

  private func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") && self != .byte(byte)
  }

  private func isEnd(_ byte: UInt8) -> Bool {
    self == .whitespace ? isBlank(byte) : byte == self.byte
  }

  private func closingQuote(_ line: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
    var next = start
    while next < line.count {
      if line[next] == UInt8(ascii: "\"") {
        guard next + 1 < line.count, line[next + 1] == UInt8(ascii: "\"") else { return next }
        next += 1
      }
      next += 1
    }
    return nil
  }

  private func cell(
    _ line: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, isQuoted: Bool
  ) -> TableCell {
    TableCell(bytes: UnsafeBufferPointer(rebasing: line[range]), isQuoted: isQuoted)
  }
}
