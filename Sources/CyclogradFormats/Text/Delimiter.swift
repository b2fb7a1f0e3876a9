/// What separates the cells of a line.
enum Delimiter: Equatable {
  /// One byte; between two of them there may be an empty cell.
  case byte(UInt8)
  /// Any number of spaces and tabs.
  case whitespace

  /// Judges from one line, outside quotation marks.
  ///
  /// Semicolons come first, because where they are used, commas tend to be decimal commas.
  init(of line: UnsafeBufferPointer<UInt8>) {
    var isQuoted = false
    var hasComma = false
    var hasSemicolon = false
    for byte in line {
      switch byte {
      case UInt8(ascii: "\""): isQuoted.toggle()
      case UInt8(ascii: ",") where !isQuoted: hasComma = true
      case UInt8(ascii: ";") where !isQuoted: hasSemicolon = true
      default: break
      }
    }
    if hasSemicolon {
      self = .byte(UInt8(ascii: ";"))
    } else if hasComma {
      self = .byte(UInt8(ascii: ","))
    } else {
      self = Self.separatesByTabs(line) ? .byte(UInt8(ascii: "\t")) : .whitespace
    }
  }

  /// Tabs may also be mere alignment, mixed with spaces between numbers, or doubled.
  private static func separatesByTabs(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    let tab = Delimiter.byte(UInt8(ascii: "\t"))
    guard line.contains(UInt8(ascii: "\t")), let cells = tab.split(line) else { return false }
    return cells.allSatisfy { cell in
      guard !cell.bytes.isEmpty else { return cell.isQuoted }
      guard !cell.isQuoted, let parts = Delimiter.whitespace.split(cell.bytes), parts.count > 1
      else { return true }
      return !parts.allSatisfy { DecimalScanner.number($0.bytes) != nil }
    }
  }

  /// The byte that is looked for; for whitespace, a space.
  var byte: UInt8 {
    if case .byte(let byte) = self { byte } else { UInt8(ascii: " ") }
  }
}
