import Cyclograd

/// Rows of a `.npy` file that stay on the disk until they are asked for.
final class NumpyRows: Sendable {
  let path: String
  let rows: Int
  /// The columns that are read, in this order.
  let columns: [Int]
  private let width: Int
  private let isSingle: Bool
  private let start: Int
  private let content: FileContent

  /// Opens a file of 32 or 64-bit floats, row after row.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` for other files.
  init(_ path: String, columns selection: ColumnSelection?) throws {
    self.path = path
    content = try InputFile.stored(path)
    let location = CyclogradError.Location(file: path)
    let file = MemberBytes(content, at: location)
    let header: NumpyHeader
    do { header = try NumpyHeader(file, more: .joined) } catch let error as NumpyHeader.Malformed {
      throw CyclogradError(
        .malformedFile, error.reason, at: location,
        advice: "'stream' is for .npy files; leave it out for others")
    }
    guard header.type.kind == .float, [4, 8].contains(header.type.size), !header.type.isBigEndian,
      !header.isFortranOrder || header.shape.count < 2, 1...2 ~= header.shape.count
    else {
      throw CyclogradError(
        .malformedFile,
        "rows can be read from the disk only where the file has 32 or 64-bit "
          + "floats, the least byte first, row after row", at: location,
        advice: "write it so, or leave 'stream' out")
    }
    rows = header.shape[0]
    width = header.shape.count == 2 ? header.shape[1] : 1
    isSingle = header.type.size == 4
    start = file.position
    do { columns = try selection?.indices(columnCount: width) ?? Array(0..<width) } catch var error
      as CyclogradError
    {
      error.location.file = path
      throw error
    }
    guard let count = header.count, file.available == count * header.type.size, count > 0 else {
      throw CyclogradError(
        .malformedFile, "the file has \(file.count) bytes, which is not what its header promises",
        at: location, advice: "write it again")
    }
  }

  /// The selected columns of some rows, in the order given.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` for what cannot be read, and for numbers that are not
  ///   finite.
  func matrix(_ indices: [Int]) throws -> Matrix {
    let size = width * (isSingle ? 4 : 8)
    var elements: [Double] = []
    elements.reserveCapacity(indices.count * columns.count)
    var buffer = [UInt8](repeating: 0, count: size)
    for row in indices {
      try buffer.withUnsafeMutableBytes { try content.read(start + row * size, into: $0) }
      try buffer.withUnsafeBytes { bytes in
        for column in columns {
          let value =
            isSingle
            ? Double(
              Float(
                bitPattern: UInt32(
                  littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * column, as: UInt32.self))))
            : Double(
              bitPattern: UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * column, as: UInt64.self)))
          guard value.isFinite else {
            throw CyclogradError(
              .invalidValue, "\(value) is not finite",
              at: .init(file: path, subject: "row \(row), column \(column)"),
              advice: "leave the sample out, or correct the file")
          }
          elements.append(value)
        }
      }
    }
    return Matrix(rows: indices.count, columns: columns.count, elements: elements)
  }
}

/// Samples in `.npy` files; only those that a step needs are in memory.
struct StreamedSamples: SampleSource {
  let inputs: NumpyRows
  /// `nil` where inputs are the targets.
  let targets: NumpyRows?

  var count: Int { inputs.rows }

  func samples(_ indices: [Int]) throws -> (inputs: Matrix, targets: Matrix) {
    let x = try inputs.matrix(indices)
    return (x, try targets?.matrix(indices) ?? x)
  }
}
