public import Cyclograd

extension DataTable {
  /// The columns of some names in their order, where the file has a header that knows them.
  ///
  /// A header that has all the names is followed, whatever their order and whatever stands beside them. Without a header,
  /// and where it has none of the names, columns count by their position.
  ///
  /// - Parameters:
  ///   - names: of inputs, outputs or units.
  ///   - file: for messages.
  ///   - missingAreZero: of inputs, whether those that the header leaves out are 0; `nil` for all others, which must be
  ///     there.
  /// - Throws: ``Cyclograd/CyclogradError`` `shape-mismatch` where the header has some of the names but not all, or
  ///   one of them twice.
  public func columns(
    named names: [String], file: String, missingAreZero: Bool? = nil
  ) throws(CyclogradError) -> Matrix {
    guard let header = columnNames, header != names else { return matrix }
    var places: [String: Int] = [:]
    var twice: Set<String> = []
    for (place, name) in header.enumerated() {
      if places.updateValue(place, forKey: name) != nil { twice.insert(name) }
    }
    let missing = names.filter { places[$0] == nil }
    guard missing.count < names.count else { return matrix }
    func list(_ names: [String]) -> String {
      names.prefix(5).map { Excerpt.quoted($0) }.joined(separator: ", ")
        + (names.count > 5 ? " and \(names.count - 5) more" : "")
    }
    func failure(_ message: String, _ more: String = "") -> CyclogradError {
      CyclogradError(
        .shapeMismatch, message, at: .init(file: file),
        advice:
          "correct the header, or say which columns count, in their order, with an option for columns"
          + more)
    }
    guard missing.isEmpty || missingAreZero == true else {
      let known = Set(names)
      let unknown = header.filter { !known.contains($0) }
      throw failure(
        "the header has \(names.count - missing.count) of the \(names.count) names, but not "
          + list(missing)
          + (unknown.isEmpty ? "" : "; not known are \(list(unknown))"),
        missingAreZero == nil ? "" : "; --missing-inputs zero takes inputs that are left out as 0")
    }
    if let name = names.first(where: twice.contains) {
      throw failure("\(Excerpt.quoted(name)) is there twice")
    }
    let order = names.map { places[$0] }
    var elements: [Double] = []
    elements.reserveCapacity(matrix.rows * order.count)
    for row in 0..<matrix.rows {
      for place in order { elements.append(place.map { matrix[row, $0] } ?? 0) }
    }
    return Matrix(rows: matrix.rows, columns: order.count, elements: elements)
  }
}
