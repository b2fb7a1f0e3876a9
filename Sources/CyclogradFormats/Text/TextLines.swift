import Glibc

/// The lines of a text that ends its lines with LF, CRLF or CR.
struct TextLines {
  /// The number of the line that ``next()`` gave last, counted from 1.
  private(set) var number = 0
  private var position: UnsafePointer<UInt8>
  private let end: UnsafePointer<UInt8>
  private var lineFeed: UnsafePointer<UInt8>
  private var carriageReturn: UnsafePointer<UInt8>

  init(_ text: UnsafeBufferPointer<UInt8>) {
    // An empty buffer may be without an address; any address serves to say that nothing is left.
    position = text.baseAddress ?? UnsafePointer(bitPattern: 1)!
    end = position + text.count
    lineFeed = position - 1
    carriageReturn = lineFeed
  }

  /// The text after the line that ``next()`` gave last.
  var rest: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: position, count: end - position)
  }

  /// The bytes of the next line without its end; `nil` after the last line.
  mutating func next() -> UnsafeBufferPointer<UInt8>? {
    guard position < end else { return nil }
    number += 1
    // Either kind is looked for again only once it is passed, so that the whole stays linear.
    if lineFeed < position { lineFeed = find(UInt8(ascii: "\n")) }
    if carriageReturn < position { carriageReturn = find(UInt8(ascii: "\r")) }
    let stop = min(lineFeed, carriageReturn)
    let line = UnsafeBufferPointer(start: position, count: stop - position)
    let isPair = carriageReturn < lineFeed && carriageReturn + 1 == lineFeed && lineFeed < end
    position = stop == end ? end : stop + (isPair ? 2 : 1)
    return line
  }

  private func find(_ byte: UInt8) -> UnsafePointer<UInt8> {
    guard let found = memchr(position, Int32(byte), end - position) else { return end }
    return UnsafePointer(found.assumingMemoryBound(to: UInt8.self))
  }
}

extension TextLines {
  /// The next line that is neither blank nor a comment.
  mutating func nextRow() -> UnsafeBufferPointer<UInt8>? {
    while let line = next() {
      let start = line.first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
      if let start, start != UInt8(ascii: "#") { return line }
    }
    return nil
  }
}
