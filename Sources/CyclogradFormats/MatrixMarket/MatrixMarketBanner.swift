/// The first line of a Matrix Market file, which says how to read the rest.
struct MatrixMarketBanner: Equatable {
  enum Layout { case coordinate, array }
  enum Field { case real, integer, pattern }
  enum Symmetry { case general, symmetric, skewSymmetric }

  let layout: Layout
  /// What the entries have; a file may call itself a pattern and list values all the same.
  var field: Field
  let symmetry: Symmetry

  struct Malformed: Error { let reason: String }

  init(_ line: UnsafeBufferPointer<UInt8>) throws(Malformed) {
    let words = (Delimiter.whitespace.split(line) ?? []).map(\.text)
    guard words.first == "%%MatrixMarket" else {
      throw Malformed(reason: "the file does not begin with %%MatrixMarket")
    }
    guard words.count == 5 else {
      throw Malformed(
        reason: "the banner needs four words, as in: %%MatrixMarket matrix coordinate real general")
    }
    let lower = words.map { $0.lowercased() }
    guard lower[1] == "matrix" else {
      throw Malformed(reason: "\(Excerpt.quoted(words[1])) is not supported, only matrix is")
    }
    layout = try Self.layout(lower[2])
    field = try Self.field(lower[3])
    symmetry = try Self.symmetry(lower[4])
    if field == .pattern, layout == .array || symmetry == .skewSymmetric {
      throw Malformed(reason: "a pattern can be neither an array nor skew-symmetric")
    }
  }

  private static func layout(_ word: String) throws(Malformed) -> Layout {
    switch word {
    case "coordinate": return .coordinate
    case "array": return .array
    default:
      throw Malformed(reason: "the format is \(Excerpt.quoted(word)), not coordinate or array")
    }
  }

  private static func field(_ word: String) throws(Malformed) -> Field {
    switch word {
    case "real", "double": return .real
    case "integer": return .integer
    case "pattern": return .pattern
    case "complex": throw Malformed(reason: "complex matrices are not supported")
    default:
      throw Malformed(reason: "the field is \(Excerpt.quoted(word)), not real, integer or pattern")
    }
  }

  private static func symmetry(_ word: String) throws(Malformed) -> Symmetry {
    switch word {
    case "general": return .general
    case "symmetric": return .symmetric
    case "skew-symmetric": return .skewSymmetric
    case "hermitian":
      throw Malformed(reason: "hermitian matrices are complex, which is not supported")
    default:
      throw Malformed(
        reason: "the symmetry is \(Excerpt.quoted(word)), not general, symmetric or skew-symmetric")
    }
  }
}
