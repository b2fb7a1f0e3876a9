/// What a ZIP archive says about one of its members.
struct ZipEntry: Equatable {
  enum Method: UInt16 {
    case stored = 0
    case deflated = 8
  }

  struct Malformed: Error { let reason: String }

  var name: String
  var flags: UInt16
  var method: UInt16
  var checksum: UInt32
  var compressedSize: Int
  var size: Int
  /// Where the member's own header begins.
  var offset: Int

  static let signature: UInt32 = 0x0201_4B50
  static let localSignature: UInt32 = 0x0403_4B50
  private static let localSize = 30
  private static let isEncrypted: UInt16 = 1 << 0 | 1 << 6 | 1 << 13
  private static let sizesFollow: UInt16 = 1 << 3

  /// Reads the entry in the central directory at the cursor.
  init(_ cursor: inout ByteCursor) throws(Malformed) {
    guard cursor.next(UInt32.self) == Self.signature, cursor.available >= 42 else {
      throw Malformed(reason: "the archive's directory is damaged")
    }
    cursor.skip(4)
    flags = cursor.next(UInt16.self) ?? 0
    method = cursor.next(UInt16.self) ?? 0
    cursor.skip(4)
    checksum = cursor.next(UInt32.self) ?? 0
    let sizes = (cursor.next(UInt32.self) ?? 0, cursor.next(UInt32.self) ?? 0)
    let lengths = [cursor.next(UInt16.self), cursor.next(UInt16.self), cursor.next(UInt16.self)]
      .map { Int($0 ?? 0) }
    let disk = cursor.next(UInt16.self) ?? 0
    cursor.skip(6)
    let shortOffset = cursor.next(UInt32.self) ?? 0
    guard let nameBytes = cursor.next(bytes: lengths[0]),
      let extra = cursor.next(bytes: lengths[1]), cursor.next(bytes: lengths[2]) != nil
    else { throw Malformed(reason: "the archive's directory is damaged") }
    name = try Self.name(nameBytes)
    guard disk == 0 else { throw Malformed(reason: "the archive has several parts") }
    var wide = try WideSizes(extra)
    size = try wide.resolve(sizes.1)
    compressedSize = try wide.resolve(sizes.0)
    offset = try wide.resolve(shortOffset)
  }

  /// Where the member's data lie, after comparing its own header with the directory.
  ///
  /// - Throws: ``Malformed``, and ``Cyclograd/CyclogradError`` where the file cannot be read.
  func data(in archive: FileContent, before limit: Int) throws -> Range<Int> {
    guard offset <= limit - Self.localSize else {
      throw Malformed(reason: "the member's header is not where the directory says")
    }
    // The extra field's length is in the header's last two bytes.
    let extraSize = try archive.withBytes(offset..<offset + Self.localSize) {
      Int($0[Self.localSize - 2]) | Int($0[Self.localSize - 1]) << 8
    }
    let end = min(limit, offset + Self.localSize + name.utf8.count + extraSize)
    return try archive.withBytes(offset..<end) { try data(behind: $0, before: limit) }
  }

  private func data(
    behind header: UnsafeRawBufferPointer, before limit: Int
  ) throws(Malformed) -> Range<Int> {
    var cursor = ByteCursor(header)
    guard cursor.next(UInt32.self) == Self.localSignature else {
      throw Malformed(reason: "the member's header is not where the directory says")
    }
    cursor.skip(2)
    let (localFlags, localMethod) = (cursor.next(UInt16.self), cursor.next(UInt16.self))
    cursor.skip(4)
    let localChecksum = cursor.next(UInt32.self)
    let sizes = (cursor.next(UInt32.self) ?? 0, cursor.next(UInt32.self) ?? 0)
    let lengths = (Int(cursor.next(UInt16.self) ?? 0), Int(cursor.next(UInt16.self) ?? 0))
    guard let nameBytes = cursor.next(bytes: lengths.0), let extra = cursor.next(bytes: lengths.1)
    else { throw Malformed(reason: "the archive ends within the member's header") }
    guard nameBytes.elementsEqual(name.utf8), localMethod == method, let localFlags else {
      throw Malformed(reason: "the member's header contradicts the directory")
    }
    // A writer that could not seek back puts sizes and checksum after the data.
    if localFlags & Self.sizesFollow == 0 {
      var wide = try WideSizes(extra)
      let localSize = try wide.resolve(sizes.1)
      let localCompressed = try wide.resolve(sizes.0)
      guard localSize == size, localCompressed == compressedSize, localChecksum == checksum else {
        throw Malformed(reason: "the member's header contradicts the directory about its size")
      }
    }
    let start = offset + cursor.position
    guard start <= limit, compressedSize <= limit - start else {
      throw Malformed(reason: "the member's data reach beyond the archive's directory")
    }
    return start..<start + compressedSize
  }

  /// How to read the member.
  func supportedMethod() throws(Malformed) -> Method {
    guard flags & Self.isEncrypted == 0 else { throw Malformed(reason: "the member is encrypted") }
    guard let known = Method(rawValue: method) else {
      throw Malformed(
        reason: "the member is compressed by method \(method); stored and deflated are supported")
    }
    return known
  }

  private static func name(_ bytes: UnsafeRawBufferPointer) throws(Malformed) -> String {
    guard let name = String(validating: bytes, as: UTF8.self), !name.isEmpty,
      !bytes.contains(0)
    else {
      throw Malformed(reason: "a member's name is empty, contains NUL, or is not UTF-8")
    }
    return name
  }
}

/// Sizes too wide for their 32-bit fields, which then contain nothing but ones.
private struct WideSizes {
  private var cursor: ByteCursor?

  init(_ extra: UnsafeRawBufferPointer) throws(ZipEntry.Malformed) {
    var fields = ByteCursor(extra)
    while let tag = fields.next(UInt16.self) {
      guard let size = fields.next(UInt16.self), let content = fields.next(bytes: Int(size)) else {
        throw ZipEntry.Malformed(reason: "a member's extra field is damaged")
      }
      if tag == 1, cursor == nil { cursor = ByteCursor(content) }
    }
  }

  mutating func resolve(_ short: UInt32) throws(ZipEntry.Malformed) -> Int {
    guard short == .max else { return Int(short) }
    guard let wide = cursor?.next(UInt64.self), let value = Int(exactly: wide) else {
      throw ZipEntry.Malformed(reason: "a member's 64-bit size is missing or too large")
    }
    return value
  }
}
