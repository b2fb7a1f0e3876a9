import Cyclograd
import Glibc

/// Writes ZIP archives, the same bytes for the same content: every member is dated 1980-01-01.
struct ZipWriter {
  private struct Member {
    var name: String
    var method: ZipEntry.Method
    var checksum: UInt32
    var compressedSize: Int
    var size: Int
    var offset: Int
  }

  private let isCompressed: Bool
  /// The largest number that is written in 32 bits.
  private let wideBeyond: Int
  private var members: [Member] = []
  private var position = 0

  init(isCompressed: Bool, wideBeyond: Int = Int(UInt32.max) - 1) {
    self.isCompressed = isCompressed
    self.wideBeyond = wideBeyond
  }

  /// Writes a member made of the parts, one after the other.
  mutating func add(
    _ name: String, _ parts: [UnsafeRawBufferPointer], to file: inout FileWriter, path: String
  ) throws {
    let size = parts.reduce(0) { $0 + $1.count }
    let checksum = Checksum.crc32(parts)
    guard isCompressed else {
      try start(name, .stored, checksum, size, size, &file)
      for part in parts { try put(part, &file) }
      return
    }
    guard let deflater = Deflater(.raw) else {
      throw SystemError.file("cannot compress", path, ENOMEM)
    }
    var compressed: [UInt8] = []
    for (index, part) in parts.enumerated() {
      try deflater.deflate(part, isLast: index == parts.count - 1) {
        compressed.append(contentsOf: $0)
      }
    }
    try start(name, .deflated, checksum, compressed.count, size, &file)
    try compressed.withUnsafeBytes { try put($0, &file) }
  }

  /// Writes the directory; nothing may follow.
  mutating func finish(_ file: inout FileWriter) throws {
    let start = position
    for member in members { try put(directoryEntry(member), &file) }
    let size = position - start
    let end = position
    var record: [UInt8] = []
    let isWide = members.count >= 0xFFFF || size > wideBeyond || start > wideBeyond
    if isWide {
      record.append(number: UInt32(0x0606_4B50))
      record.append(number: UInt64(44))
      record.append(number: UInt16(45))
      record.append(number: UInt16(45))
      record.append(number: UInt64(0))
      record.append(number: UInt64(members.count))
      record.append(number: UInt64(members.count))
      record.append(number: UInt64(size))
      record.append(number: UInt64(start))
      record.append(number: UInt32(0x0706_4B50))
      record.append(number: UInt32(0))
      record.append(number: UInt64(end))
      record.append(number: UInt32(1))
    }
    let count = isWide ? UInt16.max : UInt16(members.count)
    record.append(number: UInt32(0x0605_4B50))
    record.append(number: UInt32(0))
    record.append(number: count)
    record.append(number: count)
    record.append(number: isWide ? UInt32.max : UInt32(size))
    record.append(number: isWide ? UInt32.max : UInt32(start))
    record.append(number: UInt16(0))
    try put(record, &file)
  }

  private mutating func start(
    _ name: String, _ method: ZipEntry.Method, _ checksum: UInt32, _ compressedSize: Int,
    _ size: Int, _ file: inout FileWriter
  ) throws {
    let member = Member(
      name: name, method: method, checksum: checksum, compressedSize: compressedSize, size: size,
      offset: position)
    members.append(member)
    let isWide = max(compressedSize, size) > wideBeyond
    var header: [UInt8] = []
    header.append(number: ZipEntry.localSignature)
    header.append(number: UInt16(isWide ? 45 : 20))
    append(member, isWide, to: &header)
    header.append(number: UInt16(name.utf8.count))
    header.append(number: UInt16(isWide ? 20 : 0))
    header += name.utf8
    if isWide {
      header.append(number: UInt16(1))
      header.append(number: UInt16(16))
      header.append(number: UInt64(size))
      header.append(number: UInt64(compressedSize))
    }
    try put(header, &file)
  }

  private func directoryEntry(_ member: Member) -> [UInt8] {
    let isWide = max(member.compressedSize, member.size, member.offset) > wideBeyond
    var header: [UInt8] = []
    header.append(number: ZipEntry.signature)
    header.append(number: UInt16(isWide ? 45 : 20))
    header.append(number: UInt16(isWide ? 45 : 20))
    append(member, isWide, to: &header)
    header.append(number: UInt16(member.name.utf8.count))
    header.append(number: UInt16(isWide ? 28 : 0))
    // No comment, the first part, no attributes.
    header += [UInt8](repeating: 0, count: 10)
    header.append(number: isWide ? UInt32.max : UInt32(member.offset))
    header += member.name.utf8
    if isWide {
      header.append(number: UInt16(1))
      header.append(number: UInt16(24))
      header.append(number: UInt64(member.size))
      header.append(number: UInt64(member.compressedSize))
      header.append(number: UInt64(member.offset))
    }
    return header
  }

  /// What both headers of a member have in common.
  private func append(_ member: Member, _ isWide: Bool, to header: inout [UInt8]) {
    // Names are UTF-8; ASCII needs no flag for that, and older programs know none.
    let isASCII = member.name.utf8.allSatisfy { $0 < 128 }
    header.append(number: UInt16(isASCII ? 0 : 1 << 11))
    header.append(number: member.method.rawValue)
    header.append(number: UInt16(0))
    header.append(number: UInt16(0x0021))
    header.append(number: member.checksum)
    header.append(number: isWide ? UInt32.max : UInt32(member.compressedSize))
    header.append(number: isWide ? UInt32.max : UInt32(member.size))
  }

  private mutating func put(_ bytes: [UInt8], _ file: inout FileWriter) throws {
    try bytes.withUnsafeBytes { try put($0, &file) }
  }

  private mutating func put(_ bytes: UnsafeRawBufferPointer, _ file: inout FileWriter) throws {
    try file.write(bytes)
    position += bytes.count
  }
}

extension [UInt8] {
  mutating func append(number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }
}
