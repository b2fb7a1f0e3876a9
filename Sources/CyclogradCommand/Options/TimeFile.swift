import Cyclograd
import CyclogradFormats
import CyclogradReports

/// Times, and inputs in time, from options and files.
enum TimeFile {
  /// The name of the column with times.
  static let column = "t"
  private static let most = 1e8

  /// Times as `begin:end:step`, or from a file.
  static func times(_ text: String) throws -> [Double] {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
    guard parts.count > 1, parts.allSatisfy({ $0 != nil }) else { return try read(text) }
    let numbers = parts.compactMap { $0 }
    guard numbers.count == 3, numbers.allSatisfy(\.isFinite), numbers[2] > 0,
      numbers[1] >= numbers[0]
    else {
      throw CyclogradError(
        .invalidOption, "--times \(text) is no range of times",
        advice: "give begin:end:step with a positive step, such as 0:100:0.5, or a file")
    }
    // The end belongs to it where it is a whole number of steps away, rounding aside.
    let count = ((numbers[1] - numbers[0]) / numbers[2] + 1e-9).rounded(.down)
    guard count < most else {
      throw CyclogradError(
        .tooLarge, "--times \(text) has more than \(Int(most)) times", advice: "take longer steps")
    }
    return (0...Int(count)).map { index in
      let time = numbers[0] + Double(index) * numbers[2]
      return abs(time - numbers[1]) <= 1e-9 * numbers[2] ? numbers[1] : time
    }
  }

  private static func read(_ path: String) throws -> [Double] {
    let table = try DataFile.read(path, vectors: .column)
    if let place = table.columnNames?.firstIndex(of: column) {
      return (0..<table.matrix.rows).map { table.matrix[$0, place] }
    }
    guard table.matrix.columns == 1 else {
      throw CyclogradError(
        .shapeMismatch, "the file has \(table.matrix.columns) columns, and none is named t",
        at: .init(file: path), advice: "give one column of times, or name it t in a header")
    }
    return table.matrix.elements
  }

  /// Inputs that hold from the times in a column `t`; without one, a row for ever, or a row for each of some times.
  static func inputs(
    _ samples: SampleArguments, of network: Network, _ graph: GraphArguments, times: [Double]
  ) throws -> TimedInputs {
    let transform = try samples.transform(graph)
    guard let path = samples.input, network.inputCount > 0 else {
      return TimedInputs(
        constant: try SampleFile.readInputs(
          samples.input, columns: samples.columns, network,
          missingAreZero: samples.missingAreZero))
    }
    let rows: Matrix
    let begins: [Double]?
    if let transform, !transform.isIdentity {
      rows = try SampleFile.readInputs(path, columns: samples.columns, network, transform)
      begins = try self.begins(path, besides: samples.columns)
        .map { transform.completion($0, samples: rows.rows) }
    } else {
      // Without a header the first column may be times.
      let columns =
        try samples.columns
        ?? (samples.missingAreZero || DataFile.header(path) == nil
          ? nil : transform?.inputColumns(in: path)?.text)
      (rows, begins) = try timed(
        path, columns: columns, names: network.inputNames, widths: [network.inputCount],
        vectors: network.inputCount == 1 ? .column : .row,
        missingAreZero: samples.missingAreZero)
    }
    try SampleFile.check(rows, columns: network.inputCount, of: "input", in: path)
    if begins == nil, rows.rows == 1 { return TimedInputs(constant: rows) }
    guard let begins = begins ?? (rows.rows == times.count ? times : nil) else {
      throw CyclogradError(
        .shapeMismatch, "the file has \(rows.rows) rows, and nothing says when they hold",
        at: .init(file: path),
        advice: "give a column t, one row for all times, or a row for each of the "
          + Quantity.count(times.count, "time"))
    }
    do { return try TimedInputs(rows, times: begins) } catch {
      var located = error
      located.location.file = path
      throw located
    }
  }

