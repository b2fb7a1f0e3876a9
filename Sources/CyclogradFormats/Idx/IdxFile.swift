import Cyclograd

/// The files in which MNIST and its successors come: a header of sizes, then numbers, the first byte of each first
/// (LeCun, Cortes & Burges, "The MNIST database of handwritten digits").
enum IdxFile {
  /// The types of numbers by their codes, with their sizes in bytes.
  private static let sizes: [UInt8: Int] = [0x08: 1, 0x09: 1, 0x0B: 2, 0x0C: 4, 0x0D: 4, 0x0E: 8]

  /// Whether a file begins as such files do, and no text can.
  static func isIdx(_ content: FileContent) throws -> Bool {
    try content.withBytes(0..<min(content.count, 4)) { bytes in
      bytes.count == 4 && bytes[0] == 0 && bytes[1] == 0 && sizes[bytes[2]] != nil && bytes[3] > 0
    }
  }

  /// Reads an array; images are rows, their pixels columns, row after row.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` for a file whose size is not what its header promises.
  static func parse(_ content: FileContent, file: String) throws -> NumpyArray {
    try content.withBytes { try parse($0, file: file) }
  }

  private static func parse(_ bytes: UnsafeRawBufferPointer, file: String) throws -> NumpyArray {
    func malformed(_ message: String) -> CyclogradError {
      CyclogradError(.malformedFile, message, at: .init(file: file))
    }
    let dimensions = Int(bytes[3])
    let start = 4 + 4 * dimensions
    guard bytes.count >= start, let size = sizes[bytes[2]] else {
      throw malformed("the idx header of \(dimensions) dimensions is cut off")
    }
    let shape = (0..<dimensions).map { Int(number(bytes, 4 + 4 * $0, UInt32.self)) }
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow else {
        throw malformed("the idx header promises more numbers than there can be")
      }
      count = product
    }
    let promised = count.multipliedReportingOverflow(by: size)
    guard !promised.overflow, promised.partialValue == bytes.count - start else {
      throw malformed(
        "the idx header promises \(shape.map(String.init).joined(separator: " × ")) numbers of \(size) bytes, "
          + "but \(bytes.count - start) bytes follow")
    }
    try Memory.require(
      count.multipliedReportingOverflow(by: 8).partialValue, for: "the numbers", file: file)
    let type = bytes[2]
    let elements = [Double](unsafeUninitializedCapacity: count) { elements, initialized in
      for index in 0..<count {
        elements[index] = value(bytes, start + index * size, type)
      }
      initialized = count
    }
    let rows = shape[0]
    // One number for each sample is a column, as labels are.
    return NumpyArray(shape: [rows, rows == 0 ? 0 : count / rows], elements: elements)
  }

  private static func value(_ bytes: UnsafeRawBufferPointer, _ place: Int, _ type: UInt8) -> Double
  {
    switch type {
    case 0x08: Double(bytes[place])
    case 0x09: Double(Int8(bitPattern: bytes[place]))
    case 0x0B: Double(number(bytes, place, Int16.self))
    case 0x0C: Double(number(bytes, place, Int32.self))
    case 0x0D: Double(Float(bitPattern: number(bytes, place, UInt32.self)))
    default: Double(bitPattern: number(bytes, place, UInt64.self))
    }
  }

  private static func number<Integer: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer, _ place: Int, _ type: Integer.Type
  ) -> Integer {
    Integer(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: type))
  }
}
