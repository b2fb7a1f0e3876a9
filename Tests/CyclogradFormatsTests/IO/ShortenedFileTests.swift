import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

@Suite("Files that another program shortens while they are read")
struct ShortenedFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Some megabytes, so that the file stays on the disk.
  private let matrix = CoordinateMatrix(
    rows: 300_000, columns: 300_000, rowIndices: (0..<300_000).map { Int32($0) },
    columnIndices: (0..<300_000).map { Int32($0) }, values: (0..<300_000).map { Double($0) + 0.25 })

  private func expectShorter(_ body: () throws -> Void) {
    let error = #expect(throws: CyclogradError.self) { try body() }
    #expect(error?.code == .file)
    #expect(error?.message.contains("shorter") == true, "\(error?.description ?? "")")
  }

  private func shorten(_ path: String, to size: Int) { #expect(truncate(path, off_t(size)) == 0) }

  @Test(.tags(.slow), .unlessFast, arguments: [5_000, 1_500_000])
  func texts(_ size: Int) throws {
    let path = folder("m.mtx")
    try MatrixMarketFile.write(matrix, to: path)
    let content = try InputFile.stored(path)
    #expect(try MatrixMarketParser.parse(content, file: path).matrix == matrix)
    shorten(path, to: size)
    expectShorter { _ = try MatrixMarketParser.parse(content, file: path) }
    expectShorter { _ = try EdgeListReader.network(content, file: path, ImportOptions()) }
    expectShorter { _ = try content.array() }
  }

  @Test(.tags(.slow), .unlessFast, arguments: [false, true])
  func archives(_ isCompressed: Bool) throws {
    let path = folder("m.npz")
    try SparseNpzFile.write(matrix, to: path, isCompressed: isCompressed)
    // Compressed, it would be too small to stay on the disk.
    let content = FileContent(
      descriptor: open(path, O_RDONLY),
      count: try Data(contentsOf: URL(fileURLWithPath: path)).count,
      path: path)
    let archive = try NpzFile(content, path)
    #expect(try SparseNpzFile.read(archive, path, .refuse) == matrix)
    shorten(path, to: 3000)
    expectShorter { _ = try archive.content("data").doubles() }
    expectShorter { _ = try NpzFile(content, path) }
  }

  @Test(.tags(.slow), .unlessFast) func compressedTexts() throws {
    let path = folder("m.mtx.gz")
    try MatrixMarketFile.write(matrix, to: path)
    let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
    let content = FileContent(descriptor: open(path, O_RDONLY), count: size, path: path)
    #expect(try MatrixMarketParser.parse(content, file: path).matrix == matrix)
    shorten(path, to: size / 2)
    expectShorter { _ = try MatrixMarketParser.parse(content, file: path) }
  }

  @Test func tensorsAndRows() throws {
    let path = folder("t.safetensors")
    try SafetensorsFile.write(
      [("t", .init(.f64((0..<200_000).map(Double.init))))], to: path)
    let file = try SafetensorsFile.read(path)
    shorten(path, to: 1000)
    expectShorter { _ = try file.tensor("t") }
    let rows = folder("x.npy")
    try NumpyFile.write(
      Matrix(rows: 100_000, columns: 2, elements: (0..<200_000).map(Double.init)), to: rows)
    let stream = try NumpyRows(rows, columns: nil)
    #expect(try stream.matrix([99_999]) == Matrix([[199_998, 199_999]]))
    shorten(rows, to: 1000)
    expectShorter { _ = try stream.matrix([99_999]) }
  }
}