  /// A table beside whose columns one may be named `t` and have the times of rows; in a file without a header it is the
  /// first one, where there is one too many.
  ///
  /// - Parameters:
  ///   - columns: which columns count, as an option says it.
  ///   - names: what columns can be called.
  ///   - widths: how many columns there can be.
  ///   - missingAreZero: as of ``DataTable/columns(named:file:missingAreZero:)``.
  static func timed(
    _ path: String, columns: String?, names: [String], widths: [Int], vectors: VectorLayout,
    missingAreZero: Bool? = nil
  ) throws -> (rows: Matrix, times: [Double]?) {
    if let columns {
      let selection = try ColumnSelection(columns)
      return (
        try DataFile.read(path, columns: selection, vectors: vectors).matrix,
        try begins(path, besides: columns)
      )
    }
    let table = try DataFile.read(path, vectors: vectors)
    let width = table.matrix.columns
    let place =
      table.columnNames.map { $0.firstIndex(of: column) }
      ?? (!widths.contains(width) && widths.contains(width - 1) ? 0 : nil)
    func named(_ table: DataTable) throws -> Matrix {
      try SampleFile.columns(of: table, names, path, missingAreZero: missingAreZero)
    }
    guard let place else { return (try named(table), nil) }
    return (
      try named(table.removing(column: place)),
      (0..<table.matrix.rows).map { table.matrix[$0, place] }
    )
  }

  /// The times of a file of which some columns are inputs: the column `t`, or the first one of a file without a header
  /// unless it is an input.
  static func begins(_ path: String, besides columns: String?) throws -> [Double]? {
    if let header = try DataFile.header(path) {
      guard header.contains(column) else { return nil }
      return try DataFile.read(path, columns: ColumnSelection(names: [column])).matrix.elements
    }
    // Columns of words, which inputs may be made of, leave no whole table of numbers.
    guard let columns, let whole = try? DataFile.read(path).matrix,
      try !ColumnSelection(columns).indices(columnCount: whole.columns).contains(0)
    else { return nil }
    return (0..<whole.rows).map { whole[$0, 0] }
  }

  /// The last row of a file with z of all units, which may have a column `t`.
  static func start(_ path: String, _ network: Network) throws -> Matrix {
    var table = try DataFile.read(path, vectors: .row, allowNonFinite: true)
    if table.columnNames == nil, table.matrix.columns == network.unitCount + 1 {
      table = table.removing(column: 0)
    }
    if let place = table.columnNames?.firstIndex(of: column) {
      table = table.removing(column: place)
    }
    let states = try table.columns(named: network.unitNames, file: path)
    guard states.columns == network.unitCount else {
      throw CyclogradError(
        .shapeMismatch,
        "the file has \(states.columns) columns for \(network.unitCount) units",
        at: .init(file: path), advice: "give a column for each unit, as --save-state writes them")
    }
    return Matrix(
      rows: 1, columns: states.columns, elements: Array(states[row: states.rows - 1]))
  }

  /// A table with times before it.
  static func beside(_ times: [Double], _ matrix: Matrix) -> Matrix {
    var elements: [Double] = []
    elements.reserveCapacity(matrix.elements.count + times.count)
    for (row, time) in times.enumerated() {
      elements.append(time)
      elements += matrix[row: row]
    }
    return Matrix(rows: times.count, columns: matrix.columns + 1, elements: elements)
  }
}

extension DataTable {
  fileprivate func removing(column: Int) -> DataTable {
    var elements: [Double] = []
    elements.reserveCapacity(matrix.elements.count)
    for row in 0..<matrix.rows {
      for place in 0..<matrix.columns where place != column { elements.append(matrix[row, place]) }
    }
    var names = columnNames
    names?.remove(at: column)
    return DataTable(
      matrix: Matrix(rows: matrix.rows, columns: matrix.columns - 1, elements: elements),
      columnNames: names)
  }
}
