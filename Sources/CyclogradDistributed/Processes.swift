#if PETSc
  import CPETScEngine
  import Cyclograd
  import Foundation

  /// The processes that MPI has started, and this one among them.
  package struct Processes: Sendable {
    /// Which of them this is, from 0.
    package let rank: Int
    /// How many there are.
    package let count: Int
    /// Whether it has nothing to do with the others.
    package let isAlone: Bool

    /// This process as the only one, for what each of several does by itself.
    package var alone: Processes { Processes(rank: 0, count: 1, isAlone: true) }

    /// Starts MPI and PETSc.
    ///
    /// - Throws: ``CyclogradError`` if that fails.
    package static func begin() throws -> Processes {
      try check(cpe_begin())
      return Processes(rank: Int(cpe_rank()), count: Int(cpe_size()), isAlone: false)
    }

    /// Gives PETSc options of its own.
    package func setOptions(_ options: String) throws {
      try Self.check(cpe_set_options(options))
    }

    /// Ends MPI and PETSc; nothing of them may be used any more.
    package func end() { cpe_end() }

    /// Ends all processes at once, for what only this one knows of.
    package func abort(_ code: Int32) { cpe_abort(code) }

    /// PETSc's options that nobody has asked for.
    package var unusedOptions: String { String(cString: cpe_unused_options()) }

    /// Throws what PETSc says of a failure.
    static func check(_ result: Int32) throws {
      guard result != 0 else { return }
      throw CyclogradError(
        .linearSolver, "PETSc: " + String(cString: cpe_message()),
        advice: "look at the options of --petsc")
    }

    // MARK: Agreement

    /// Does something that may fail on some processes alone: then it fails on all of them, and the first one that has
    /// failed throws the error.
    package func agree<Result>(_ body: () throws -> Result) throws -> Result {
      let result = Swift.Result { try body() }
      var hasFailed = false
      if case .failure = result { hasFailed = true }
      let speaker = speaker(hasError: hasFailed)
      if speaker == count || speaker == rank { return try result.get() }
      throw OtherProcessFailed()
    }

    /// The first process that has an error of its own; the number of processes if none has.
    package func speaker(hasError: Bool) -> Int {
      var failed: Int32 = hasError ? Int32(count - rank) : 0
      if !isAlone { cpe_largest_integers(&failed, 1) }
      return count - Int(failed)
    }

    /// The largest exit code of all processes.
    package func agreed(_ code: Int32) -> Int32 {
      var result = code
      if !isAlone { cpe_largest_integers(&result, 1) }
      return result
    }

    /// Another process has failed and says why.
    package struct OtherProcessFailed: Error {}

    // MARK: Numbers

    /// Replaces numbers by their sums over all processes.
    package func add(_ numbers: UnsafeMutableBufferPointer<Double>) {
      if isAlone { return }
      // Messages hold at most Int32.max numbers.
      for first in stride(from: 0, to: numbers.count, by: 1 << 27) {
        let part = numbers[first..<min(numbers.count, first + 1 << 27)]
        cpe_sum(part.base.baseAddress! + first, Int32(part.count))
      }
    }

    package func add(_ numbers: inout [Double]) {
      numbers.withUnsafeMutableBufferPointer { if !$0.isEmpty { add($0) } }
    }

    package func add(_ counts: inout [Int]) {
      if isAlone { return }
      var numbers = counts.map { Int64($0) }
      cpe_add_counts(&numbers, Int32(numbers.count))
      counts = numbers.map { Int($0) }
    }

    package func sum(_ count: Int) -> Int {
      var counts = [count]
      add(&counts)
      return counts[0]
    }

    /// The largest of all processes' numbers; infinite where one is NaN.
    package func largest(_ number: Double) -> Double {
      var result = number.isNaN ? .infinity : number
      if !isAlone { cpe_largest(&result, 1) }
      return result
    }

    /// Replaces a few numbers, none of them NaN, by the largest of all processes.
    package func largest(_ numbers: inout [Double]) {
      if !isAlone { cpe_largest(&numbers, Int32(numbers.count)) }
    }

    /// Replaces numbers by the largest of all processes.
    package func largest(_ numbers: inout [Int32]) {
      if isAlone { return }
      for first in stride(from: 0, to: numbers.count, by: 1 << 28) {
        let count = min(numbers.count - first, 1 << 28)
        numbers.withUnsafeMutableBufferPointer {
          cpe_largest_integers($0.baseAddress! + first, Int32(count))
        }
      }
    }

    /// The number of each process.
    package func all(_ number: Int) -> [Int] {
      var result = [Int](repeating: 0, count: count)
      result[rank] = number
      add(&result)
      return result
    }

    /// What joins the processes' parts of vectors.
    var vectorParts: VectorParts { VectorParts(add: { add($0) }, largest: { largest($0) }) }

    /// Process 0 gets the parts of a vector of all, one after the other; others get nothing.
    ///
    /// - Parameter starts: where the parts begin, and where the last one ends.
    package func gather(_ part: [Double], starts: [Int]) -> [Double] {
      if isAlone { return part }
      var result = [Double](repeating: 0, count: rank == 0 ? starts[count] : 0)
      let counts = (0..<count).map { Int32(starts[$0 + 1] - starts[$0]) }
      cpe_gather(part, &result, counts, starts.map { Int32($0) })
      return result
    }

    /// Sends each process its part of some numbers, one after the other; gives those that all have sent to this one, in the
    /// order of processes.
    func deal<Number: BitwiseCopyable>(
      _ numbers: [Number], _ counts: [Int]
    ) -> (numbers: [Number], counts: [Int]) {
      if isAlone { return (numbers, counts) }
      let sent = counts.map { Int32($0) }
      let one = [Int32](repeating: 1, count: count)
      var received = [Int32](repeating: 0, count: count)
      cpe_deal(sent, one, &received, one, 4)
      let total = received.reduce(0) { $0 + Int($1) }
      let result = [Number](unsafeUninitializedCapacity: total) { buffer, used in
        numbers.withUnsafeBufferPointer {
          cpe_deal(
            $0.baseAddress, sent, buffer.baseAddress, received,
            Int32(MemoryLayout<Number>.stride))
        }
        used = total
      }
      return (result, received.map { Int($0) })
    }

    // MARK: Streams

    /// Hands pieces of every process to `receive` on process 0: those of process 0 first, one after the other.
    ///
    /// - Parameter pieces: the next piece of this process; `nil` once there is none.
    package func stream<Number: BitwiseCopyable>(
      _ pieces: () -> [Number]?, receive: ([Number]) throws -> Void
    ) throws {
      if rank == 0 {
        var failure: (any Error)?
        func take(_ piece: [Number]) {
          guard failure == nil else { return }
          do { try receive(piece) } catch { failure = error }
        }
        while let piece = pieces() { take(piece) }
        for other in 1..<max(1, count) {
          while true {
            var length: Int64 = 0
            cpe_receive(&length, 8, Int32(other))
            if length < 0 { break }
            let piece = [Number](unsafeUninitializedCapacity: Int(length)) { buffer, used in
              cpe_receive(
                buffer.baseAddress, length * Int64(MemoryLayout<Number>.stride), Int32(other))
              used = Int(length)
            }
            take(piece)
          }
        }
        try agree { if let failure { throw failure } }
      } else {
        while let piece = pieces() {
          var length = Int64(piece.count)
          cpe_send(&length, 8, 0)
          piece.withUnsafeBytes { cpe_send($0.baseAddress, Int64($0.count), 0) }
        }
        var end: Int64 = -1
        cpe_send(&end, 8, 0)
        try agree {}
      }
    }
  }
#endif
