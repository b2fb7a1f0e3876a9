import Cyclograd

/// A file that gzip compressed, inflated as it is asked for: one member or several, one after the
/// other, with their checksums and lengths compared.
final class GzipReader {
  private let reader: InflatingReader
  private let file: String
  private let size: Int
  /// Where the member begins that is being inflated.
  private var start = 0
  private var count = 0
  private var isAtEnd = false

  static func isGzip(_ content: FileContent) throws -> Bool {
    try content.starts(with: magic) && content.count >= magic.count
  }

  private static let magic: [UInt8] = [0x1F, 0x8B]

  init(_ content: FileContent, file: String) throws {
    self.file = file
    size = content.count
    do throws(Inflater.Failure) {
      reader = try InflatingReader(content, 0..<content.count, .gzip)
    } catch { throw Self.damaged(error, 0, file) }
  }

  /// How many compressed bytes were used.
  var position: Int { reader.position }

  /// Fills the room; fewer bytes than there is room for come only at the end.
  func read(into room: UnsafeMutableRawBufferPointer) throws -> Int {
    var filled = 0
    while filled < room.count, !isAtEnd {
      let rest = UnsafeMutableRawBufferPointer(rebasing: room[filled...])
      do { filled += try reader.read(into: rest) } catch let error as Inflater.Failure {
        guard !reader.isAtEndOfInput else {
          throw Self.failure(
            .malformedFile, "the gzip data end early: the file is truncated", size, file)
        }
        throw Self.damaged(error, start, file)
      }
      guard ExpansionLimit.allows(count + filled, from: reader.position) else {
        throw Self.failure(
          .tooLarge, "the gzip data \(ExpansionLimit.reason)", reader.position, file,
          advice: ExpansionLimit.advice)
      }
      if reader.isAtEnd { try startNextMember() }
    }
    count += filled
    return filled
  }

  /// The next bytes; fewer than asked for only at the end.
  func bytes(_ size: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      initialized = try read(
        into: UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[..<size]))
    }
  }

  /// The rest of the content.
  func readToEnd() throws -> FileContent {
    var output = GrowingBuffer(for: "inflating the file", file: file)
    while !isAtEnd {
      let room = try output.room(min(max(1 << 14, size * 4), 1 << 22))
      output.advance(
        try read(into: UnsafeMutableRawBufferPointer(rebasing: room.prefix(1 << 22))))
    }
    return output.finish()
  }

  private func startNextMember() throws {
    start = reader.position
    // Tapes and block devices leave zeros after the data.
    if try reader.skipPadding() {
      isAtEnd = true
      return
    }
    guard reader.position == start, try reader.peek(Self.magic.count).elementsEqual(Self.magic)
    else {
      throw Self.failure(
        .malformedFile, "something follows the gzip data that is not gzip", start, file)
    }
    reader.startNextMember()
  }

  private static func damaged(
    _ error: Inflater.Failure, _ offset: Int, _ file: String
  ) -> CyclogradError {
    failure(.malformedFile, "the gzip data are damaged: \(error.reason)", offset, file)
  }

  private static func failure(
    _ code: CyclogradError.Code, _ reason: String, _ offset: Int, _ file: String,
    advice: String? = nil
  ) -> CyclogradError {
    CyclogradError(
      code, reason, at: CyclogradError.Location(file: file, subject: "byte \(offset)"),
      advice: advice)
  }
}
