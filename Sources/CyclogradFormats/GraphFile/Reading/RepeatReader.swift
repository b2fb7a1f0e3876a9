import Cyclograd

/// Reads an entry of `repeat`: parts that are there once for each value of an index.
struct RepeatReader {
  private static let keys = ["index", "from", "to"] + GraphReader.partKeys
  private let element: Element
  private let fields: Fields
  private let index: String
  /// The values of the index, none where `to` is below `from`.
  let values: Range<Int>

  init(_ element: Element) throws {
    self.element = element
    let what = "a repetition"
    fields = try element.fields(what, keys: Self.keys)
    let name = try fields.required("index", of: what)
    index = try name.text("the name of an index")
    guard Keywords.isGroupName(index), !index.contains("."), !index.contains("-") else {
      throw name.failure(
        "'\(index.shortened)' cannot be the name of an index",
        advice: "it has only letters, digits and _, and does not begin with a digit")
    }
    guard element.indices[index] == nil else {
      throw name.failure("the index '\(index)' is used by the repetition around this one already")
    }
    let limit = Keywords.largestSize
    let first = try fields.required("from", of: what).integer("'from'", in: -limit...limit)
    let last = try fields.required("to", of: what).integer("'to'", in: -limit...limit)
    values = first..<max(first, last + 1)
  }

  /// The parts of one copy.
  func copy(_ value: Int) throws -> Fields {
    var copy = element
    copy.indices[index] = value
    return try copy.fields("a repetition", keys: Self.keys)
  }

  /// How many parts all copies have together, instances as one; without overflow.
  func partCount() throws -> Int {
    var parts = 1
    for key in ["groups", "connections", "edges", "instances"] {
      parts += try fields[key]?.list("'\(key)'").count ?? 0
    }
    var inner = element.indices
    inner[index] = values.lowerBound
    for item in try fields["repeat"]?.list("'repeat'") ?? [] {
      var item = item
      item.indices = inner
      let nested = try RepeatReader(item).partCount()
      parts = parts.addingReportingOverflow(nested).overflow ? .max : parts + nested
    }
    let (product, overflow) = parts.multipliedReportingOverflow(by: values.count)
    return overflow ? .max : product
  }
}
