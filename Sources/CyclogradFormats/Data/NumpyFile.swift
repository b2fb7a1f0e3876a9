public import Cyclograd

/// NumPy's file format for single arrays, `.npy`.
public enum NumpyFile {
  /// Reads an array of up to two dimensions of real numbers, integers or booleans.
  ///
  /// Integers beyond 2^53 are rounded to the nearest 64-bit float.
  public static func read(_ path: String) throws -> NumpyArray {
    try parse(InputFile.bytes(path), file: path)
  }

  /// Writes a matrix as 64-bit floats, row after row, in format version 1.0.
  public static func write(_ matrix: Matrix, to path: String) throws {
    try AtomicFile.write(to: path) { file in
      try file.write(header(rows: matrix.rows, columns: matrix.columns))
      if 1.littleEndian == 1 {
        try matrix.elements.withUnsafeBytes { try file.write($0) }
      } else {
        for element in matrix.elements {
          try withUnsafeBytes(of: element.bitPattern.littleEndian) { try file.write($0) }
        }
      }
    }
  }

  /// NumPy pads the header such that the data begin at a multiple of 64 bytes.
  private static func header(rows: Int, columns: Int) -> [UInt8] {
    var text = "{'descr': '<f8', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    let prefix = NumpyHeader.magic.count + 4
    while (prefix + text.utf8.count + 1) % 64 != 0 { text += " " }
    text += "\n"
    let count = text.utf8.count
    return NumpyHeader.magic + [1, 0, UInt8(count & 0xFF), UInt8(count >> 8)] + Array(text.utf8)
  }

  static func parse(_ bytes: [UInt8], file: String) throws -> NumpyArray {
    let location = CyclogradError.Location(file: file)
    let header: NumpyHeader
    do throws(NumpyHeader.Malformed) { header = try NumpyHeader(bytes) } catch {
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
    try Memory.require(count * 8, for: "the array", file: file)
    return NumpyArray(shape: header.shape, elements: elements(bytes, header, count))
  }

  private static func elements(_ bytes: [UInt8], _ header: NumpyHeader, _ count: Int) -> [Double] {
    let type = header.type
    let isTransposed = header.isFortranOrder && header.shape.count == 2
    let (rows, columns) = isTransposed ? (header.shape[0], header.shape[1]) : (1, count)
    return bytes.withUnsafeBytes { bytes in
      [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
        initialized = count
        guard count > 0, let base = bytes.baseAddress else { return }
        let data = base + header.size
        var next = 0
        for row in 0..<rows {
          for column in 0..<columns {
            buffer[next] = type.number(data + (column * rows + row) * type.size)
            next += 1
          }
        }
      }
    }
  }
}
