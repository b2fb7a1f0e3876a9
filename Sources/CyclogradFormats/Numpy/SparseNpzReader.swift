import Cyclograd

/// Reads the arrays that make up a sparse matrix.
struct SparseNpzReader {
  let archive: NpzFile
  private let path: String
  let format: String
  let rows: Int
  let columns: Int

  init(_ archive: NpzFile, _ path: String) throws {
    self.archive = archive
    self.path = path
    guard archive.contains("format") else {
      throw CyclogradError(
        .malformedFile, "the archive has no member \"format.npy\", so it is no sparse matrix",
        at: CyclogradError.Location(file: path))
    }
    format = try archive.content("format", allowsText: true).text()
    let extents = try archive.content("shape")
    let shape =
      extents.header.shape == [2] ? try extents.integers("the matrix's extents") : []
    guard shape.count == 2, shape.allSatisfy({ $0 >= 0 }) else {
      throw CyclogradError(
        .malformedFile, "a matrix has two extents, neither of them negative",
        at: archive.location("shape"))
    }
    guard shape.allSatisfy({ $0 <= Int(Int32.max) }) else {
      throw CyclogradError(
        .tooLarge, "a matrix has at most \(Int32.max) rows and columns",
        at: archive.location("shape"))
    }
    (rows, columns) = (shape[0], shape[1])
  }

  func read() throws -> CoordinateMatrix {
    switch format {
    case "csr":
      let (majors, minors) = try compressed(majors: rows, minors: columns, "row", "column")
      return try matrix(majors, minors)
    case "csc":
      let (majors, minors) = try compressed(majors: columns, minors: rows, "column", "row")
      return try matrix(minors, majors)
    case "coo": return try coordinates()
    default:
      throw CyclogradError(
        .malformedFile, "the sparse format \(Excerpt.quoted(format)) is not supported",
        at: archive.location("format"), advice: "convert it in SciPy with .tocsr() before saving")
    }
  }

  private func coordinates() throws -> CoordinateMatrix {
    guard archive.contains("coords"), !archive.contains("row") else {
      return try matrix(
        indices("row", below: rows, "row"), indices("col", below: columns, "column"))
    }
    let content = try archive.content("coords")
    guard content.header.shape.count == 2, content.header.shape[0] == 2,
      !content.header.isFortranOrder
    else {
      throw CyclogradError(
        .malformedFile, "the coordinates need two rows, one after the other",
        at: archive.location("coords"))
    }
    let all = try content.integers("the coordinates")
    let count = all.count / 2
    guard all[..<count].allSatisfy({ 0..<rows ~= $0 }),
      all[count...].allSatisfy({ 0..<columns ~= $0 })
    else {
      throw CyclogradError(
        .malformedFile, "a coordinate lies outside the matrix", at: archive.location("coords"))
    }
    return try matrix(all[..<count].map { Int32($0) }, all[count...].map { Int32($0) })
  }

  private func indices(_ name: String, below limit: Int, _ what: String) throws -> [Int32] {
    try vector(name).indices(below: limit, what)
  }

  func vector(_ name: String) throws -> NumpyContent {
    let content = try archive.content(name)
    guard content.header.shape.count == 1 else {
      throw CyclogradError(
        .malformedFile, "the array has \(content.header.shape.count) dimensions, not one",
        at: archive.location(name))
    }
    return content
  }

  private func compressed(
    majors: Int, minors: Int, _ majorName: String, _ minorName: String
  ) throws -> (majors: [Int32], minors: [Int32]) {
    let inner = try indices("indices", below: minors, minorName)
    let starts = try starts(majors: majors, entries: inner.count, majorName)
    try Memory.require(inner.count * 4, for: "the matrix", file: path)
    let outer = [Int32](unsafeUninitializedCapacity: inner.count) { buffer, initialized in
      LargeBlock.prepare(buffer)
      nonisolated(unsafe) let buffer = buffer
      let pieces = Workers.count
      Workers.forEach(pieces) { index in
        for major in Workers.piece(index, of: pieces, total: majors) {
          for place in starts[major]..<starts[major + 1] { buffer[place] = Int32(major) }
        }
        return true
      }
      initialized = inner.count
    }
    return (outer, inner)
  }

  /// Where each row or column begins, and where the last one ends.
  func starts(majors: Int, entries: Int, _ majorName: String) throws -> [Int] {
    let starts = try vector("indptr").integers("the starts of \(majorName)s")
    func fail(_ reason: String) -> CyclogradError {
      CyclogradError(.malformedFile, reason, at: archive.location("indptr"))
    }
    guard starts.count == majors + 1 else {
      throw fail("there are \(starts.count) starts for \(majors) \(majorName)s; one more is needed")
    }
    guard starts[0] == 0, starts[majors] == entries else {
      throw fail("the starts run from \(starts[0]) to \(starts[majors]), not 0 to \(entries)")
    }
    if let major = (0..<majors).first(where: { starts[$0] > starts[$0 + 1] }) {
      throw fail("\(majorName) \(major) ends before it starts")
    }
    return starts
  }

  private func matrix(_ rowIndices: [Int32], _ columnIndices: [Int32]) throws -> CoordinateMatrix {
    let values = try vector("data").doubles()
    guard values.count == rowIndices.count, values.count == columnIndices.count else {
      throw CyclogradError(
        .malformedFile,
        "there are \(values.count) values for \(rowIndices.count) row and "
          + "\(columnIndices.count) column indices", at: archive.location("data"))
    }
    guard Finite.all(values) else {
      let place = values.firstIndex { !$0.isFinite } ?? 0
      throw CyclogradError(
        .invalidValue,
        "the value of entry (\(rowIndices[place]), \(columnIndices[place])) is "
          + FileWriter.text(of: values[place]), at: archive.location("data"))
    }
    return CoordinateMatrix(
      rows: rows, columns: columns, rowIndices: rowIndices, columnIndices: columnIndices,
      values: values)
  }
}
