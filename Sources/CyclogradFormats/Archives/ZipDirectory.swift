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

  private struct Extent {
    var count: UInt64
    var size: UInt64
    var offset: UInt64
    /// Where the directory must end.
    var end: Int
  }

  init(_ archive: UnsafeRawBufferPointer) throws(Malformed) {
    let extent = try Self.extent(archive)
    guard let size = Int(exactly: extent.size), let start = Int(exactly: extent.offset),
      size <= extent.end, start == extent.end - size, extent.count <= size / 46
    else {
      throw Malformed(
        reason: "the archive's directory is not where its end says: it is truncated or damaged")
    }
    var cursor = ByteCursor(
      UnsafeRawBufferPointer(rebasing: archive[..<extent.end]), at: start)
    var found: [(entry: ZipEntry, data: Range<Int>)] = []
    var names: Set<String> = []
    for _ in 0..<extent.count {
      let entry: ZipEntry
      do throws(ZipEntry.Malformed) { entry = try ZipEntry(&cursor) } catch {
        throw Malformed(reason: error.reason)
      }
      guard names.insert(entry.name).inserted else {
        throw Malformed(reason: "the archive has two members of this name", member: entry.name)
      }
      do throws(ZipEntry.Malformed) {
        found.append((entry, try entry.data(in: archive, before: start)))
      } catch { throw Malformed(reason: error.reason, member: entry.name) }
    }
    guard cursor.position == extent.end else {
      throw Malformed(reason: "the archive's directory has more members than it says")
    }
    members = found
    try refuseOverlaps()
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

  private static func extent(_ archive: UnsafeRawBufferPointer) throws(Malformed) -> Extent {
    guard let end = findEnd(archive) else {
      let isArchive = archive.starts(with: [0x50, 0x4B])
      throw Malformed(
        reason: isArchive
          ? "the end of the archive is missing: the file is truncated"
          : "the file is not a ZIP archive, as .npz files are")
    }
    var cursor = ByteCursor(archive, at: end + 4)
    let disks = (cursor.next(UInt16.self) ?? 0, cursor.next(UInt16.self) ?? 0)
    let counts = (cursor.next(UInt16.self) ?? 0, cursor.next(UInt16.self) ?? 0)
    let size = cursor.next(UInt32.self) ?? 0
    let offset = cursor.next(UInt32.self) ?? 0
    if let wide = try wideExtent(archive, before: end) { return wide }
    guard disks.0 == 0, disks.1 == 0, counts.0 == counts.1 else {
      throw Malformed(reason: "the archive has several parts")
    }
    return Extent(count: UInt64(counts.0), size: UInt64(size), offset: UInt64(offset), end: end)
  }

  /// The end record is the last thing in the file except for a comment, whose length it knows.
  private static func findEnd(_ archive: UnsafeRawBufferPointer) -> Int? {
    guard archive.count >= endSize else { return nil }
    let last = archive.count - endSize
    for start in stride(from: last, through: max(0, last - 0xFFFF), by: -1)
    where archive[start] == 0x50 {
      var cursor = ByteCursor(archive, at: start)
      guard cursor.next(UInt32.self) == endSignature else { continue }
      cursor.skip(16)
      if let length = cursor.next(UInt16.self), start + endSize + Int(length) == archive.count {
        return start
      }
    }
    return nil
  }

  /// ZIP64's record, if there is one in front of the end.
  private static func wideExtent(
    _ archive: UnsafeRawBufferPointer, before end: Int
  ) throws(Malformed) -> Extent? {
    var locator = ByteCursor(archive, at: end - 20)
    guard end >= 20, locator.next(UInt32.self) == locatorSignature else { return nil }
    locator.skip(4)
    let offset = locator.next(UInt64.self).flatMap { Int(exactly: $0) }
    guard locator.next(UInt32.self) == 1 else {
      throw Malformed(reason: "the archive has several parts")
    }
    guard let offset, offset <= end - 20 - 56 else {
      throw Malformed(reason: "the archive's 64-bit end is not where it should be")
    }
    var cursor = ByteCursor(archive, at: offset)
    guard cursor.next(UInt32.self) == wideEndSignature, let length = cursor.next(UInt64.self),
      length == end - 20 - offset - 12
    else { throw Malformed(reason: "the archive's 64-bit end is damaged") }
    cursor.skip(4)
    guard cursor.next(UInt32.self) == 0, cursor.next(UInt32.self) == 0,
      let onDisk = cursor.next(UInt64.self), let count = cursor.next(UInt64.self), onDisk == count,
      let size = cursor.next(UInt64.self), let start = cursor.next(UInt64.self)
    else { throw Malformed(reason: "the archive has several parts") }
    return Extent(count: count, size: size, offset: start, end: offset)
  }
}
