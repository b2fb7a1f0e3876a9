import Cyclograd

extension EdgeListReader {
  /// Reads all rows as numbers; `false` if the ends of an edge are not numbers.
  mutating func readNumbers(
    _ first: UnsafeBufferPointer<UInt8>?, _ lines: inout TextLines, isCertain: Bool
  ) throws -> Bool {
    var next = first
    let row = EdgeRow(columns, delimiter, base: base)
    guard options.ids != .names else { return false }
    var edge = (source: Int32(0), target: Int32(0), weight: 1.0)
    while let line = next {
      if hasSigns != true, let plain = plainEdge(line, row) {
        edge = plain
      } else {
        let cells = try cells(line, lines.number)
        guard let source = try neuron(cells[columns.source], lines.number, isCertain),
          let target = try neuron(cells[columns.target], lines.number, isCertain)
        else {
          guard isCertain else { return false }
          throw failure(
            "\(Excerpt.quoted(line)) does not begin with two numbers of neurons",
            line: lines.number,
            advice:
              "leave out \(options.ids == nil ? "--index-base" : "--ids") if neurons have names")
        }
        edge = (source, target, try weight(cells, line, lines.number))
      }
      edges.append(edge.source, edge.target, edge.weight)
      next = lines.nextRow()
    }
    return true
  }

  func plainEdge(
    _ line: UnsafeBufferPointer<UInt8>, _ row: EdgeRow?
  ) -> (source: Int32, target: Int32, weight: Double)? {
    guard let row, var cursor = line.baseAddress else { return nil }
    let end = cursor + line.count
    guard let edge = row.read(&cursor, end), cursor == end else { return nil }
    return edge
  }

  /// The neuron of a cell; `nil` if it is not a number, or one so large that it can only be a name.
  func neuron(_ cell: TableCell, _ line: Int, _ isCertain: Bool) throws -> Int32? {
    guard !cell.isQuoted, !cell.bytes.isEmpty, cell.bytes.allSatisfy({ 48...57 ~= $0 }) else {
      return nil
    }
    guard var cursor = cell.bytes.baseAddress else { return nil }
    let end = cursor + cell.bytes.count
    if let index = EdgeRow.number(&cursor, end, base: base) { return index }
    guard isCertain || edges.declared != nil else { return nil }
    throw failure(
      "\(Excerpt.quoted(cell.bytes)) is not the number of a neuron", line: line,
      advice: "neurons are counted from \(base)")
  }

  func cells(_ line: UnsafeBufferPointer<UInt8>, _ number: Int) throws -> [TableCell] {
    var line = line
    if columns.hasDictionaries {
      guard let ends = Self.endsBeforeDictionary(line) else {
        throw failure(
          "the row has no dictionary behind its ends, as line \(firstLine) has", line: number)
      }
      line = ends
    }
    guard var cells = delimiter.split(line) else {
      throw failure(Self.unmatched, line: number)
    }
    // What separates the second end from a dictionary.
    if columns.hasDictionaries, cells.count == 3, cells[2].bytes.isEmpty { cells.removeLast() }
    guard cells.count == columns.count else {
      throw failure(
        "the row has \(cells.count) columns, expected \(columns.count) as in line \(firstLine)",
        line: number)
    }
    return cells
  }

  mutating func weight(
    _ cells: [TableCell], _ row: UnsafeBufferPointer<UInt8>, _ line: Int
  ) throws -> Double {
    if columns.hasDictionaries { return try weight(inDictionaryOf: row, line) }
    let value = try weight(cells, line)
    guard let column = columns.sign else { return value }
    return try edges.signed(value, cells[column].text, at: .init(file: file, line: line))
  }

  private mutating func weight(_ cells: [TableCell], _ line: Int) throws -> Double {
    guard let column = columns.weight else { return 1 }
    let sign = cells[column].sign
    let areSigns = hasSigns ?? (edges.sources.isEmpty ? sign != nil : false)
    guard areSigns == (sign != nil), let value = sign ?? cells[column].number
    else {
      let kind = areSigns ? "sign" : "number"
      throw failure(
        "the weight \(Excerpt.quoted(cells[column].bytes)) is not a \(kind)", line: line,
        advice: line == firstLine
          ? "if the line is a header, give --header" : nil)
    }
    hasSigns = areSigns
    guard value.isFinite else {
      throw failure(
        "the weight \(Excerpt.quoted(cells[column].bytes)) is not finite", line: line,
        code: .invalidValue)
    }
    return value
  }

  mutating func weight(
    inDictionaryOf row: UnsafeBufferPointer<UInt8>, _ line: Int
  ) throws -> Double {
    let name = options.weightAttribute ?? AttributeName.weight
    let start = row.firstIndex(of: UInt8(ascii: "{")) ?? row.endIndex
    let attributes: [String: PythonLiteral]
    do {
      attributes = try PythonLiteral.dictionary(Array(row)[start...])
    } catch {
      throw failure("the dictionary cannot be read: \(error.reason)", line: line)
    }
    let value = attributes[name]
    guard hasWeights ?? (value != nil) == (value != nil) else {
      throw failure(
        "the edge \(value == nil ? "has no" : "has a") \(Excerpt.quoted(name)), unlike the edges before it",
        line: line)
    }
    hasWeights = value != nil
    func signed(_ weight: Double) throws -> Double {
      guard let column = options.signColumn else { return weight }
      let word =
        switch attributes[column] {
        case .string(let text): text
        case .number(let number): number.plainText
        default: ""
        }
      return try edges.signed(weight, word, at: .init(file: file, line: line))
    }
    switch value {
    case nil: return try signed(1)
    case .number(let number) where number.isFinite: return try signed(number)
    default:
      throw failure(
        "\(Excerpt.quoted(name)) is not a finite number", line: line, code: .invalidValue)
    }
  }

  /// Reads all rows by names, numbered in the order in which they first occur.
  mutating func readNames(
    _ first: UnsafeBufferPointer<UInt8>?, _ lines: inout TextLines
  ) throws {
    var next = first
    while let line = next {
      let cells = try cells(line, lines.number)
      let ends = try [columns.source, columns.target].map { column in
        let name = cells[column].text
        guard !name.isEmpty else { throw failure("a neuron has no name", line: lines.number) }
        return try edges.neuron(named: name, at: .init(file: file, line: lines.number))
      }
      edges.append(ends[0], ends[1], try weight(cells, line, lines.number))
      next = lines.nextRow()
    }
  }
}
