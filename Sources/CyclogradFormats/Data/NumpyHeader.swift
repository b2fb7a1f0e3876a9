/// What a NumPy file says about itself before its data begin.
struct NumpyHeader: Equatable {
  let type: NumpyType
  let isFortranOrder: Bool
  let shape: [Int]
  /// Where the data begin.
  let size: Int

  struct Malformed: Error { let reason: String }

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  init(_ bytes: UnsafeRawBufferPointer, allowsText: Bool = false) throws(Malformed) {
    let (start, count) = try Self.extent(bytes)
    size = start + count
    let entries: [String: PythonLiteral]
    do throws(PythonLiteral.Malformed) {
      entries = try PythonLiteral.dictionary(Array(bytes[start..<size])[...])
    } catch { throw Malformed(reason: "the header is damaged: \(error.reason)") }
    type = try Self.type(entries["descr"], allowsText: allowsText)
    guard case .boolean(let order)? = entries["fortran_order"] else {
      throw Malformed(reason: "the header lacks a valid 'fortran_order'")
    }
    guard case .tuple(let extents)? = entries["shape"] else {
      throw Malformed(reason: "the header lacks a valid 'shape'")
    }
    guard entries.count == 3 else { throw Malformed(reason: "the header has unknown entries") }
    guard extents.count <= 2 else {
      throw Malformed(reason: "the array has \(extents.count) dimensions; at most 2 are supported")
    }
    isFortranOrder = order
    shape = extents
  }

  /// The number of elements, if their bytes can be counted at all.
  var count: Int? {
    var product = 1
    for extent in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      product = next
    }
    return product.multipliedReportingOverflow(by: max(type.size, 8)).overflow ? nil : product
  }

  private static func extent(_ bytes: UnsafeRawBufferPointer) throws(Malformed) -> (
    start: Int, count: Int
  ) {
    guard bytes.starts(with: magic) else {
      throw Malformed(reason: "the file does not begin as a NumPy file does")
    }
    guard bytes.count >= 10 else { throw Malformed(reason: "the file ends within its header") }
    let version = (bytes[6], bytes[7])
    guard (1...3).contains(version.0), version.1 == 0 else {
      throw Malformed(
        reason: "format version \(version.0).\(version.1) is not supported; 1.0, 2.0 and 3.0 are")
    }
    let width = version.0 == 1 ? 2 : 4
    let start = 8 + width
    guard bytes.count >= start else { throw Malformed(reason: "the file ends within its header") }
    let count = bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard count <= bytes.count - start else {
      throw Malformed(reason: "the file ends within its header")
    }
    return (start, count)
  }

  private static func type(
    _ entry: PythonLiteral?, allowsText: Bool
  ) throws(Malformed) -> NumpyType {
    switch entry {
    case .string(let text):
      do throws(NumpyType.Unsupported) {
        return try NumpyType(text, allowsText: allowsText)
      } catch {
        throw Malformed(reason: error.reason)
      }
    case .list: throw Malformed(reason: "structured elements are not supported")
    default: throw Malformed(reason: "the header lacks a valid 'descr'")
    }
  }
}
