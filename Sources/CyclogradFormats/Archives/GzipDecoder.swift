import Cyclograd

/// Undoes gzip's compression: one member or several, one behind the other.
enum GzipDecoder {
  static func isGzip(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
  }

  static func decode(_ bytes: UnsafeRawBufferPointer, file: String) throws -> FileContent {
    var output = GrowingBuffer(for: "inflating the file", file: file)
    var start = 0
    do {
      var inflater = try Inflater(bytes, .gzip)
      while true {
        let room = try output.room(min(max(1 << 14, bytes.count * 4), 1 << 24))
        let (count, status) = try inflater.inflate(into: room)
        output.advance(count)
        guard ExpansionLimit.allows(output.count, from: inflater.position) else {
          throw failure(
            .tooLarge, "the gzip data \(ExpansionLimit.reason)", inflater.position, file,
            advice: ExpansionLimit.advice)
        }
        if status == .end {
          if isPadding(bytes, from: inflater.position) { return output.finish() }
          start = inflater.position
          guard isGzip(UnsafeRawBufferPointer(rebasing: bytes[start...])) else {
            throw failure(
              .malformedFile, "something follows the gzip data that is not gzip", start, file)
          }
          inflater.startNextMember()
        } else if inflater.isAtEndOfInput, count < room.count {
          throw failure(
            .malformedFile, "the gzip data end early: the file is truncated", bytes.count, file)
        }
      }
    } catch let error as Inflater.Failure {
      throw failure(.malformedFile, "the gzip data are damaged: \(error.reason)", start, file)
    }
  }

  /// Tapes and block devices leave zeros behind the data.
  private static func isPadding(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Bool {
    bytes[start...].allSatisfy { $0 == 0 }
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
