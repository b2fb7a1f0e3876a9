import Cyclograd
import Dispatch
import Synchronization

/// Reads and writes as much memory as one full sweep over a network must, and nothing else.
///
/// A sweep reads W's values (8 bytes) and columns (4) once, the row starts (4), biases and
/// activations (8 each), and writes states and activations (8 each); it reads the old state for
/// the residual. That is 12 bytes an edge and 44 a unit.
final class Streaming: @unchecked Sendable {
  private let values: [Double]
  private let columns: [Int32]
  private let vectors: [Double]
  private var written: [Double]
  private let threads: Int

  init(edges: Int, units: Int, threads: Int) {
    values = Array(repeating: 1, count: edges)
    columns = Array(repeating: 1, count: edges)
    // Starts count half a number, so 3.5 numbers a unit are read.
    vectors = Array(repeating: 1, count: units * 7 / 2)
    written = Array(repeating: 0, count: units * 2)
    self.threads = threads
  }

  /// Seconds for one pass with all threads.
  func seconds() -> Double {
    let total = Mutex(0.0)
    let (_, seconds) = Stopwatch.time {
      written.withUnsafeMutableBufferPointer { buffer in
        nonisolated(unsafe) let written = buffer
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
          let part =
            Self.sum(values, thread, threads) + Self.sum(vectors, thread, threads)
            + Double(Self.sum(columns, thread, threads))
          let range = Self.range(written.count, thread, threads)
          for i in range { written[i] = part }
          total.withLock { $0 += part }
        }
      }
    }
    precondition(total.withLock { $0 } > 0)
    return seconds
  }

  private static func range(_ count: Int, _ part: Int, _ parts: Int) -> Range<Int> {
    count * part / parts..<count * (part + 1) / parts
  }

  private static func sum(_ values: [Double], _ part: Int, _ parts: Int) -> Double {
    values.withUnsafeBufferPointer { values in
      let range = range(values.count, part, parts)
      var (s0, s1) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
      var i = range.lowerBound
      let base = UnsafeRawPointer(values.baseAddress!)
      while i + 16 <= range.upperBound {
        s0 += base.loadUnaligned(fromByteOffset: 8 * i, as: SIMD8<Double>.self)
        s1 += base.loadUnaligned(fromByteOffset: 8 * i + 64, as: SIMD8<Double>.self)
        i += 16
      }
      return (s0 + s1).sum()
    }
  }

  private static func sum(_ values: [Int32], _ part: Int, _ parts: Int) -> Int32 {
    values.withUnsafeBufferPointer { values in
      let range = range(values.count, part, parts)
      var s = SIMD16<Int32>.zero
      var i = range.lowerBound
      let base = UnsafeRawPointer(values.baseAddress!)
      while i + 16 <= range.upperBound {
        s &+= base.loadUnaligned(fromByteOffset: 4 * i, as: SIMD16<Int32>.self)
        i += 16
      }
      return s.wrappedSum()
    }
  }
}
