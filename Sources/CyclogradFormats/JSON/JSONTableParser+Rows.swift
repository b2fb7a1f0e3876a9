extension JSONTableParser {
  mutating func row() throws(Malformed) {
    let isList = scanner.peek() == UInt8(ascii: "[")
    guard isList || scanner.peek() == UInt8(ascii: "{") else {
      throw scanner.failure("a row is a list or an object")
    }
    guard result.rows == 0 || isList == (result.names == nil) else {
      throw scanner.failure("some rows are lists and others are objects")
    }
    if isList {
      let count = try values()
      if result.rows == 0 { result.columns = count }
      guard count == result.columns else {
        throw scanner.failure("the row has \(count) values, and the first one \(result.columns)")
      }
    } else if result.rows == 0 {
      try firstRecord()
    } else {
      try record()
    }
    result.rows += 1
  }

  /// Appends the values of a list: how many.
  private mutating func values() throws(Malformed) -> Int {
    let before = result.cells.count
    try scanner.expect("[")
    if scanner.accept("]") { return 0 }
    repeat { result.cells.append(try cell()) } while scanner.accept(",")
    try scanner.expect("]")
    return result.cells.count - before
  }

  /// Appends the values of a list of which none is a list or an object; otherwise the list is one value.
  private mutating func flatValues() throws(Malformed) -> Int? {
    let (start, before) = (scanner.next, result.cells.count)
    let count = try values()
    guard result.cells[before...].contains(where: { $0.kind == .other }) else { return count }
    result.cells.removeSubrange(before...)
    result.cells.append(try Cell(start..<scanner.next, .other))
    return nil
  }

  private mutating func firstRecord() throws(Malformed) {
    var names: [String] = []
    try scanner.expect("{")
    if !scanner.accept("}") {
      repeat {
        let key = try scanner.quoted()
        let name = try scanner.text(key)
        guard places.updateValue(members.count, forKey: name) == nil else { throw twice(name) }
        try scanner.expect(":")
        var member = Member(key: key, name: name, first: result.cells.count)
        if scanner.peek() == UInt8(ascii: "[") {
          member.count = try flatValues()
        } else {
          result.cells.append(try cell())
        }
        names += member.count.map { count in (0..<count).map { "\(name).\($0)" } } ?? [name]
        members.append(member)
      } while scanner.accept(",")
      try scanner.expect("}")
    }
    (result.names, result.columns) = (names, names.count)
  }

  private mutating func record() throws(Malformed) {
    let base = result.cells.count
    result.cells.append(contentsOf: repeatElement(.missing, count: result.columns))
    var found = 0
    try scanner.expect("{")
    if !scanner.accept("}") {
      repeat {
        let index = try member(expected: found)
        guard members[index].row < result.rows else { throw twice(members[index].name) }
        members[index].row = result.rows
        try scanner.expect(":")
        try value(of: members[index], at: base)
        found += 1
      } while scanner.accept(",")
      try scanner.expect("}")
    }
    if found < members.count, let missing = members.first(where: { $0.row < result.rows }) {
      throw scanner.failure(
        "the record has no \(Excerpt.quoted(missing.name)), which the first one has; null says "
          + "that a value is missing")
    }
  }

  /// Reads a key; most records have theirs in the order of the first one.
  private mutating func member(expected: Int) throws(Malformed) -> Int {
    let key = try scanner.quoted()
    if expected < members.count,
      scanner.bytes[key].elementsEqual(scanner.bytes[members[expected].key])
    {
      return expected
    }
    let name = try scanner.text(key)
    guard let place = places[name] else {
      throw scanner.failure(
        "the record has \(Excerpt.quoted(name)), which the first one does not have",
        at: key.lowerBound)
    }
    return place
  }

  private mutating func value(of member: Member, at base: Int) throws(Malformed) {
    guard let expected = member.count else {
      result.cells[base + member.first] = try cell()
      return
    }
    let before = result.cells.count
    let count = scanner.peek() == UInt8(ascii: "[") ? try flatValues() : nil
    guard count == expected else {
      throw scanner.failure(
        "\(Excerpt.quoted(member.name)) is not a list of \(expected) values as in the first record")
    }
    for (place, column) in member.columns.enumerated() {
      result.cells[base + column] = result.cells[before + place]
    }
    result.cells.removeSubrange(before...)
  }

  mutating func cell() throws(Malformed) -> Cell {
    switch scanner.peek() {
    case UInt8(ascii: "\""): return try Cell(scanner.quoted(), .text)
    case UInt8(ascii: "["), UInt8(ascii: "{"):
      let start = scanner.next
      try scanner.skip()
      return try Cell(start..<scanner.next, .other)
    default: break
    }
    let range = try scanner.bare()
    let token = scanner.bytes[range]
    switch token.first ?? 0 {
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try Cell(range, .number)
    default: break
    }
    switch String(decoding: token, as: UTF8.self) {
    case "null": return try Cell(range, .missing)
    case "true", "false": return try Cell(range, .word)
    // Python writes these.
    case "NaN", "Infinity": return try Cell(range, .number)
    case let word:
      throw scanner.failure(
        "\(Excerpt.quoted(word)) is neither a number nor a text", at: range.lowerBound)
    }
  }

  private func twice(_ name: String) -> Malformed {
    scanner.failure("the key \(Excerpt.quoted(name)) stands twice in one object")
  }
}
