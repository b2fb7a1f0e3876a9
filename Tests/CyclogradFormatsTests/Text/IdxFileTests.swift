import Cyclograd
import Testing

@testable import CyclogradFormats

/// MNIST's own files are tables: a row for each image, a column of class numbers.
@Suite struct IdxFileTests {
  private static func bytes(_ type: UInt8, _ shape: [Int], _ data: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0, 0, type, UInt8(shape.count)]
    for extent in shape {
      withUnsafeBytes(of: UInt32(extent).bigEndian) { bytes += $0 }
    }
    return bytes + data
  }

  private func read(_ bytes: [UInt8], vectors: VectorLayout = .column) throws -> Matrix {
    let folder = try TemporaryFolder()
    return try DataFile.read(folder.write(bytes, "train-images-idx3-ubyte"), vectors: vectors)
      .matrix
  }

  @Test func imagesAndLabels() throws {
    let images = try read(Self.bytes(8, [2, 2, 3], [0, 1, 2, 3, 4, 255, 6, 7, 8, 9, 10, 11]))
    #expect(
      images == Matrix(rows: 2, columns: 6, elements: [0, 1, 2, 3, 4, 255, 6, 7, 8, 9, 10, 11]))
    #expect(
      try read(Self.bytes(8, [3], [7, 0, 9])) == Matrix(rows: 3, columns: 1, elements: [7, 0, 9]))
  }

  @Test func types() throws {
    #expect(try read(Self.bytes(9, [2], [255, 1])).elements == [-1, 1])
    #expect(try read(Self.bytes(0x0B, [2], [255, 254, 1, 0])).elements == [-2, 256])
    #expect(try read(Self.bytes(0x0C, [1], [255, 255, 255, 0])).elements == [-256])
    #expect(try read(Self.bytes(0x0D, [1], [0x3F, 0xC0, 0, 0])).elements == [1.5])
    #expect(try read(Self.bytes(0x0E, [1], [0xBF, 0xE0, 0, 0, 0, 0, 0, 0])).elements == [-0.5])
    #expect(throws: CyclogradError.self) { try read(Self.bytes(0x0D, [1], [0x7F, 0xC0, 0, 0])) }
  }

  @Test(.enabled(if: Python.run("print()") != nil)) func compressed() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Self.bytes(8, [2, 1, 2], [1, 2, 3, 4]), "t.idx")
    _ = Python.run(
      "import gzip, sys; gzip.open(sys.argv[1] + '.gz', 'wb').write(open(sys.argv[1], 'rb').read())",
      path)
    #expect(try DataFile.read(path + ".gz").matrix == DataFile.read(path).matrix)
  }

  @Test func columnsAndWords() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Self.bytes(8, [2, 3], [1, 2, 3, 4, 5, 6]), "t")
    #expect(
      try DataFile.read(path, columns: ColumnSelection("2,0")).matrix.elements == [3, 1, 6, 4])
    #expect(try DataFile.words(path, columns: ColumnSelection("1")) == [["2.0", "5.0"]])
  }

  @Test(arguments: [
    bytes(8, [2, 2], [1, 2, 3]), bytes(8, [1], [1, 2]), [0, 0, 8, 3, 0, 0, 0, 1], [0, 0, 8, 1],
    bytes(0x0E, [1 << 31, 1 << 31, 1 << 31], []), bytes(8, [0, 5], []), bytes(8, [4, 0], []),
    [0, 0, 7, 1, 0, 0, 0, 0], [0, 0],
  ])
  func refused(_ bytes: [UInt8]) {
    #expect(throws: CyclogradError.self) { try read(bytes) }
  }
}
