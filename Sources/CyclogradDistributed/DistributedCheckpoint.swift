#if PETSc
  package import Cyclograd
  import CyclogradFormats
  import Foundation

  /// A training of several processes on disk: a header of 4096 bytes, then the parameters and the optimizer's vectors,
  /// each with the weights of all processes in the order of W's rows, the biases, and the ties once. So it can be
  /// continued by any number of processes. The header has a checksum of all numbers that does not depend on who holds them.
  ///
  /// Every process writes its parts at their places in one file, which takes its place whole or not at all.
  package struct DistributedCheckpoint {
    /// Numbers that all processes have in common: where the training stands.
    package var progress: [String: Int]
    /// What the training is of; another one's checkpoint is refused.
    package var identity: [String: String]

    private static let headerSize = 4096
    /// What is left in the header for ``progress`` and the format.
    private static let progressSize = 1024
    private static let format = "cyclograd-mpi-checkpoint/1"

    package init(progress: [String: Int], identity: [String: String]) {
      self.progress = progress
      self.identity = identity
    }

    // MARK: Places

    /// Where this process's parts of a vector stand.
    private struct Places {
      /// In the file's vectors, and in this process's.
      var parts: [(place: Int, range: Range<Int>)]
      var total: Int

      init(_ slice: NetworkSlice, _ processes: Processes) {
        let weights = processes.all(slice.ownWeightCount)
        let biases = processes.all(slice.ownBiasCount)
        let (allWeights, allBiases) = (weights.reduce(0, +), biases.reduce(0, +))
        let own = slice.ownWeightCount + slice.ownBiasCount
        parts = [
          (weights[..<slice.index].reduce(0, +), 0..<slice.ownWeightCount),
          (allWeights + biases[..<slice.index].reduce(0, +), slice.ownWeightCount..<own),
          (allWeights + allBiases, own..<slice.parameters.count),
        ]
        total = allWeights + allBiases + slice.tiedCount
      }

      /// The parts that this process answers for: what all have alike is that of one.
      func own(_ rank: Int) -> ArraySlice<(place: Int, range: Range<Int>)> {
        rank == 0 ? parts[...] : parts.dropLast()
      }

      /// A sum over this process's parts of the numbers' bits, each times an odd number that its place decides: one that has
      /// changed changes the sum.
      func sum(_ vectors: [[Double]], _ rank: Int) -> Int {
        let random = CounterRandom(seed: 2, purpose: .pattern, index: 0)
        var sum: UInt64 = 0
        for (index, vector) in vectors.enumerated() {
          for (place, range) in own(rank) {
            for (offset, value) in vector[range].enumerated() {
              sum &+= (random.word(index * total + place + offset) | 1) &* value.bitPattern
            }
          }
        }
        return Int(truncatingIfNeeded: sum)
      }
    }

    // MARK: Writing

    /// Writes a training's vectors.
    ///
    /// - Throws: ``CyclogradError`` `file` where any process cannot write; what was there before is left.
    package func write(
      _ vectors: [[Double]], of slice: NetworkSlice, _ processes: Processes, to path: String
    ) throws {
      let places = Places(slice, processes)
      let temporary = path + ".tmp"
      let checksum = processes.sum(places.sum(vectors, processes.rank))
      do {
        try processes.agree {
          guard processes.rank == 0 else { return }
          let file = try File(temporary, O_WRONLY | O_CREAT | O_TRUNC, path)
          try file.write(header(vectors.count, places.total, checksum, path), at: 0)
        }
        try processes.agree {
          let file = try File(temporary, O_WRONLY, path)
          for (index, vector) in vectors.enumerated() {
            for (place, range) in places.own(processes.rank) {
              try vector[range].withUnsafeBytes {
                try file.write($0, at: Self.headerSize + 8 * (index * places.total + place))
              }
            }
          }
          try file.synchronize()
        }
        try processes.agree {
          guard processes.rank == 0 else { return }
          guard rename(temporary, path) == 0 else { throw File.error("cannot replace it", path) }
        }
      } catch {
        if processes.rank == 0 { unlink(temporary) }
        throw error
      }
    }

    /// Refuses what is too long for the header. Asked before a training, this is not found at its first checkpoint.
    package static func checkLength(of identity: [String: String], _ path: String) throws {
      let size = text(of: identity).utf8.count
      guard size > headerSize - progressSize else { return }
      throw tooLong("what the training is of takes \(size) bytes", path)
    }

    private static func tooLong(_ what: String, _ path: String) -> CyclogradError {
      CyclogradError(
        .tooLarge, "\(what), more than the header of a checkpoint holds", at: .init(file: path),
        advice: "give shorter names")
    }

    private static func text(of entries: [String: String], prefix: String = "") -> String {
      entries.sorted { $0.key < $1.key }.map { "\(prefix)\($0)=\($1)\n" }.joined()
    }

    private func header(
      _ vectors: Int, _ total: Int, _ checksum: Int, _ path: String
    ) throws -> [UInt8] {
      var bytes = Array(
        "\(Self.format)\nvectors=\(vectors)\nparameters=\(total)\nchecksum=\(checksum)\n".utf8)
      bytes += Self.text(of: progress.mapValues { "\($0)" }, prefix: "progress.").utf8
      bytes += Self.text(of: identity).utf8
      guard bytes.count <= Self.headerSize else {
        throw Self.tooLong("the state of the training takes \(bytes.count) bytes", path)
      }
      bytes += [UInt8](repeating: 32, count: Self.headerSize - bytes.count)
      return bytes
    }

    // MARK: Reading

    /// Reads a training's vectors, if they are of the training that is described.
    ///
    /// - Parameter count: how many vectors there are to be.
    package static func read(
      _ path: String, of slice: NetworkSlice, _ processes: Processes, vectors count: Int,
      identity: [String: String]
    ) throws -> (progress: [String: Int], vectors: [[Double]]) {
      let places = Places(slice, processes)
      let (progress, vectors, checksum) = try processes.agree {
        let file = try File(path, O_RDONLY, path)
        var bytes = [UInt8](repeating: 0, count: headerSize)
        try bytes.withUnsafeMutableBytes { try file.read($0, at: 0) }
        var found: [String: String] = [:]
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        for line in lines.dropFirst() {
          guard let sign = line.firstIndex(of: "=") else { continue }
          found[String(line[..<sign])] = String(line[line.index(after: sign)...])
        }
        guard lines.first.map(String.init) == format else {
          throw CyclogradError(
            .malformedFile, "the file is no checkpoint of cyclograd-mpi", at: .init(file: path))
        }
        let expected = identity.merging(
          ["vectors": "\(count)", "parameters": "\(places.total)"]) { $1 }
        for (key, value) in expected.sorted(by: { $0.key < $1.key }) where found[key] != value {
          throw CyclogradError(
            .shapeMismatch,
            "the checkpoint is of another training: its \(key) is \(found[key] ?? "missing"), not \(value)",
            at: .init(file: path), advice: "continue with the same files, or begin with --overwrite"
          )
        }
        guard file.size == headerSize + 8 * count * places.total else {
          throw CyclogradError(
            .malformedFile, "the checkpoint is cut short", at: .init(file: path),
            advice: "begin with --overwrite")
        }
        let vectors = try (0..<count).map { index in
          var vector = [Double](repeating: 0, count: slice.parameters.count)
          for (place, range) in places.parts {
            try vector.withUnsafeMutableBufferPointer { buffer in
              try file.read(
                UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[range])),
                at: headerSize + 8 * (index * places.total + place))
            }
          }
          return vector
        }
        return try (numbers(in: found, path), vectors, found["checksum"])
      }
      guard checksum == String(processes.sum(places.sum(vectors, processes.rank))) else {
        throw damaged("its checksum is another", path)
      }
      return (progress, vectors)
    }

    private static func numbers(
      in entries: [String: String], _ path: String
    ) throws -> [String: Int] {
      var result: [String: Int] = [:]
      for (key, text) in entries where key.hasPrefix("progress.") {
        guard let number = Int(text) else {
          throw damaged("its \(key) is no whole number", path)
        }
        result[String(key.dropFirst("progress.".count))] = number
      }
      for key in ["updates", "steps", "empty", "skipped", "epoch", "step-in-epoch"] {
        guard let number = result[key], number >= 0 else {
          throw damaged("its progress.\(key) is missing or negative", path)
        }
      }
      return result
    }

    private static func damaged(_ reason: String, _ path: String) -> CyclogradError {
      CyclogradError(
        .malformedFile, "the checkpoint is damaged: \(reason)", at: .init(file: path),
        advice: "begin with --overwrite")
    }

    /// A file that is read and written at places.
    private final class File {
      private let descriptor: Int32
      private let path: String

      static func error(_ what: String, _ path: String) -> CyclogradError {
        CyclogradError(
          .file, "\(what): \(String(cString: strerror(errno)))", at: .init(file: path))
      }

      init(_ name: String, _ flags: Int32, _ path: String) throws {
        self.path = path
        descriptor = open(name, flags | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.error("cannot open the checkpoint", path) }
      }

      deinit { close(descriptor) }

      var size: Int { Int(lseek(descriptor, 0, SEEK_END)) }

      func synchronize() throws {
        try AtomicFile.synchronize(descriptor, path)
      }

      func write(_ bytes: [UInt8], at place: Int) throws {
        try bytes.withUnsafeBytes { try write($0, at: place) }
      }

      func write(_ bytes: UnsafeRawBufferPointer, at place: Int) throws {
        var done = 0
        while done < bytes.count {
          let count = pwrite(
            descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(place + done))
          if count < 0, errno == EINTR { continue }
          guard count > 0 else { throw Self.error("cannot write the checkpoint", path) }
          done += count
        }
      }

      func read(_ bytes: UnsafeMutableRawBufferPointer, at place: Int) throws {
        var done = 0
        while done < bytes.count {
          let count = pread(
            descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(place + done))
          if count < 0, errno == EINTR { continue }
          guard count >= 0 else { throw Self.error("cannot read the checkpoint", path) }
          guard count > 0 else {
            throw CyclogradError(
              .malformedFile, "the checkpoint is cut short", at: .init(file: path),
              advice: "begin with --overwrite")
          }
          done += count
        }
      }
    }
  }
#endif
