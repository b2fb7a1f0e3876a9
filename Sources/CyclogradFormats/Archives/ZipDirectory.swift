/// The list of members at the end of a ZIP archive.
struct ZipDirectory {
  struct Malformed: Error {
    var reason: String
    var member: String?
  }

  /// The members in the order of the list, with the places of their data.
  let members: [(entry: ZipEntry, data: Range<Int>)]

  private static let endSignature: UInt32 = 0x0605_4B50
  private static let wideEndSignature: UInt32 = 0x0606_4B50
  private static let locatorSignature: UInt32 = 0x0706_4B50
  private static let endSize = 22
  private static let locatorSize = 20
  private static let wideEndSize = 56

  private struct Extent {
    var count: UInt64
    var size: UInt64
    var offset: UInt64
    /// Where the directory must end.
    var end: Int
  }

  /// Little more than the list is read of the archive.
  ///
  /// - Throws: ``Malformed``, and ``Cyclograd/CyclogradError`` where the file cannot be read.
  init(_ archive: FileContent) throws {
    let extent = try Self.extent(archive)
    guard let size = Int(exactly: extent.size), let start = Int(exactly: extent.offset),
      size <= extent.end, start == extent.end - size, extent.count <= size / 46
    else {
      throw Malformed(
        reason: "the archive's directory is not where its end says: it is truncated or damaged")
    }
    let found = try archive.withBytes(start..<extent.end) { list in
      try Self.members(list, extent.count, in: archive, before: start)
    }
    members = found
    try refuseOverlaps()
  }

  private static func members(
    _ list: UnsafeRawBufferPointer, _ count: UInt64, in archive: FileContent, before limit: Int
  ) throws -> [(entry: ZipEntry, data: Range<Int>)] {
    var cursor = ByteCursor(list)
    var found: [(entry: ZipEntry, data: Range<Int>)] = []
    var names: Set<String> = []
    for _ in 0..<count {
      let entry: ZipEntry
      do throws(ZipEntry.Malformed) { entry = try ZipEntry(&cursor) } catch {
        throw Malformed(reason: error.reason)
      }
      guard names.insert(entry.name).inserted else {
        throw Malformed(reason: "the archive has two members of this name", member: entry.name)
      }
      do { found.append((entry, try entry.data(in: archive, before: limit))) } catch let error
        as ZipEntry.Malformed
      {
        throw Malformed(reason: error.reason, member: entry.name)
      }
    }
    guard cursor.position == list.count else {
      throw Malformed(reason: "the archive's directory has more members than it says")
    }
    return found
  }

  /// Members that share bytes serve only to make a small file expand without bounds.
  private func refuseOverlaps() throws(Malformed) {
    var end = 0
    for (entry, data) in members.sorted(by: { $0.entry.offset < $1.entry.offset }) {
      guard entry.offset >= end else {
        throw Malformed(reason: "the member overlaps another one", member: entry.name)
      }
      end = data.upperBound
    }
  }

  private static func extent(_ archive: FileContent) throws -> Extent {
    // The end record with the longest comment, and the locator in front of it.
    let start = max(0, archive.count - 0xFFFF - endSize - locatorSize)
    return try archive.withBytes(start..<archive.count) { tail in
      guard let end = findEnd(tail) else {
        let isArchive = try archive.starts(with: [0x50, 0x4B])
        throw Malformed(
          reason: isArchive
            ? "the end of the archive is missing: the file is truncated"
            : "the file is not a ZIP archive, as .npz files are")
      }
      var cursor = ByteCursor(tail, at: end + 4)
      let disks = (cursor.next(UInt16.self) ?? 0, cursor.next(UInt16.self) ?? 0)
      let counts = (cursor.next(UInt16.self) ?? 0, cursor.next(UInt16.self) ?? 0)
      let size = cursor.next(UInt32.self) ?? 0
      let offset = cursor.next(UInt32.self) ?? 0
      var locator = ByteCursor(tail, at: end - locatorSize)
      if end >= locatorSize, locator.next(UInt32.self) == locatorSignature {
        return try wideExtent(&locator, archive, before: start + end)
      }
      guard disks.0 == 0, disks.1 == 0, counts.0 == counts.1 else {
        throw Malformed(reason: "the archive has several parts")
      }
      return Extent(
        count: UInt64(counts.0), size: UInt64(size), offset: UInt64(offset), end: start + end)
    }
  }

  /// The end record is the last thing in the file except for a comment, whose length it knows.
  private static func findEnd(_ tail: UnsafeRawBufferPointer) -> Int? {
    guard tail.count >= endSize else { return nil }
    let last = tail.count - endSize
    for start in stride(from: last, through: max(0, last - 0xFFFF), by: -1)
    where tail[start] == 0x50 {
      var cursor = ByteCursor(tail, at: start)
      guard cursor.next(UInt32.self) == endSignature else { continue }
      cursor.skip(16)
      if let length = cursor.next(UInt16.self), start + endSize + Int(length) == tail.count {
        return start
      }
    }
    return nil
  }

  /// ZIP64's record. The locator, read up to the end of its signature, says where it is.
  private static func wideExtent(
    _ locator: inout ByteCursor, _ archive: FileContent, before end: Int
  ) throws -> Extent {
    locator.skip(4)
    let offset = locator.next(UInt64.self).flatMap { Int(exactly: $0) }
    guard locator.next(UInt32.self) == 1 else {
      throw Malformed(reason: "the archive has several parts")
    }
    guard let offset, offset <= end - locatorSize - wideEndSize else {
      throw Malformed(reason: "the archive's 64-bit end is not where it should be")
    }
    return try archive.withBytes(offset..<offset + wideEndSize) { record in
      var cursor = ByteCursor(record)
      guard cursor.next(UInt32.self) == wideEndSignature, let length = cursor.next(UInt64.self),
        length == end - locatorSize - offset - 12
      else { throw Malformed(reason: "the archive's 64-bit end is damaged") }
      cursor.skip(4)
      guard cursor.next(UInt32.self) == 0, cursor.next(UInt32.self) == 0,
        let onDisk = cursor.next(UInt64.self), let count = cursor.next(UInt64.self),
        onDisk == count, let size = cursor.next(UInt64.self),
        let start = cursor.next(UInt64.self)
      else { throw Malformed(reason: "the archive has several parts") }
      return Extent(count: count, size: size, offset: start, end: offset)
    }
  }
}
