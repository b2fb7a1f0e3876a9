import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

@Suite("Damaged and hostile archives are refused, never followed")
struct HostileArchiveTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private let matrix = CoordinateMatrix(
    rows: 3, columns: 4, rowIndices: [0, 0, 2], columnIndices: [0, 2, 3], values: [1.5, -2, 3])

  private func sparse(_ bytes: [UInt8]) throws -> CoordinateMatrix {
    try SparseNpzFile.read(NpzFile(FileContent.holding(bytes), "f"), "f", .refuse)
  }

  private func message(_ body: () throws -> Void) -> String {
    do { try body() } catch let error as CyclogradError { return error.description } catch {
      Issue.record(error)
    }
    return ""
  }

  @Test(.tags(.slow), .unlessFast, arguments: [false, true])
  func damagedSparseMatrices(_ isCompressed: Bool) throws {
    try SparseNpzFile.write(matrix, to: folder("m.npz"), isCompressed: isCompressed)
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder("m.npz"))))
    #expect(try sparse(bytes) == matrix)
    let refused = HostileInput.refusals(
      bytes, check: { (result: CoordinateMatrix) in result == matrix }, read: sparse)
    #expect(refused > bytes.count)
  }

  /// The checksum would otherwise keep damage from the readers behind it.
  @Test(.tags(.slow), .unlessFast) func damagedMembersWithTrueChecksums() throws {
    let members: [(String, [UInt8])] = [
      (
        "indices",
        NumpyBytes.make("<i4", "(3,)", [0, 2, 3].flatMap { NumpyBytes.bytes(Int32($0)) })
      ),
      ("indptr", NumpyBytes.make("<i8", "(4,)", [0, 2, 2, 3].flatMap { NumpyBytes.bytes($0) })),
      ("format", NumpyBytes.make("<U3", "()", Array("c\0\0\0s\0\0\0r\0\0\0".utf8))),
      ("shape", NumpyBytes.make("<i8", "(2,)", [3, 4].flatMap { NumpyBytes.bytes($0) })),
      ("data", NumpyBytes.make("<f8", "(3,)", [1.5, -2, 3])),
    ]
    for place in members.indices {
      let refused = HostileInput.refusals(
        members[place].1,
        check: { (result: CoordinateMatrix) in result.rowIndices.count == 3 },
        read: { variant in
          var copy = members
          copy[place].1 = variant
          return try sparse(zip(copy))
        })
      #expect(refused > 0)
    }
  }

  private func zip(
    _ members: [(String, [UInt8])], isCompressed: Bool = false, wideBeyond: Int = .max
  ) throws -> [UInt8] {
    // There are thousands of these, and none needs to outlive a loss of power.
    let descriptor = open(folder("z.npz"), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    defer { close(descriptor) }
    var file = try FileWriter(path: "z", descriptor: descriptor)
    var zip = ZipWriter(isCompressed: isCompressed, wideBeyond: min(wideBeyond, 1 << 31))
    for (name, bytes) in members {
      try bytes.withUnsafeBytes { try zip.add(name + ".npy", [$0], to: &file, path: "z") }
    }
    try zip.finish(&file)
    try file.finish()
    return try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder("z.npz"))))
  }

  @Test(.tags(.slow), .unlessFast) func wideArchives() throws {
    let array = NumpyBytes.make("<f8", "(2,)", [1, 2])
    for isCompressed in [false, true] {
      let bytes = try zip([("a", array), ("b", array)], isCompressed: isCompressed, wideBeyond: 10)
      let file = try NpzFile(FileContent.holding(bytes), "f")
      #expect(file.names == ["a", "b"])
      #expect(try file.array("b").elements == [1, 2])
      _ = HostileInput.refusals(
        bytes, check: { (result: NumpyArray) in result.elements == [1, 2] },
        read: { try NpzFile(FileContent.holding($0), "f").array("b") })
      guard Python.hasSciPy else { continue }
      let program = "import sys, numpy as np; print(np.load(sys.argv[1])['b'].tolist())"
      #expect(Python.run(program, folder("z.npz")) == "[1.0, 2.0]\n")
    }
  }

  @Test func archivesThatLie() throws {
    let array = NumpyBytes.make("<f8", "(2,)", [1, 2])
    #expect(
      message { _ = try NpzFile(FileContent.holding(zip([("a", array), ("a", array)])), "f") }
        .contains("two members"))
    // Both entries of the directory point at the first member.
    var overlapping = try zip([("a", array), ("b", array)])
    let last = overlapping.count - 22 - 4 - "b.npy".utf8.count
    for place in last..<last + 4 { overlapping[place] = 0 }
    #expect(message { _ = try NpzFile(FileContent.holding(overlapping), "f") } != "")
    // Flags and method stand at known places of both headers.
    for (local, offset, value, text): (Int, Int, UInt8, String) in [
      (6, 8, 1, "encrypted"), (8, 10, 12, "method 12"),
    ] {
      var bytes = try zip([("a", array)])
      bytes[local] = value
      bytes[bytes.count - 22 - 46 - 5 + offset] = value
      #expect(
        message { _ = try NpzFile(FileContent.holding(bytes), "f").array("a") }.contains(text),
        "\(text)")
    }
    let huge = NumpyBytes.make("<f8", "(\(Int.max),)", [1])
    #expect(
      message { _ = try NpzFile(FileContent.holding(zip([("a", huge)])), "f").array("a") }
        .contains("claims"))
    #expect(
      message { _ = try NpzFile(FileContent.holding(Array("%%MatrixMarket 0123456789".utf8)), "f") }
        .contains("not a ZIP archive"))
  }

  @Test(.tags(.slow), .unlessFast, .enabled(if: Python.hasSciPy, "python3 is not installed"))
  func bombs() throws {
    let program = """
      import sys, zipfile, zlib, gzip
      f = sys.argv[1]
      block = bytes(1 << 24)
      with zipfile.ZipFile(f + '/bomb.npz', 'w', zipfile.ZIP_DEFLATED, compresslevel=1) as z:
        with z.open('a.npy', 'w', force_zip64=True) as m:
          for _ in range(16): m.write(block)
      with gzip.open(f + '/bomb.mtx.gz', 'wb', 1) as g:
        for _ in range(16): g.write(block)
      """
    try #require(Python.run(program, folder.path) != nil)
    for name in ["bomb.npz", "bomb.mtx.gz"] {
      let error = message { _ = try MatrixFile.read(folder(name)) }
      #expect(error.contains("refused"), "\(error)")
    }
    // The same archive, but claiming ten gigabytes.
    var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder("bomb.npz"))))
    let size = NumpyBytes.bytes(UInt32(1 << 28))
    for place in bytes.indices.dropLast(4).reversed()
    where Array(bytes[place..<place + 4]) == size {
      bytes.replaceSubrange(place..<place + 4, with: NumpyBytes.bytes(UInt32(4_000_000_000)))
    }
    #expect(message { _ = try NpzFile(FileContent.holding(bytes), "f").array("a") } != "")
  }

  @Test func damagedGzip() throws {
    try MatrixMarketFile.write(matrix, to: folder("m.mtx.gz"))
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder("m.mtx.gz"))))
    func read(_ bytes: [UInt8]) throws -> CoordinateMatrix {
      try MatrixMarketParser.parse(FileContent.holding(bytes), file: "f").matrix
    }
    #expect(try read(bytes) == matrix)
    #expect(try read(bytes + [0, 0, 0]) == matrix)
    let refused = HostileInput.refusals(bytes, check: { $0 == matrix }, read: read)
    #expect(refused > bytes.count)
    #expect(message { _ = try read(bytes.dropLast()) }.contains("truncated"))
    #expect(message { _ = try read(bytes + [1]) }.contains("follows"))
    let twice = try InputFile.inflated(FileContent.holding(bytes + bytes), "f")
    #expect(try twice.count == 2 * InputFile.inflated(FileContent.holding(bytes), "f").count)
  }
}
