public import Cyclograd

/// Samples that are windows of a series, whose columns are scaled before it is cut.
extension InputTransform {
  /// A series and how it is cut.
  struct Series: Hashable {
    var windows: DataRecipe.Windows
    /// How many of its columns are inputs.
    var columns: Int
    /// How many columns the training file has, by which files without a header are recognised.
    var fileColumns: Int?

    /// How many columns windows have.
    var width: Int { columns * windows.length }
  }

  /// The windows in a file, scaled.
  func windows(
    _ series: Series, in path: String, _ other: ColumnSelection?, _ inputNames: [String]
  ) throws -> Matrix {
    switch try content(of: path, series, other, inputNames) {
    case .windows:
      let chosen = try other ?? DataFile.selection(of: inputNames, in: path)
      let table = try DataFile.read(path, columns: chosen, vectors: .row)
      let cut =
        try other == nil ? table.columns(named: inputNames, file: path) : table.matrix
      guard cut.columns == series.width else { throw misfit(cut.columns, series, path) }
      return try scaled(cut, by: scaling?.repeated(series.windows.length), path)
    case .series(let columns):
      let rows: Matrix
      do {
        rows = try encoded(path, columns)
      } catch var error as CyclogradError where error.code == .invalidOption {
        error.location.file = path
        error.advice = advice(series)
        throw error
      }
      guard rows.columns == series.columns else { throw misfit(rows.columns, series, path) }
      return try series.windows.inputs(of: scaled(rows, by: scaling, path), file: path)
    }
  }

  /// The targets of the windows of a series, from the column or file that has a target in every row.
  ///
  /// - Parameters:
  ///   - rows: what was read as targets.
  ///   - samples: how many windows there are, those at the end without targets included.
  ///   - isOneFile: whether inputs stand in the same rows.
  /// - Returns: a row for each of the first windows, which have targets; `nil` where there is a row for each sample already.
  /// - Throws: ``Cyclograd/CyclogradError`` `shape-mismatch` where no window has a target.
  public func targets(
    of rows: Matrix, samples: Int, isOneFile: Bool, file: String
  ) throws -> Matrix? {
    guard let series, series.windows.inputCount(rows: rows.rows) == samples,
      isOneFile || rows.rows != samples
    else { return nil }
    return try series.windows.targets(of: rows, file: file)
  }

  /// When each window is complete, where a series has a time for each row; else the times as they are.
  public func completion(_ times: [Double], samples: Int) -> [Double] {
    guard let windows = series?.windows, windows.inputCount(rows: times.count) == samples else {
      return times
    }
    return (0..<samples).map { times[windows.stride * $0 + windows.length - 1] }
  }

  // MARK: What a file holds

  private enum Content {
    case series(ColumnSelection)
    case windows
  }

  /// Whether a file has the series or windows. Names tell, and where there are none the number of columns.
  private func content(
    of path: String, _ series: Series, _ other: ColumnSelection?, _ inputNames: [String]
  ) throws -> Content {
    if let other {
      let count = try DataFile.read(path, columns: other, vectors: .column).matrix.columns
      if count == series.columns { return .series(other) }
      guard count == series.width else { throw misfit(count, series, path) }
      return .windows
    }
    let all = try ColumnSelection("0..\(max(1, series.columns) - 1)")
    let chosen = try columns.map { try ColumnSelection($0) } ?? all
    let found = try names == nil ? DataFile.header(path) : nil
    if let found {
      let known = Set(found)
      if try chosenNames(chosen).contains(where: known.contains) { return .series(chosen) }
      if !inputNames.isEmpty, known.isSuperset(of: inputNames) { return .windows }
    }
    // Words beside the numbers leave no whole table; then columns count by their places.
    let total = found?.count ?? (try? DataFile.read(path, vectors: .column))?.matrix.columns
    guard let count = total else { return .series(chosen) }
    let isWhole = count == series.columns
    if count == series.fileColumns, !isWhole || !chosen.usesNames { return .series(chosen) }
    if isWhole { return .series(all) }
    guard count == series.width else { throw misfit(count, series, path) }
    return .windows
  }

  /// What the inputs are called in the training file; nothing where it has no header.
  private func chosenNames(_ chosen: ColumnSelection) throws -> [String] {
    guard names == nil, let header else { return [] }
    return try chosen.indices(columnCount: header.count, names: header).map { header[$0] }
  }

  private func misfit(_ count: Int, _ series: Series, _ path: String) -> CyclogradError {
    CyclogradError(
      .shapeMismatch,
      "\(count) columns are neither the \(series.columns) of a series nor the \(series.width) of its windows of "
        + "\(series.windows.length) rows", at: .init(file: path), advice: advice(series))
  }

  private func advice(_ series: Series) -> String {
    "give the series"
      + (columns.map { " with the columns of the training, \($0)" } ?? "")
      + ", or a row of \(series.width) numbers for each window; --columns selects columns"
  }
}

// MARK: - In metadata

extension InputTransform.Series {
  var value: FlowValue {
    var entries: [(String, FlowValue)] = [
      ("length", .integer(windows.length)), ("ahead", .integer(windows.ahead)),
      ("stride", .integer(windows.stride)),
      ("targets", .text(windows.hasTargetOfEveryRow ? "every" : "last")),
      ("columns", .integer(columns)),
    ]
    if let fileColumns { entries.append(("file-columns", .integer(fileColumns))) }
    return .mapping(entries)
  }

  init(_ element: Element) throws {
    let further = ["columns", "file-columns"]
    windows = try DataRecipe.Windows(element, further: further)
    let fields = try element.fields(
      "'windows'", keys: ["length", "ahead", "stride", "targets"] + further)
    let limit = 1...TrainingReader.most
    columns = try fields.required("columns", of: "'windows'").integer("'columns'", in: limit)
    fileColumns = try fields["file-columns"]?.integer("'file-columns'", in: limit)
    let (_, overflow) = columns.multipliedReportingOverflow(by: windows.length)
    guard !overflow else { throw element.failure("the windows are too large") }
  }
}

extension Scaling {
  /// The same for columns that stand several times, one after the other.
  func repeated(_ count: Int) throws(CyclogradError) -> Scaling {
    try Scaling(
      offsets: (0..<count).flatMap { _ in offsets }, divisors: (0..<count).flatMap { _ in divisors }
    )
  }
}
