public import Cyclograd

/// NumPy's file format for single arrays, `.npy`.
public enum NumpyFile {
  /// Reads an array of up to two dimensions of real numbers, integers or booleans.
  ///
  /// Integers beyond 2^53 are rounded to the nearest 64-bit float.
  public static func read(_ path: String) throws -> NumpyArray {
    try InputFile.content(path).withBytes { try parse($0, file: path) }
  }

  /// Writes a matrix as 64-bit floats, row after row, in format version 1.0.
  public static func write(_ matrix: Matrix, to path: String) throws {
    try AtomicFile.write(to: path) { file in
      try file.write(NumpyHeader.bytes(type: "<f8", shape: [matrix.rows, matrix.columns]))
      try LittleEndian.withBytes(matrix.elements) { try file.write($0) }
    }
  }

  static func parse(_ bytes: [UInt8], file: String) throws -> NumpyArray {
    try bytes.withUnsafeBytes { try parse($0, file: file) }
  }

  static func parse(_ bytes: UnsafeRawBufferPointer, file: String) throws -> NumpyArray {
    try NumpyContent(bytes, at: CyclogradError.Location(file: file)).array()
  }
}
