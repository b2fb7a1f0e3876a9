import Cyclograd

/// Compressed bytes of a file, inflated as they are asked for.
final class InflatingReader {
  private let content: FileContent
  private let range: Range<Int>
  private var inflater: Inflater
  /// Some of the compressed bytes, and how many of them are used.
  private var input: [UInt8] = []
  private var used = 0
  /// How many compressed bytes have been taken from the file.
  private var taken = 0

  private static let inputSize = 1 << 16

  init(
    _ content: FileContent, _ range: Range<Int>, _ wrapping: Inflater.Wrapping
  ) throws(Inflater.Failure) {
    self.content = content
    self.range = range
    inflater = try Inflater(wrapping)
  }

  /// How many compressed bytes were used.
  var position: Int { taken - (input.count - used) }

  var isAtEndOfInput: Bool { position == range.count }

  /// Whether the compressed data have ended; more may follow them in the file.
  private(set) var isAtEnd = false

  /// Fills the room; fewer bytes than there is room for come only at the end of the data.
  func read(into room: UnsafeMutableRawBufferPointer) throws -> Int {
    var filled = 0
    while filled < room.count, !isAtEnd {
      if used == input.count { try refill() }
      let rest = UnsafeMutableRawBufferPointer(rebasing: room[filled...])
      let step = try input.withUnsafeBytes {
        try inflater.inflate(UnsafeRawBufferPointer(rebasing: $0[used...]), into: rest)
      }
      used += step.used
      filled += step.count
      if step.status == .end {
        isAtEnd = true
      } else if step.used == 0, step.count == 0 {
        throw Inflater.Failure(reason: "they end early")
      }
    }
    return filled
  }

  /// The next compressed bytes, at most this many, without moving past them.
  func peek(_ size: Int) throws -> ArraySlice<UInt8> {
    if input.count - used < size { try refill() }
    return input[used...].prefix(size)
  }

  /// Whether nothing but zeros is left; all of it is used then.
  func skipPadding() throws -> Bool {
    while true {
      if used == input.count { try refill() }
      if used == input.count { return true }
      guard input[used...].allSatisfy({ $0 == 0 }) else { return false }
      used = input.count
    }
  }

  /// Goes on with the data that follow those that ended.
  func startNextMember() {
    inflater.startNextMember()
    isAtEnd = false
  }

  private func refill() throws {
    input.removeSubrange(..<used)
    used = 0
    let size = min(Self.inputSize, range.count - taken)
    guard size > 0 else { return }
    let start = range.lowerBound + taken
    input += try [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      try content.read(start, into: UnsafeMutableRawBufferPointer(buffer))
      initialized = size
    }
    taken += size
  }
}
