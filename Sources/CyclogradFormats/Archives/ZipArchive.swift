import Cyclograd

/// The members of a ZIP archive, each inflated only when it is asked for.
struct ZipArchive: Sendable {
  private let content: FileContent
  private let file: String
  private let members: [String: (entry: ZipEntry, data: Range<Int>)]
  /// The members' names in the order of the archive's directory.
  let names: [String]

  init(_ content: FileContent, file: String) throws {
    self.content = content
    self.file = file
    let directory: ZipDirectory
    do {
      directory = try content.withBytes { try ZipDirectory($0) }
    } catch let error as ZipDirectory.Malformed {
      throw Self.failure(.malformedFile, error.reason, file, error.member)
    }
    names = directory.members.map(\.entry.name)
    members = Dictionary(uniqueKeysWithValues: directory.members.map { ($0.entry.name, $0) })
  }

  func contains(_ name: String) -> Bool { members[name] != nil }

  /// Hands over a member's content, which lives only during the call.
  func withMember<Result>(
    _ name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    guard let (entry, place) = members[name] else {
      throw Self.failure(
        .malformedFile, "the archive has no member \(Excerpt.quoted(name))", file, nil)
    }
    return try content.withBytes { archive in
      let stored = UnsafeRawBufferPointer(rebasing: archive[place])
      let method: ZipEntry.Method
      do throws(ZipEntry.Malformed) { method = try entry.supportedMethod() } catch {
        throw Self.failure(.malformedFile, error.reason, file, name)
      }
      switch method {
      case .stored:
        guard entry.size == stored.count else {
          throw Self.failure(
            .malformedFile, "the member claims \(entry.size) bytes, but \(stored.count) are stored",
            file, name)
        }
        try check(stored, entry)
        return try body(stored)
      case .deflated:
        let inflated = try inflate(stored, entry)
        return try inflated.withBytes { bytes in
          try check(bytes, entry)
          return try body(bytes)
        }
      }
    }
  }

  private func check(_ bytes: UnsafeRawBufferPointer, _ entry: ZipEntry) throws {
    guard Checksum.crc32(bytes) == entry.checksum else {
      throw Self.failure(
        .malformedFile, "the member's checksum differs: its data are damaged", file, entry.name)
    }
  }

  private func inflate(
    _ stored: UnsafeRawBufferPointer, _ entry: ZipEntry
  ) throws -> FileContent {
    guard entry.size / ExpansionLimit.possibleRatio <= stored.count else {
      throw Self.failure(
        .malformedFile,
        "the member claims \(entry.size) bytes, which \(stored.count) compressed ones cannot hold",
        file, entry.name)
    }
    guard ExpansionLimit.allows(entry.size, from: stored.count) else {
      throw Self.failure(
        .tooLarge, "the member \(ExpansionLimit.reason)", file, entry.name,
        advice: ExpansionLimit.advice)
    }
    var output = GrowingBuffer(for: "the archive's member", file: file)
    // A byte more than it claims shows whether it is longer.
    _ = try output.room(entry.size + 1)
    do throws(Inflater.Failure) {
      var inflater = try Inflater(stored, .raw)
      while output.count <= entry.size {
        let room: UnsafeMutableRawBufferPointer
        do { room = try output.room(entry.size + 1 - output.count) } catch { break }
        let (count, status) = try inflater.inflate(into: room)
        output.advance(count)
        if status == .end {
          guard output.count == entry.size, inflater.isAtEndOfInput else { break }
          return output.finish()
        }
        if count == 0 { throw Inflater.Failure(reason: "they end early") }
      }
    } catch {
      throw Self.failure(
        .malformedFile, "the member's compressed data are damaged: \(error.reason)", file,
        entry.name)
    }
    throw Self.failure(
      .malformedFile, "the member does not inflate to the \(entry.size) bytes that it claims",
      file, entry.name)
  }

  private static func failure(
    _ code: CyclogradError.Code, _ reason: String, _ file: String, _ member: String?,
    advice: String? = nil
  ) -> CyclogradError {
    CyclogradError(
      code, reason,
      at: CyclogradError.Location(
        file: file, subject: member.map { "member \(Excerpt.quoted($0))" }),
      advice: advice)
  }
}
