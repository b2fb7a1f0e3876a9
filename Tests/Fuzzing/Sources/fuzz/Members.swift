/// Archives whose checksums are right, made of inputs that never would have right ones.
///
/// An input is a sequence of members: a byte for the name, two for the length, then so many bytes.
enum Members {
  static let names = [
    "format", "shape", "data", "indices", "indptr", "row", "col", "coords", "A", "B", "C", "D",
  ]

  /// The archive that an input stands for.
  static func archive(_ input: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var rest = input[...]
    var file: [UInt8] = []
    var directory: [UInt8] = []
    var count = 0
    while rest.count > 3 {
      let header = Array(rest.prefix(3))
      let size = Int(header[1]) | Int(header[2]) << 8
      let content = Array(rest.dropFirst(3).prefix(size))
      rest = rest.dropFirst(3 + content.count)
      let name = Array("\(names[Int(header[0]) % names.count]).npy".utf8)
      let length = little(content.count, 4)
      // Version, flags, method, time, date, checksum, sizes, lengths of name and extra field.
      let shared: [UInt8] =
        little(20, 2) + little(0, 2) + little(0, 2) + little(0, 2) + little(33, 2)
        + little(checksum(content), 4) + length + length + little(name.count, 2) + little(0, 2)
      directory += little(0x0201_4B50, 4) + little(20, 2) + shared
      directory += little(0, 2) + little(0, 2) + little(0, 2) + little(0, 4) + little(file.count, 4)
      directory += name
      file += little(0x0403_4B50, 4) + shared + name + content
      count += 1
    }
    let end =
      little(0x0605_4B50, 4) + little(0, 2) + little(0, 2) + little(count, 2) + little(count, 2)
      + little(directory.count, 4) + little(file.count, 4) + little(0, 2)
    return file + directory + end
  }

  /// The input that stands for an archive of stored members.
  static func input(_ archive: [UInt8]) -> [UInt8] {
    func number(_ place: Int, _ size: Int) -> Int {
      (0..<size).reversed().reduce(0) { $0 << 8 | Int(archive[place + $1]) }
    }
    var result: [UInt8] = []
    var place = 0
    while place + 30 <= archive.count, number(place, 4) == 0x0403_4B50 {
      let (size, nameLength, extra) = (
        number(place + 18, 4), number(place + 26, 2), number(place + 28, 2)
      )
      let start = place + 30 + nameLength + extra
      let name = String(decoding: archive[place + 30..<place + 30 + nameLength - 4], as: UTF8.self)
      result += [UInt8(names.firstIndex(of: name) ?? 0)] + little(size, 2)
      result += archive[start..<start + size]
      place = start + size
    }
    return result
  }

  private static func little(_ number: Int, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
  }

  private static func checksum(_ bytes: [UInt8]) -> Int {
    Int(~bytes.reduce(~UInt32(0)) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] })
  }
}
