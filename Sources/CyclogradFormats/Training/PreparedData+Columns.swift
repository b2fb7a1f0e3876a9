import Cyclograd

extension PreparedData {
  /// Finds the columns that a recipe does not list by the names of the network's inputs and outputs.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` where the files do not have these names.
  static func findColumns(
    _ tables: inout [DataRecipe.Part: DataRecipe.Table], _ recipe: DataRecipe,
    _ names: (inputs: [String], outputs: [String])?
  ) throws {
    guard recipe.needsNames, let first = tables[.training] else { return }
    if first.inputs == nil, recipe.categories.isEmpty {
      let inputs = try columns(
        names?.inputs ?? [], in: first.file, of: "inputs", recipe,
        isWhole: first.targetFile != nil || recipe.isReconstruction && recipe.labels == nil)
      for (part, table) in tables where table.inputs == nil { tables[part]?.inputs = inputs }
    }
    guard first.targets == nil, !recipe.isReconstruction, !recipe.areLabelsTargets else { return }
    let targets = try columns(
      names?.outputs ?? [], in: first.targetFile ?? first.file, of: "targets", recipe,
      isWhole: first.targetFile != nil)
    for (part, table) in tables where table.targets == nil { tables[part]?.targets = targets }
  }

  /// The columns of a file that has the names, or all of its columns where it has none of them and holds nothing else.
  private static func columns(
    _ names: [String], in file: String, of key: String, _ recipe: DataRecipe, isWhole: Bool
  ) throws -> ColumnSelection? {
    let header = try recipe.isStreamed ? nil : recipe.names ?? DataFile.header(file)
    let known = Set(header ?? [])
    let missing = names.filter { !known.contains($0) }
    if missing.isEmpty, !names.isEmpty { return ColumnSelection(names: names) }
    func list(_ names: [String]) -> String {
      names.prefix(5).map { Excerpt.quoted($0) }.joined(separator: ", ")
        + (names.count > 5 ? " and \(names.count - 5) more" : "")
    }
    guard missing.count == names.count else {
      throw CyclogradError(
        .shapeMismatch,
        "the header has \(names.count - missing.count) of the network's \(names.count) \(key), but "
          + "not \(list(missing))", at: .init(file: file),
        advice: "correct the header, or list the columns: '\(key): …' in 'data'")
    }
    if isWhole {
      guard key == "inputs" else { return nil }
      let width =
        try header?.count
        ?? (recipe.isStreamed
          ? NumpyRows(file, columns: nil).columns.count
          : DataFile.read(file, names: recipe.names).matrix.columns)
      return try ColumnSelection("0..\(width - 1)")
    }
    throw CyclogradError(
      .invalidOption, "'data' has no '\(key)', and the file does not have their names",
      at: .init(file: file),
      advice: "say which columns are \(key), such as '\(key): \"0..3\"' or '\(key): \"a,b\"'"
        + (header.map { "; the header has \(list($0))" } ?? "")
        + (names.isEmpty ? "" : "; the network's \(key) are \(list(names))"))
  }
}

extension TrainingFile {
  /// The samples of a training without its network, as several trainings share them.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` for whatever is wrong with the files.
  public func prepared(progress: (String) -> Void = { _ in }) throws -> PreparedData {
    guard data.needsNames else { return try PreparedData(data, progress: progress) }
    var file = self
    let network = try TrainingSetup.network(of: &file).network
    return try PreparedData(
      data, names: (network.inputNames, network.outputNames), progress: progress)
  }
}
