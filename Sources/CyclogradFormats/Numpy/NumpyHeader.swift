/// What a NumPy file says about itself before its data begin.
struct NumpyHeader: Equatable {
  let type: NumpyType
  let isFortranOrder: Bool
  let shape: [Int]

  struct Malformed: Error { let reason: String }

  /// What is made of an array of more than two dimensions.
  enum MoreDimensions {
    /// It is refused.
    case refused
    /// A matrix with a row for each index of the first, as of samples × steps × columns.
    case joined
    /// It is left as it is.
    case kept
  }

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Only the header is read of the file.
  ///
  /// - Throws: ``Malformed``, and ``Cyclograd/CyclogradError`` where the file cannot be read.
  init(_ file: MemberBytes, allowsText: Bool = false, more: MoreDimensions = .refused) throws {
    let start = try file.bytes(min(Self.magic.count + 4, file.available))
    guard start.starts(with: Self.magic) else {
      throw Malformed(reason: "the file does not begin as a NumPy file does")
    }
    guard start.count == Self.magic.count + 4 else { throw Self.endsEarly }
    let version = (start[6], start[7])
    guard (1...3).contains(version.0), version.1 == 0 else {
      throw Malformed(
        reason: "format version \(version.0).\(version.1) is not supported; 1.0, 2.0 and 3.0 are")
    }
    let rest = version.0 == 1 ? 0 : 2
    guard file.available >= rest else { throw Self.endsEarly }
    let length = try (start[8...] + file.bytes(rest)).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= file.available else { throw Self.endsEarly }
    try self.init(text: file.bytes(length), allowsText: allowsText, more: more)
  }

  private static let endsEarly = Malformed(reason: "the file ends within its header")

  private init(text: [UInt8], allowsText: Bool, more: MoreDimensions) throws(Malformed) {
    let entries: [String: PythonLiteral]
    do throws(PythonLiteral.Malformed) {
      entries = try PythonLiteral.dictionary(text[...])
    } catch { throw Malformed(reason: "the header is damaged: \(error.reason)") }
    type = try Self.type(entries["descr"], allowsText: allowsText)
    guard case .boolean(let order)? = entries["fortran_order"] else {
      throw Malformed(reason: "the header lacks a valid 'fortran_order'")
    }
    guard case .tuple(let extents)? = entries["shape"] else {
      throw Malformed(reason: "the header lacks a valid 'shape'")
    }
    guard entries.count == 3 else { throw Malformed(reason: "the header has unknown entries") }
    isFortranOrder = order
    guard extents.count > 2 else {
      shape = extents
      return
    }
    guard more != .refused else {
      throw Malformed(reason: "the array has \(extents.count) dimensions; at most 2 are supported")
    }
    guard !order else {
      throw Malformed(
        reason: "an array of \(extents.count) dimensions is read where its last index runs fastest")
    }
    guard more == .joined else {
      shape = extents
      return
    }
    var width = 1
    for extent in extents.dropFirst() {
      let (product, overflow) = width.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw Malformed(reason: "the header claims too many elements") }
      width = product
    }
    shape = [extents[0], width]
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
