public import Cyclograd

/// NumPy's file format for single arrays, `.npy`.
public enum NumpyFile {
  /// Reads an array of up to two dimensions of real numbers, integers or booleans.
  ///
  /// Integers beyond 2^53 are rounded to the nearest 64-bit float.
  public static func read(_ path: String) throws -> NumpyArray {
    try parse(InputFile.content(path), file: path)
  }

  /// Writes a matrix as 64-bit floats, row after row, in format version 1.0.
  public static func write(_ matrix: Matrix, to path: String) throws {
    try write(matrix.elements, shape: [matrix.rows, matrix.columns], to: path)
  }

  /// Writes an array of any number of dimensions, the last index running fastest.
  ///
  /// - Precondition: there are as many elements as the shape says.
  public static func write(_ elements: [Double], shape: [Int], to path: String) throws {
    precondition(shape.reduce(1, *) == elements.count)
    try AtomicFile.write(to: path) { file in
      try file.write(NumpyHeader.bytes(type: "<f8", shape: shape))
      try LittleEndian.withBytes(elements) { try file.write($0) }
    }
  }

  /// An array as it is in the file.
  static func content(_ path: String) throws -> NumpyContent {
    try NumpyContent(MemberBytes(InputFile.content(path), at: CyclogradError.Location(file: path)))
  }

  static func parse(
    _ content: FileContent, file: String, more: NumpyHeader.MoreDimensions = .refused
  ) throws -> NumpyArray {
    try NumpyContent(
      MemberBytes(content, at: CyclogradError.Location(file: file)), more: more
    ).array()
  }
}
