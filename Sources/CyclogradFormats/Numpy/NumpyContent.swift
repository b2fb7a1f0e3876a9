import Cyclograd
import Glibc

/// A NumPy array as it is in a file, before its elements are converted to what someone asks for.
///
/// They can be asked for once.
struct NumpyContent {
  let header: NumpyHeader
  /// The number of elements.
  let count: Int
  /// From the first element on.
  private let data: MemberBytes

  init(
    _ file: MemberBytes, allowsText: Bool = false, more: NumpyHeader.MoreDimensions = .refused
  ) throws {
    do {
      header = try NumpyHeader(file, allowsText: allowsText, more: more)
    } catch let error as NumpyHeader.Malformed {
      throw CyclogradError(.malformedFile, error.reason, at: file.location)
    }
    let shape = header.shape.map(String.init).joined(separator: " × ")
    guard let count = header.count else {
      throw CyclogradError(.tooLarge, "the header claims \(shape) elements", at: file.location)
    }
    guard count * header.type.size == file.available else {
      let needed = count * header.type.size
      throw CyclogradError(
        .malformedFile,
        "the header promises \(needed) bytes of data, but the file has \(file.available)",
        at: file.location)
    }
    self.count = count
    data = file
  }

  private init(_ header: NumpyHeader, _ count: Int, _ data: MemberBytes) {
    self.header = header
    self.count = count
    self.data = data
  }

  /// Some elements of a list that is not compressed, read without the others.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` where the list has no such elements, or is compressed.
  func part(_ range: Range<Int>) throws -> NumpyContent {
    guard header.shape.count == 1, range.upperBound <= count else {
      throw failure(
        .malformedFile, "there are \(count) elements where \(range.upperBound) are needed")
    }
    let size = header.type.size
    return NumpyContent(
      header, range.count, try data.part(range.lowerBound * size..<range.upperBound * size))
  }

  /// The next elements of a list, from its beginning on.
  ///
  /// - Precondition: there are as many.
  func next(_ count: Int) throws -> NumpyContent {
    NumpyContent(header, count, try data.next(count * header.type.size))
  }

  /// The elements as 64-bit floats, the last index running fastest.
  func array() throws -> NumpyArray {
    NumpyArray(shape: header.shape, elements: try doubles())
  }

  func doubles() throws -> [Double] {
    let type = header.type
    if isTransposed { return try transposed() }
    if isNative(.float, 8) { return try native("the array") }
    return try map("the array") { type.number($0) }
  }

