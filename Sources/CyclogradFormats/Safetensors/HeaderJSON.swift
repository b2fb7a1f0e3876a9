/// The part of JSON that safetensors headers consist of.
///
/// Foundation's parser keeps only one of several members with the same name, and says nothing.
enum HeaderJSON: Equatable {
  case string(String)
  /// A list of integers that are not negative.
  case numbers([Int])
  case object([Member])

  struct Member: Equatable {
    var name: String
    var value: HeaderJSON
  }

  struct Malformed: Error {
    var reason: String
    var subject: String?
  }

  /// The members of an object followed by nothing but blanks, no two of the same name.
  static func object(_ bytes: UnsafeRawBufferPointer) throws(Malformed) -> [Member] {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw Malformed(reason: "the header is not valid UTF-8")
    }
    var parser = HeaderJSONParser(bytes)
    let members = try parser.object(depth: 0)
    try parser.expectEnd()
    return members
  }
}
