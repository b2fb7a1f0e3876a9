import Cyclograd

/// Matrices in any format that is read, told apart by their first bytes.
public enum MatrixFile {
  /// Reads a matrix whose rows are targets and whose columns are sources.
  ///
  /// The file may be a Matrix Market file, perhaps compressed; a sparse matrix by SciPy; or a dense
  /// array of two dimensions, `.npy` or in `.npz`, whose zeros are no edges.
  ///
  /// - Parameters:
  ///   - path: The file; `-` is standard input.
  ///   - member: Which array of an `.npz` file with dense arrays; needed if there are several.
  ///   - duplicates: What to do about several entries for one place in a sparse matrix.
  public static func read(
    _ path: String, member: String? = nil, duplicates: DuplicateEntries = .refuse
  ) throws -> CoordinateMatrix {
    let stored = try InputFile.stored(path)
    if try stored.starts(with: [0x50, 0x4B]) || path.hasSuffix(".npz") {
      let archive = try NpzFile(stored, path)
      if member == nil, archive.contains("format") {
        return try SparseNpzFile.read(archive, path, duplicates)
      }
      return try dense(archive.array(name(member, archive, path)), path)
    }
    var isNumpy = try path.hasSuffix(".npy") || stored.starts(with: NumpyHeader.magic)
    if !isNumpy, try GzipReader.isGzip(stored) {
      let start = try GzipReader(stored, file: path).bytes(NumpyHeader.magic.count)
      isNumpy = start == NumpyHeader.magic
    }
    if isNumpy {
      return try dense(NumpyFile.parse(InputFile.inflated(stored, path), file: path), path)
    }
    return try MatrixMarketParser.parse(stored, file: path, duplicates: duplicates).matrix
  }

  private static func name(_ member: String?, _ archive: NpzFile, _ path: String) throws -> String {
    if let member { return member }
    if archive.names.count == 1 { return archive.names[0] }
    let names = archive.names.prefix(10).map { Excerpt.quoted($0) }.joined(separator: ", ")
    throw CyclogradError(
      .invalidOption, "the archive has \(archive.names.count) arrays: \(names)",
      at: CyclogradError.Location(file: path), advice: "say which one is the matrix")
  }

  private static func dense(_ array: NumpyArray, _ path: String) throws -> CoordinateMatrix {
    let location = CyclogradError.Location(file: path)
    guard array.shape.count == 2, array.shape.allSatisfy({ $0 <= Int(Int32.max) }) else {
      throw CyclogradError(
        .shapeMismatch, "an array of shape \(array.shape) is no matrix", at: location)
    }
    guard Finite.all(array.elements) else {
      throw CyclogradError(
        .invalidValue, "the matrix has elements that are not finite", at: location)
    }
    return CoordinateMatrix(
      dense: Matrix(rows: array.shape[0], columns: array.shape[1], elements: array.elements))
  }
}
