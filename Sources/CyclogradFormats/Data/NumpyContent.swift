import Cyclograd
import Glibc

/// A NumPy array where it lies in memory, before it is converted to what someone asks for.
struct NumpyContent {
  let header: NumpyHeader
  /// The number of elements.
  let count: Int
  private let data: UnsafeRawBufferPointer
  private let location: CyclogradError.Location

  /// The bytes must outlive the value.
  init(
    _ bytes: UnsafeRawBufferPointer, at location: CyclogradError.Location, allowsText: Bool = false
  ) throws {
    self.location = location
    do throws(NumpyHeader.Malformed) {
      header = try NumpyHeader(bytes, allowsText: allowsText)
    } catch {
      throw CyclogradError(.malformedFile, error.reason, at: location)
    }
    let shape = header.shape.map(String.init).joined(separator: " × ")
    let available = bytes.count - header.size
    guard let count = header.count else {
      throw CyclogradError(.tooLarge, "the header claims \(shape) elements", at: location)
    }
    guard count * header.type.size == available else {
      let needed = count * header.type.size
      throw CyclogradError(
        .malformedFile,
        "the header promises \(needed) bytes of data, but the file has \(available)", at: location)
    }
    self.count = count
    data = UnsafeRawBufferPointer(rebasing: bytes[header.size...])
  }

  /// The elements as 64-bit floats, the last index running fastest.
  func array() throws -> NumpyArray {
    NumpyArray(shape: header.shape, elements: try doubles())
  }

  func doubles() throws -> [Double] {
    try Memory.require(count * 8, for: "the array", file: location.file ?? "")
    return [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = count
      guard count > 0, let base = data.baseAddress else { return }
      if isNative(NumpyType.Kind.float, 8), !isTransposed {
        LargeCopy.copy(data, to: UnsafeMutableRawBufferPointer(buffer))
      } else {
        convert(base, buffer)
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

  private func convert(_ base: UnsafeRawPointer, _ buffer: UnsafeMutableBufferPointer<Double>) {
    let type = header.type
    guard isTransposed else {
      for index in 0..<count { buffer[index] = type.number(base + index * type.size) }
      return
    }
    let (rows, columns) = (header.shape[0], header.shape[1])
    // Square blocks use each line of the cache while it is there.
    let block = 32
    for top in stride(from: 0, to: rows, by: block) {
      for left in stride(from: 0, to: columns, by: block) {
        for row in top..<min(top + block, rows) {
          for column in left..<min(left + block, columns) {
            buffer[row * columns + column] = type.number(base + (column * rows + row) * type.size)
          }
        }
      }
    }
  }

  /// The elements as indices below the limit; `what` they are stands in errors.
  func indices(below limit: Int, _ what: String) throws -> [Int32] {
    let result: [Int32]
    if isNative(.signed, 4) {
      try Memory.require(count * 4, for: what, file: location.file ?? "")
      result = [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
        LargeCopy.copy(data, to: UnsafeMutableRawBufferPointer(buffer))
        initialized = count
      }
      // The smallest and largest tell it all, and are found many at a time.
      var (low, high): (Int32, Int32) = (0, -1)
      for index in result {
        low = min(low, index)
        high = max(high, index)
      }
      if low >= 0, Int(high) < limit { return result }
    } else {
      result = try integers(what).map { Int32(clamping: $0) }
    }
    if let place = result.firstIndex(where: { $0 < 0 || Int($0) >= limit }) {
      throw failure(
        .malformedFile,
        "\(what) \(try integers(what)[place]), the \(place)th, is outside 0 to "
          + "\(limit - 1)")
    }
    return result
  }

  /// The elements, which must be integers that fit into 64 bits.
  func integers(_ what: String) throws -> [Int] {
    let type = header.type
    try Memory.require(count * 8, for: what, file: location.file ?? "")
    guard count > 0, let base = data.baseAddress else { return [] }
    let places = 0..<count
    switch (type.kind, type.size) {
    case (.signed, 8): return places.map { Int(type.load(base + 8 * $0) as Int64) }
    case (.signed, 4): return places.map { Int(type.load(base + 4 * $0) as Int32) }
    case (.signed, 2): return places.map { Int(type.load(base + 2 * $0) as Int16) }
    case (.signed, 1): return places.map { Int(type.load(base + $0) as Int8) }
    case (.unsigned, 8): return places.map { Int(clamping: type.load(base + 8 * $0) as UInt64) }
    case (.unsigned, 4): return places.map { Int(type.load(base + 4 * $0) as UInt32) }
    case (.unsigned, 2): return places.map { Int(type.load(base + 2 * $0) as UInt16) }
    case (.unsigned, 1): return places.map { Int(type.load(base + $0) as UInt8) }
    default: throw failure(.malformedFile, "\(what) must be integers")
    }
  }

  /// The one text in an array without dimensions; NumPy fills it up with NUL.
  func text() throws -> String {
    let type = header.type
    guard count == 1, type.kind == .bytes || type.kind == .text else {
      throw failure(.malformedFile, "there must be one text")
    }
    var scalars = String.UnicodeScalarView()
    let width = type.kind == .bytes ? 1 : 4
    for start in stride(from: 0, to: type.size, by: width) {
      let code =
        width == 1
        ? UInt32(data[start])
        : type.load(UnsafeRawPointer(data.baseAddress!) + start) as UInt32
      scalars.append(UnicodeScalar(code) ?? "\u{FFFD}")
    }
    while scalars.last == "\0" { scalars.removeLast() }
    return String(scalars)
  }

  private func failure(_ code: CyclogradError.Code, _ reason: String) -> CyclogradError {
    CyclogradError(code, reason, at: location)
  }
}