  /// The elements where they are stored as this machine has them.
  private func native<Element: BitwiseCopyable>(_ what: String) throws -> [Element] {
    try Memory.require(
      count * MemoryLayout<Element>.size, for: what, file: data.location.file ?? "")
    return try [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      try data.read(
        into: UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[..<(count * MemoryLayout<Element>.size)]))
      initialized = count
    }
  }

  /// What the closure makes of each element's bytes, block by block.
  private func map<Result: BitwiseCopyable>(
    _ what: String, _ convert: (UnsafeRawPointer) throws -> Result
  ) throws -> [Result] {
    try Memory.require(
      count * MemoryLayout<Result>.size, for: what, file: data.location.file ?? "")
    let size = header.type.size
    return try [Result](unsafeUninitializedCapacity: count) { buffer, initialized in
      LargeBlock.prepare(buffer)
      try data.readBlocks(of: size) { block in
        guard let base = block.baseAddress else { return }
        for start in stride(from: 0, to: block.count, by: size) {
          buffer[initialized] = try convert(base + start)
          initialized += 1
        }
      }
    }
  }

  private var isTransposed: Bool {
    header.isFortranOrder && header.shape.count == 2 && !header.shape.contains(1)
  }

  private func isNative(_ kind: NumpyType.Kind, _ size: Int) -> Bool {
    header.type.kind == kind && header.type.size == size
      && header.type.isBigEndian != LittleEndian.isNative
  }

  private func transposed() throws -> [Double] {
    let type = header.type
    let (rows, columns) = (header.shape[0], header.shape[1])
    try Memory.require(
      count * (8 + type.size), for: "the array", file: data.location.file ?? "")
    let stored = UnsafeMutableRawBufferPointer.allocate(
      byteCount: count * type.size, alignment: 64)
    defer { stored.deallocate() }
    try data.read(into: stored)
    return [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = count
      guard let base = stored.baseAddress else { return }
      // Square blocks use each line of the cache while it is there.
      let block = 32
      for top in stride(from: 0, to: rows, by: block) {
        for left in stride(from: 0, to: columns, by: block) {
          for row in top..<min(top + block, rows) {
            for column in left..<min(left + block, columns) {
              buffer[row * columns + column] = type.number(
                base + (column * rows + row) * type.size)
            }
          }
        }
      }
    }
  }

  /// The elements as indices below the limit; `what` they are stands in errors.
  func indices(below limit: Int, _ what: String) throws -> [Int32] {
    guard isNative(.signed, 4) else {
      let load = try integer(what)
      var place = 0
      return try map(what) {
        let index = load($0)
        guard index >= 0, index < limit else { throw outside(index, place, limit, what) }
        place += 1
        return Int32(truncatingIfNeeded: index)
      }
    }
    let result: [Int32] = try native(what)
    guard isWithin(result, limit) else {
      let place = result.firstIndex { $0 < 0 || Int($0) >= limit } ?? 0
      throw outside(Int(result[place]), place, limit, what)
    }
    return result
  }

  /// The smallest and largest tell it all, and are found many at a time.
  private func isWithin(_ indices: [Int32], _ limit: Int) -> Bool {
    indices.withUnsafeBufferPointer { indices in
      nonisolated(unsafe) let indices = indices
      let pieces = max(1, indices.count >> 18)
      return Workers.forEach(pieces) { piece in
        var (low, high): (Int32, Int32) = (0, -1)
        for place in Workers.piece(piece, of: pieces, total: indices.count) {
          low = min(low, indices[place])
          high = max(high, indices[place])
        }
        return low >= 0 && Int(high) < limit
      }
    }
  }

  private func outside(
    _ index: Int, _ place: Int, _ limit: Int, _ what: String
  ) -> CyclogradError {
    failure(.malformedFile, "\(what) \(index), the \(place)th, is outside 0 to \(limit - 1)")
  }

  /// The elements, which must be integers that fit into 64 bits.
  func integers(_ what: String) throws -> [Int] { try map(what, integer(what)) }

  /// How an element is loaded, which must be an integer.
  private func integer(_ what: String) throws -> (UnsafeRawPointer) -> Int {
    let type = header.type
    switch (type.kind, type.size) {
    case (.signed, 8): return { Int(type.load($0) as Int64) }
    case (.signed, 4): return { Int(type.load($0) as Int32) }
    case (.signed, 2): return { Int(type.load($0) as Int16) }
    case (.signed, 1): return { Int(type.load($0) as Int8) }
    case (.unsigned, 8): return { Int(clamping: type.load($0) as UInt64) }
    case (.unsigned, 4): return { Int(type.load($0) as UInt32) }
    case (.unsigned, 2): return { Int(type.load($0) as UInt16) }
    case (.unsigned, 1): return { Int(type.load($0) as UInt8) }
    default: throw failure(.malformedFile, "\(what) must be integers")
    }
  }

  /// The one text in an array without dimensions; NumPy fills it up with NUL.
  func text() throws -> String {
    let type = header.type
    guard count == 1, type.kind == .bytes || type.kind == .text else {
      throw failure(.malformedFile, "there must be one text")
    }
    let bytes = try data.bytes(type.size)
    var scalars = String.UnicodeScalarView()
    let width = type.kind == .bytes ? 1 : 4
    for start in stride(from: 0, to: type.size, by: width) {
      let code =
        width == 1
        ? UInt32(bytes[start])
        : bytes.withUnsafeBytes { type.load($0.baseAddress! + start) as UInt32 }
      scalars.append(UnicodeScalar(code) ?? "\u{FFFD}")
    }
    while scalars.last == "\0" { scalars.removeLast() }
    return String(scalars)
  }

  private func failure(_ code: CyclogradError.Code, _ reason: String) -> CyclogradError {
    CyclogradError(code, reason, at: data.location)
  }
}
