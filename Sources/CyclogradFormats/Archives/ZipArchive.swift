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
      directory = try ZipDirectory(content)
    } catch let error as ZipDirectory.Malformed {
      throw Self.failure(.malformedFile, error.reason, file, error.member)
    }
    names = directory.members.map(\.entry.name)
    members = Dictionary(uniqueKeysWithValues: directory.members.map { ($0.entry.name, $0) })
  }

  func contains(_ name: String) -> Bool { members[name] != nil }

  /// The checksum that the directory has of a member.
  func checksum(_ name: String) throws -> UInt32 { try known(name).entry.checksum }

  private func known(_ name: String) throws -> (entry: ZipEntry, data: Range<Int>) {
    guard let member = members[name] else {
      throw Self.failure(
        .malformedFile, "the archive has no member \(Excerpt.quoted(name))", file, nil)
    }
    return member
  }

  /// A member's content, which is read as it is asked for.
  func member(_ name: String, at location: CyclogradError.Location) throws -> MemberBytes {
    let (entry, place) = try known(name)
    let method: ZipEntry.Method
    do throws(ZipEntry.Malformed) { method = try entry.supportedMethod() } catch {
      throw Self.failure(.malformedFile, error.reason, file, name)
    }
    switch method {
    case .stored:
      guard entry.size == place.count else {
        throw Self.failure(
          .malformedFile, "the member claims \(entry.size) bytes, but \(place.count) are stored",
          file, name)
      }
      return MemberBytes(content, place, checksum: entry.checksum, at: location)
    case .deflated:
      try checkExpansion(entry, place.count)
      let reader: InflatingReader
      do throws(Inflater.Failure) { reader = try InflatingReader(content, place, .raw) } catch {
        throw Self.failure(.tooLarge, error.reason, file, name)
      }
      return MemberBytes(
        deflated: reader, count: entry.size, checksum: entry.checksum, at: location)
    }
  }

  private func checkExpansion(_ entry: ZipEntry, _ stored: Int) throws {
    guard entry.size / ExpansionLimit.possibleRatio <= stored else {
      throw Self.failure(
        .malformedFile,
        "the member claims \(entry.size) bytes, which \(stored) compressed ones cannot hold",
        file, entry.name)
    }
    guard ExpansionLimit.allows(entry.size, from: stored) else {
      throw Self.failure(
        .tooLarge, "the member \(ExpansionLimit.reason)", file, entry.name,
        advice: ExpansionLimit.advice)
    }
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
