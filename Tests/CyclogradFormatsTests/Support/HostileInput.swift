import Cyclograd
import Testing

/// Damaged variants of a valid file, none of which may do worse than cause an error.
enum HostileInput {
  /// Every prefix of the bytes, and many copies with one byte changed.
  static func variants(_ bytes: [UInt8], mutations: Int = 2000) -> [[UInt8]] {
    var random = TestRandom(7)
    let prefixes = bytes.indices.map { Array(bytes[..<$0]) }
    return prefixes
      + (0..<mutations).map { _ in
        var copy = bytes
        copy[Int.random(in: copy.indices, using: &random)] = .random(in: 0...255, using: &random)
        return copy
      }
  }

  /// Reads every variant; returns how many were refused. Other kinds of errors fail the test.
  static func refusals<Result>(
    _ bytes: [UInt8], check: (Result) -> Bool, read: ([UInt8]) throws -> Result
  ) -> Int {
    var refused = 0
    for variant in variants(bytes) {
      do {
        let result = try read(variant)
        #expect(check(result), "read from \(variant)")
      } catch let error as CyclogradError {
        #expect(error.location.file == "f" && !error.message.isEmpty)
        refused += 1
      } catch {
        Issue.record(error)
      }
    }
    return refused
  }
}
