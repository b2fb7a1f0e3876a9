/// An array to be written into an archive.
struct NpzMember {
  enum Content {
    case doubles([Double])
    case indices([Int32])
    case integers([Int])
    case bytes([UInt8])

    func withBytes<Result>(
      _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
      switch self {
      case .doubles(let numbers): try LittleEndian.withBytes(numbers, body)
      case .indices(let numbers): try LittleEndian.withBytes(numbers, body)
      case .integers(let numbers): try LittleEndian.withBytes(numbers, body)
      case .bytes(let numbers): try numbers.withUnsafeBytes(body)
      }
    }
  }

  var name: String
  /// NumPy's name of the element type.
  var type: String
  var shape: [Int]
  var content: Content
}
