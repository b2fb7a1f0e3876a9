import Cyclograd
import Glibc

/// Writes a matrix as shards without holding it: entries go to a file for each shard first, then each of these is
/// sorted by itself.
struct ShardWriter {
  private let source: any EntrySource
  private let path: String
  private let duplicates: DuplicateEntries

  /// What a row costs beside its entries, as processes are given their neurons.
  private static let entriesPerRow = 4
  /// What lies in a folder while it is made.
  private static let entrySize = 16

  init(_ source: any EntrySource, path: String, duplicates: DuplicateEntries) {
    self.source = source
    self.path = path
    self.duplicates = duplicates
  }

  /// Writes the folder, which takes its place whole or not at all.
  ///
  /// - Complexity: reads the file twice; 4 bytes a row and some 40 bytes for each entry of a shard in memory.
  func write(to folder: String, shards: Int) throws {
    let lengths = try rowLengths()
    let starts = Self.starts(lengths, shards)
    let temporary = folder + ".\(String(UInt64.random(in: .min ... .max), radix: 36)).tmp"
    guard mkdir(temporary, 0o777) == 0 else {
      throw SystemError.file("cannot create the folder", folder, errno)
    }
    do {
      try distribute(starts, temporary)
      var list: [ShardedMatrix.Shard] = []
      for shard in 0..<shards {
        list.append(try finish(shard, starts[shard]..<starts[shard + 1], temporary))
      }
      try AtomicFile.write(to: temporary + "/" + ShardedMatrix.listName) {
        try $0.write(ShardList(columns: source.columns, shards: list).text)
      }
      try replace(folder, by: temporary)
    } catch {
      Self.remove(temporary)
      throw error
    }
  }

  private func rowLengths() throws -> [Int32] {
    try Memory.require(4 * source.rows, for: "the lengths of rows", file: path)
    var lengths = [Int32](repeating: 0, count: source.rows)
    try source.forEachPiece { piece in
      for row in piece.rows { lengths[Int(row)] += 1 }
    }
    return lengths
  }

  /// Where shards begin that cost about the same, and where the last one's rows end.
  static func starts(_ lengths: [Int32], _ shards: Int) -> [Int] {
    let all = lengths.reduce(entriesPerRow * lengths.count) { $0 + Int($1) }
    var starts = [0]
    var cost = 0
    for (row, length) in lengths.enumerated() {
      while starts.count < shards, cost * shards >= all * starts.count { starts.append(row) }
      cost += Int(length) + entriesPerRow
    }
    while starts.count <= shards { starts.append(lengths.count) }
    return starts
  }

  /// Sends every entry to the file of its shard.
  private func distribute(_ starts: [Int], _ folder: String) throws {
    let files = try (0..<starts.count - 1).map {
      try EntryFile(Self.entries($0, folder), for: folder)
    }
    var last = 0
    try source.forEachPiece { piece in
      for index in piece.rows.indices {
        let row = Int(piece.rows[index])
        if !(starts[last]..<starts[last + 1]).contains(row) {
          last = starts.partitioningIndex { $0 > row } - 1
        }
        try files[last].append(piece.rows[index], piece.columns[index], piece.values[index])
      }
    }
    for file in files { try file.finish() }
  }

  private static func entries(_ shard: Int, _ folder: String) -> String {
    "\(folder)/\(shard).entries"
  }

  /// Sorts a shard's entries and writes them as a matrix.
  private func finish(
    _ shard: Int, _ rows: Range<Int>, _ folder: String
  ) throws -> ShardedMatrix.Shard {
    let file = Self.entries(shard, folder)
    var matrix = try read(file, rows)
    unlink(file)
    switch duplicates {
    case .sum: matrix = matrix.summingDuplicates()
    case .refuse:
      if let place = matrix.duplicate() {
        throw CyclogradError(
          .malformedFile,
          "entry (\(rows.lowerBound + place.row), \(place.column)), counted from 0, is there twice",
          at: .init(file: path), advice: "correct the file, or give --duplicates sum")
      }
    }
    let name = "\(shard).npz"
    try SparseNpzFile.write(matrix, to: folder + "/" + name)
    return ShardedMatrix.Shard(
      name: name, rows: rows.count, entries: matrix.rowIndices.count,
      checksum: try ShardedMatrix.checksum(of: NpzFile.read(folder + "/" + name)))
  }

