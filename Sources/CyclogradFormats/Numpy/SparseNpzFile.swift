import Cyclograd

/// Sparse matrices as SciPy's `save_npz` writes them; rows are targets, columns sources.
public enum SparseNpzFile {
  /// Reads a matrix in SciPy's format CSR, CSC or COO.
  ///
  /// Values of any real type become 64-bit floats; they must be finite.
  public static func read(
    _ path: String, duplicates: DuplicateEntries = .refuse
  ) throws -> CoordinateMatrix {
    try read(NpzFile.read(path), path, duplicates)
  }

  static func read(
    _ archive: NpzFile, _ path: String, _ duplicates: DuplicateEntries
  ) throws -> CoordinateMatrix {
    let reader = try SparseNpzReader(archive, path)
    let matrix = try reader.read()
    if duplicates == .sum { return matrix.summingDuplicates() }
    guard let place = matrix.duplicate() else { return matrix }
    throw CyclogradError(
      .malformedFile, "entry (\(place.row), \(place.column)), counted from 0, is there twice",
      at: CyclogradError.Location(file: path), advice: "have duplicates summed, as SciPy does")
  }

  /// Writes a matrix as CSR that `scipy.sparse.load_npz` reads, columns ascending in each row.
  ///
  /// A matrix without values becomes one of booleans, all of them true.
  public static func write(
    _ matrix: CoordinateMatrix, to path: String, isCompressed: Bool = false
  ) throws {
    try matrix.check(for: path)
    guard matrix.rowIndices.count <= Int(Int32.max), matrix.rows < Int(Int32.max) else {
      throw CyclogradError(
        .tooLarge, "a matrix of \(matrix.rowIndices.count) entries needs wider indices",
        at: CyclogradError.Location(file: path))
    }
    try Memory.require(
      4 * (matrix.rows + matrix.columns) + 24 * matrix.rowIndices.count, for: "writing the matrix",
      file: path)
    let rows = CompressedRows(matrix)
    let count = rows.columns.count
    let data =
      rows.values.map {
        NpzMember(name: "data", type: "<f8", shape: [count], content: .doubles($0))
      }
      ?? NpzMember(
        name: "data", type: "|b1", shape: [count],
        content: .bytes([UInt8](repeating: 1, count: count)))
    try NpzFile.write(
      [
        NpzMember(name: "indices", type: "<i4", shape: [count], content: .indices(rows.columns)),
        NpzMember(
          name: "indptr", type: "<i4", shape: [matrix.rows + 1], content: .indices(rows.starts)),
        NpzMember(name: "format", type: "|S3", shape: [], content: .bytes(Array("csr".utf8))),
        NpzMember(
          name: "shape", type: "<i8", shape: [2],
          content: .integers([matrix.rows, matrix.columns])),
        data,
      ], to: path, isCompressed: isCompressed)
  }
}
