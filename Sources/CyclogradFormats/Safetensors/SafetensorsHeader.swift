/// What a safetensors file says about its tensors: JSON, preceded by its length in eight bytes.
struct SafetensorsHeader {
  struct Malformed: Error {
    var reason: String
    var tensor: String?
  }

  struct Tensor: Equatable {
    var name: String
    var type: SafetensorsType
    var shape: [Int]
    /// The place of the data in the file.
    var place: Range<Int>
  }

  /// Python's reader has the same limit.
  static let longest = 100_000_000

  /// In the order of their data.
  let tensors: [Tensor]
  let metadata: [String: String]

  /// Only the header is read of the file.
  ///
  /// - Throws: ``Malformed``, and ``Cyclograd/CyclogradError`` where the file cannot be read.
  init(_ file: FileContent) throws {
    guard file.count >= 8 else {
      throw Malformed(reason: "the file ends within its first eight bytes")
    }
    let length = try file.withBytes(0..<8) {
      UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))
    }
    guard length <= Self.longest else {
      throw Malformed(reason: "the header claims \(length) bytes; \(Self.longest) are allowed")
    }
    let start = 8 + Int(length)
    guard start <= file.count else {
      throw Malformed(
        reason: "the header claims \(length) bytes, but the file has only \(file.count - 8) more")
    }
    self = try file.withBytes(8..<start) { try SafetensorsHeader($0, start, fileSize: file.count) }
  }

  private init(
    _ text: UnsafeRawBufferPointer, _ start: Int, fileSize: Int
  ) throws(Malformed) {
    var found: [Tensor] = []
    var metadata: [String: String] = [:]
    do throws(HeaderJSON.Malformed) {
      for member in try HeaderJSON.object(text) {
        let (name, value) = (member.name, member.value)
        if name == "__metadata__" {
          metadata = try Self.strings(value)
        } else {
          found.append(try Self.tensor(name, value, start, fileSize - start))
        }
      }
    } catch { throw Malformed(reason: error.reason, tensor: error.subject) }
    found.sort {
      ($0.place.lowerBound, $0.place.upperBound) < ($1.place.lowerBound, $1.place.upperBound)
    }
    var end = start
    for tensor in found {
      guard tensor.place.lowerBound == end else {
        throw Malformed(
          reason: tensor.place.lowerBound < end
            ? "the tensor's data overlap those of another"
            : "unused bytes precede the tensor's data",
          tensor: tensor.name)
      }
      end = tensor.place.upperBound
    }
    guard end == fileSize else {
      throw Malformed(reason: "\(fileSize - end) bytes follow the last tensor")
    }
    tensors = found
    self.metadata = metadata
  }

  private static func strings(_ value: HeaderJSON) throws(HeaderJSON.Malformed) -> [String: String]
  {
    guard case .object(let members) = value else {
      throw HeaderJSON.Malformed(reason: "the metadata are not an object")
    }
    var result: [String: String] = [:]
    for member in members {
      let key = member.name
      guard case .string(let text) = member.value else {
        throw HeaderJSON.Malformed(reason: "the metadata \(Excerpt.quoted(key)) are not a string")
      }
      result[key] = text
    }
    return result
  }

  private static func tensor(
    _ name: String, _ value: HeaderJSON, _ start: Int, _ available: Int
  ) throws(HeaderJSON.Malformed) -> Tensor {
    func fail(_ reason: String) -> HeaderJSON.Malformed {
      HeaderJSON.Malformed(reason: reason, subject: name)
    }
    guard case .object(let members) = value, members.count == 3 else {
      throw fail("the header needs exactly dtype, shape and data_offsets")
    }
    let entries = Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value) })
    guard case .string(let typeName)? = entries["dtype"],
      case .numbers(let shape)? = entries["shape"],
      case .numbers(let offsets)? = entries["data_offsets"], offsets.count == 2
    else { throw fail("the header needs exactly dtype, shape and data_offsets") }
    guard let type = SafetensorsType(rawValue: typeName) else {
      throw fail("the type \(Excerpt.quoted(typeName)) is not supported")
    }
    guard offsets[0] <= offsets[1], offsets[1] <= available else {
      throw fail(
        "the data run from byte \(offsets[0]) to \(offsets[1]), but the file has \(available)")
    }
    var size = type.size
    // A zero makes the whole empty, however large the other extents are.
    for extent in shape.contains(0) ? [0] : shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      if overflow { throw fail("the shape is too large") }
      size = product
    }
    guard !shape.contains(0) || shape.reduce(0, max) <= Int(Int32.max), shape.count <= 64 else {
      throw fail("the shape is too large")
    }
    guard size == offsets[1] - offsets[0] else {
      throw fail("the shape needs \(size) bytes, but the data have \(offsets[1] - offsets[0])")
    }
    return Tensor(
      name: name, type: type, shape: shape, place: start + offsets[0]..<start + offsets[1])
  }
}