  private func read(_ file: String, _ rows: Range<Int>) throws -> CoordinateMatrix {
    let content = try InputFile.stored(file)
    let count = content.count / Self.entrySize
    try Memory.require(40 * count, for: "a shard of the matrix", file: path)
    var matrix = CoordinateMatrix(
      rows: rows.count, columns: source.columns, rowIndices: [], columnIndices: [], values: [])
    matrix.rowIndices.reserveCapacity(count)
    matrix.columnIndices.reserveCapacity(count)
    matrix.values?.reserveCapacity(count)
    let block = 1 << 16
    for first in stride(from: 0, to: count, by: block) {
      let range = first * Self.entrySize..<min(first + block, count) * Self.entrySize
      try content.withBytes(range) { bytes in
        for place in stride(from: 0, to: bytes.count, by: Self.entrySize) {
          let row = bytes.load(fromByteOffset: place, as: Int32.self)
          matrix.rowIndices.append(row - Int32(rows.lowerBound))
          matrix.columnIndices.append(bytes.load(fromByteOffset: place + 4, as: Int32.self))
          matrix.values?.append(bytes.load(fromByteOffset: place + 8, as: Double.self))
        }
      }
    }
    return matrix
  }

  /// Puts the folder in its place; one that is there already must be of the same kind.
  private func replace(_ folder: String, by temporary: String) throws {
    if access(folder, F_OK) == 0 {
      guard access(folder + "/" + ShardedMatrix.listName, F_OK) == 0 else {
        throw CyclogradError(
          .file, "there is something else in the place of the shards", at: .init(file: folder),
          advice: "remove it, or give the graph file another name")
      }
      let old = temporary + ".old"
      guard rename(folder, old) == 0 else {
        throw SystemError.file("cannot replace the folder", folder, errno)
      }
      guard rename(temporary, folder) == 0 else {
        let code = errno
        rename(old, folder)
        throw SystemError.file("cannot replace the folder", folder, code)
      }
      Self.remove(old)
    } else if rename(temporary, folder) != 0 {
      throw SystemError.file("cannot put the folder in its place", folder, errno)
    }
  }

  /// Removes a folder of shards, as far as there is one.
  private static func remove(_ folder: String) {
    if let stream = opendir(folder) {
      var names: [String] = []
      while let entry = readdir(stream) {
        names.append(
          withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
          })
      }
      closedir(stream)
      for name in names where name != "." && name != ".." { unlink(folder + "/" + name) }
    }
    rmdir(folder)
  }
}

/// Entries on their way to a shard: row, column and value, in the machine's order of bytes.
private final class EntryFile {
  private let descriptor: Int32
  private let path: String
  private var buffer: [UInt8] = []
  private static let capacity = 1 << 16

  init(_ name: String, for path: String) throws {
    self.path = path
    descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw SystemError.file("cannot create a file", path, errno) }
    buffer.reserveCapacity(Self.capacity + 16)
  }

  deinit { close(descriptor) }

  func append(_ row: Int32, _ column: Int32, _ value: Double) throws {
    withUnsafeBytes(of: row) { buffer.append(contentsOf: $0) }
    withUnsafeBytes(of: column) { buffer.append(contentsOf: $0) }
    withUnsafeBytes(of: value) { buffer.append(contentsOf: $0) }
    if buffer.count >= Self.capacity { try finish() }
  }

  /// Writes what is still in the buffer.
  func finish() throws {
    try buffer.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let step = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if step >= 0 {
          rest = rest.dropFirst(step)
        } else if errno != EINTR {
          throw SystemError.file("cannot write the shards", path, errno)
        }
      }
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
