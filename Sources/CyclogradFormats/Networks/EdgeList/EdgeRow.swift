/// The quick way through a row of an edge list: source, target and weight, plainly written.
struct EdgeRow {
  private let separator: UInt8
  private let base: Int
  private let hasWeight: Bool

  /// Nothing where the columns are in another order, or separated by blanks.
  init?(_ columns: EdgeListColumns, _ delimiter: Delimiter, base: Int) {
    guard !columns.hasDictionaries, columns.sign == nil, columns.source == 0, columns.target == 1,
      delimiter != .whitespace,
      columns.count == 2 || columns.count == 3 && columns.weight == 2
    else { return nil }
    separator = delimiter.byte
    self.base = base
    hasWeight = columns.count == 3
  }

  /// Reads an edge and moves past it; the caller checks what follows.
  @inline(__always)
  func read(
    _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) -> (source: Int32, target: Int32, weight: Double)? {
    guard let source = Self.number(&cursor, end, base: base), cursor < end,
      cursor.pointee == separator
    else { return nil }
    cursor += 1
    guard let target = Self.number(&cursor, end, base: base) else { return nil }
    guard hasWeight else { return (source, target, 1) }
    guard cursor < end, cursor.pointee == separator else { return nil }
    cursor += 1
    guard let weight = DecimalScanner.scan(&cursor, end: end), weight.isFinite else { return nil }
    return (source, target, weight)
  }

  /// The index of a neuron from its number.
  @inline(__always)
  static func number(
    _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, base: Int
  ) -> Int32? {
    var value = 0
    let start = cursor
    while cursor < end {
      let digit = cursor.pointee &- 48
      if digit > 9 { break }
      value = value &* 10 &+ Int(digit)
      cursor += 1
    }
    guard cursor > start, cursor - start <= 10 else { return nil }
    let index = value - base
    guard index >= 0, index < Int(Int32.max) else { return nil }
    return Int32(index)
  }
}
