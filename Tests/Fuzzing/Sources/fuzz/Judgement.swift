import Allocations
import Cyclograd
import Glibc

/// Runs a reader on an input and ends the process if it does what no reader may do.
enum Judgement {
  /// The input as a file of memory; it is opened by its name, as every file is.
  private static let descriptor = memory_file()
  nonisolated(unsafe) private static var path = ""
  nonisolated(unsafe) private static var target = FuzzTarget.all[0]

  /// What a reader may allocate for each byte of the input.
  static let factor = 64

  static func prepare(_ chosen: FuzzTarget) throws {
    try Examples.prepare()
    target = chosen
    path = Examples.path("input.\(chosen.ending)")
    guard symlink("/proc/self/fd/\(descriptor)", path) == 0 else { throw Failure.noFile(errno) }
    // What is set up once does not count.
    for variant in 0..<64 { try? target.read(path, variant) }
  }

  enum Failure: Error { case noFile(Int32) }

  static func judge(_ input: UnsafeBufferPointer<UInt8>) {
    if let wrap = target.wrap {
      wrap(input).withUnsafeBufferPointer { judge(file: $0) }
    } else {
      judge(file: input)
    }
  }

  private static func judge(file bytes: UnsafeBufferPointer<UInt8>) {
    guard ftruncate(descriptor, 0) == 0,
      pwrite(descriptor, bytes.baseAddress, bytes.count, 0) == bytes.count
    else { fail("the input cannot be stored") }
    let variant = bytes.reduce(UInt(14_695_981_039)) { ($0 ^ UInt($1)) &* 1_099_511_628_211 } >> 24
    allocations_begin()
    do {
      try target.read(path, Int(variant & 0xFFFF))
    } catch let error as CyclogradError {
      if error.message.isEmpty { fail("an error without a message") }
    } catch {
      fail("an error of another kind: \(error)")
    }
    let limit = factor * bytes.count + target.constant
    let (largest, peak) = (allocations_largest(), allocations_peak())
    if largest > limit || peak > limit {
      fail(
        "\(bytes.count) bytes of input: \(largest) bytes allocated at once, \(peak) in all, "
          + "at most \(limit) are allowed")
    }
  }

  private static func fail(_ reason: String) -> Never {
    say("fuzz: \(reason)")
    abort()
  }
}

/// Writes a line to standard error.
func say(_ line: String) {
  let bytes = Array((line + "\n").utf8)
  _ = write(STDERR_FILENO, bytes, bytes.count)
}
