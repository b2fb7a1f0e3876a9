import Foundation
import TestSupport
import Testing

@testable import Cyclograd
@testable import CyclogradFormats

@Suite("Matrices in shards") struct ShardedMatrixTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A random matrix, its entries in no order, some rows empty.
  private func matrix(_ size: Int, _ seed: UInt64) -> CoordinateMatrix {
    let random = CounterRandom(seed: seed, purpose: .pattern, index: 0)
    var matrix = CoordinateMatrix(
      rows: size, columns: size, rowIndices: [], columnIndices: [], values: [])
    for place in 0..<size * size where random.uniform(place) < 0.15 {
      let mixed = place * 7 % (size * size)
      if mixed / size % 5 == 2 { continue }
      matrix.rowIndices.append(Int32(mixed / size))
      matrix.columnIndices.append(Int32(mixed % size))
      matrix.values?.append(random.normal(place))
    }
    return matrix
  }

  private func convert(_ name: String, shards: Int, to output: String = "net.yaml") throws
    -> [String]
  {
    var options = ImportOptions()
    options.activation = .tanh
    return try ShardedNetwork.convert(
      folder(name), from: nil, options: options, to: folder(output), shards: shards)
  }

  private func sorted(_ matrix: CoordinateMatrix) -> CoordinateMatrix {
    matrix.summingDuplicates()
  }

  @Test(arguments: [1, 2, 3, 7, 60]) func holdWhatTheFileHolds(shards: Int) throws {
    let matrix = matrix(40, 5)
    try MatrixMarketFile.write(matrix, to: folder("w.mtx"))
    try MatrixMarketFile.write(matrix, to: folder("w.mtx.gz"))
    try SparseNpzFile.write(matrix, to: folder("w.npz"))
    try SparseNpzFile.write(matrix, to: folder("deflated.npz"), isCompressed: true)
    for name in ["w.mtx", "w.mtx.gz", "w.npz", "deflated.npz"] {
      _ = try convert(name, shards: shards)
      let sharded = try ShardedMatrix(folder("net.shards"))
      #expect(sharded.shards.count == shards)
      #expect(try sharded.matrix() == sorted(matrix), "\(name)")
      // Any rows, without the others.
      for first in stride(from: 0, to: 40, by: 3) {
        let rows = first..<min(40, first + 11)
        let part = try sharded.entries(ofRows: rows)
        let all = sorted(matrix)
        let here = all.rowIndices.indices.filter { rows.contains(Int(all.rowIndices[$0])) }
        #expect(part.rows == here.map { all.rowIndices[$0] })
        #expect(part.columns == here.map { all.columnIndices[$0] })
        #expect(part.values == here.map { all.values?[$0] ?? 0 })
      }
      #expect(sharded.entryCount(beforeRow: 0) == 0)
      #expect(sharded.entryCount(beforeRow: 40) == matrix.rowIndices.count)
      // Nothing is left of making them.
      let names = try FileManager.default.contentsOfDirectory(atPath: folder("."))
      #expect(!names.contains { $0.hasSuffix(".tmp") || $0.hasSuffix(".old") })
    }
  }

  @Test func readSymmetricMatricesAndPatterns() throws {
    let banner = "%%MatrixMarket matrix coordinate"
    for (name, text) in [
      ("s.mtx", " real symmetric\n% a word\n3 3 3\n1 1 2\n3 1 -0.5\n3 2 4\n"),
      ("k.mtx", " integer skew-symmetric\n3 3 1\n3 1 5\n"),
      ("p.mtx", " pattern general\n3 3 2\n1 2\n2 3\n"),
    ] { _ = try folder.write(banner + text, name) }
    for name in ["s.mtx", "k.mtx", "p.mtx"] {
      let remarks = try convert(name, shards: 2)
      var expected = try MatrixMarketFile.read(folder(name))
      #expect((expected.values == nil) == remarks.contains { $0.contains("weight 1") })
      expected.values = expected.values ?? expected.rowIndices.map { _ in 1 }
      #expect(try ShardedMatrix(folder("net.shards")).matrix() == sorted(expected), "\(name)")
    }
  }

  @Test func areReadByParts() throws {
    let matrix = matrix(50, 9)
    try MatrixMarketFile.write(matrix, to: folder("w.mtx"))
    _ = try convert("w.mtx", shards: 4)
    var options = ImportOptions()
    let whole = try NetworkFormat.read(folder("net.yaml"), options: options)
    options.keepsShards = true
    let kept = try NetworkFormat.read(folder("net.yaml"), options: options)
    #expect(whole.rowSources.isEmpty && kept.rowSources.count == 1)
    let (network, parameters) = try whole.graph.compile()
    for parts in [1, 2, 3, 5, 60] {
      var rows: [[Int32]] = []
      var weights: [Double] = []
      for index in 0..<parts {
        let slice = try kept.graph.draft(parts: parts, index: index, rowSources: kept.rowSources)
          .slice()
        for row in 0..<slice.units.count {
          let edges = Int(slice.rowStarts[row])..<Int(slice.rowStarts[row + 1])
          rows.append(Array(slice.columns[edges]))
          weights += slice.weights(slice.parameters)[edges]
        }
      }
      #expect(rows.count == 50)
      let sorted = sorted(matrix)
      #expect(weights == sorted.values)
      #expect(rows.flatMap { $0 } == sorted.columnIndices)
    }
    #expect(network.edgeCount == matrix.rowIndices.count)
    #expect(parameters.values.count == matrix.rowIndices.count + 50)
  }

  /// What reading all rows says.
  private func complaint() -> String {
    do {
      _ = try ShardedMatrix(folder("net.shards")).matrix()
      return "nothing"
    } catch { return "\(error)" }
  }

  @Test func areNotTakenForOthers() throws {
    try MatrixMarketFile.write(matrix(40, 5), to: folder("w.mtx"))
    try MatrixMarketFile.write(matrix(40, 6), to: folder("v.mtx"))
    _ = try convert("v.mtx", shards: 3, to: "other.yaml")
    _ = try convert("w.mtx", shards: 3)
    #expect(complaint() == "nothing")
    let shard = URL(fileURLWithPath: folder("net.shards/1.npz"))
    let content = try Data(contentsOf: shard)
    try content.dropLast(content.count / 3).write(to: shard)
    #expect(complaint().contains("1.npz") && complaint().contains("shard 1 of 3"))
    try Data(contentsOf: URL(fileURLWithPath: folder("other.shards/1.npz"))).write(to: shard)
    #expect(complaint().contains("of another matrix"))
    try FileManager.default.removeItem(at: shard)
    #expect(complaint().contains("1.npz") && complaint().contains("shard 1 of 3 is missing"))
    try content.write(to: shard)
    #expect(complaint() == "nothing")
    let list = URL(fileURLWithPath: folder("net.shards/shards.txt"))
    let text = try String(contentsOf: list, encoding: .utf8)
    for bad in [
      "", "cyclograd-shards/2\n", text.split(separator: "\n").dropLast().joined(separator: "\n"),
      text.replacingOccurrences(of: "entries", with: "entires"),
      text.replacingOccurrences(of: "0.npz", with: "../0.npz"),
      text.replacingOccurrences(of: "rows 40", with: "rows 99999999999999999999"),
    ] {
      try Data(bad.utf8).write(to: list)
      #expect(complaint().contains("shards.txt"), "\(bad)")
    }
  }

  @Test func areNotMadeOfWhatIsWrong() throws {
    let banner = "%%MatrixMarket matrix coordinate real general\n"
    for (name, text, words) in [
      ("twice.mtx", banner + "2 2 3\n1 1 1\n2 1 1\n1 1 3\n", "is there twice"),
      ("few.mtx", banner + "2 2 3\n1 1 1\n2 1 1\n", "promises 3"),
      ("many.mtx", banner + "2 2 1\n1 1 1\n2 1 1\n", "promises 1"),
      ("outside.mtx", banner + "2 2 1\n3 1 1\n", "no entry"),
      ("nan.mtx", banner + "2 2 1\n1 1 nan\n", "no entry"),
      ("wide.mtx", banner + "2 3 1\n1 1 1\n", "not a network"),
      ("array.mtx", "%%MatrixMarket matrix array real general\n1 1\n2\n", "coordinate format"),
    ] {
      _ = try folder.write(text, name)
      do {
        _ = try convert(name, shards: 2)
        Issue.record("\(name) was taken")
      } catch { #expect("\(error)".contains(words), "\(name): \(error)") }
    }
    #expect(!FileManager.default.fileExists(atPath: folder("net.shards")))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder("."))
    #expect(!names.contains { $0.contains("tmp") || $0 == "net.yaml" })
    // Something else in their place stays.
    try FileManager.default.createDirectory(
      atPath: folder("net.shards"), withIntermediateDirectories: true)
    _ = try folder.write(banner + "2 2 1\n1 1 1\n", "good.mtx")
    #expect(throws: CyclogradError.self) { try convert("good.mtx", shards: 2) }
    #expect(FileManager.default.fileExists(atPath: folder("net.shards")))
  }

  @Test func costAboutTheSame() {
    let lengths = (0..<1000).map { Int32($0 % 50 == 0 ? 500 : 3) }
    let starts = ShardWriter.starts(lengths, 8)
    #expect(starts.count == 9 && starts[0] == 0 && starts[8] == 1000)
    let costs = (0..<8).map { shard in
      lengths[starts[shard]..<starts[shard + 1]].reduce(0) { $0 + Int($1) + 4 }
    }
    #expect((costs.max() ?? 0) - (costs.min() ?? 0) <= 2 * 504)
    #expect(ShardWriter.starts([], 3) == [0, 0, 0, 0])
  }
}
