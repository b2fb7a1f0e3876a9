import Cyclograd
import Yams

/// Several values for some keys of a training file, and all combinations of them.
struct StudyGrid {
  /// The keys in their order, with their values.
  private var axes: [(key: String, values: [Element])] = []
  private let owner: Element

  /// The largest number of combinations.
  private static let most = 10_000

  init(_ element: Element) throws {
    owner = element
    let keys = StudyReader.changeable + ["sizes"]
    try StudyReader.refuseSeed(element)
    let fields = try element.fields("'grid'", keys: keys)
    var count = 1
    for (key, value) in fields.values.sorted(by: { $0.value.precedes($1.value) }) {
      let values = try value.list("'\(key)' in 'grid'")
      guard !values.isEmpty else { throw value.failure("'\(key)' has no values") }
      axes.append((key, values))
      count = min(Self.most + 1, count * values.count)
    }
    guard !axes.isEmpty, count <= Self.most else {
      throw element.failure(
        axes.isEmpty ? "'grid' is empty" : "the grid has more than \(Self.most) points",
        advice: "give lists of values, such as {rate: [0.1, 0.01]}")
    }
  }

  /// The combinations, the last key changing fastest, each on top of what a variant changes itself.
  func variants(
    of variant: StudyFile.Variant, _ changes: [String: Element]
  ) throws -> [(variant: StudyFile.Variant, changes: [String: Element])] {
    for key in changes.keys where axes.contains(where: { $0.key == key }) {
      throw owner.failure("'\(key)' is in the grid, and in 'with' of \(variant.name)")
    }
    var result = [(variant: variant, changes: changes)]
    for (key, values) in axes {
      result = try result.flatMap { variant, changes in
        try values.map { value -> (variant: StudyFile.Variant, changes: [String: Element]) in
          var (variant, changes) = (variant, changes)
          let text = try value.compact
          variant.name += (variant.name.isEmpty ? "" : ", ") + "\(key) \(text)"
          if key == "sizes" {
            variant.sizes.merge(try value.sizes()) { $1 }
          } else {
            changes[key] = value
            variant.changes[key] = text
          }
          return (variant, changes)
        }
      }
    }
    return result
  }
}

extension Element {
  /// The element in one line.
  var compact: String {
    get throws {
      if let items = try listIfAny() {
        return "[\(try items.map { try $0.compact }.joined(separator: ", "))]"
      }
      guard isMapping else { return try text("a value") }
      let pairs = try entries("a value").map {
        "\(try $0.name.text("a key")): \(try $0.value.compact)"
      }
      return "{\(pairs.joined(separator: ", "))}"
    }
  }
}
