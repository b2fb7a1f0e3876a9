public import Cyclograd

/// Samples as a recipe makes them.
public struct PreparedData: Sendable {
  /// Samples of one part.
  public struct Samples: Sendable {
    /// samples × inputs, encoded and scaled
    public var inputs: Matrix
    /// samples × outputs, or class numbers
    public var targets: Matrix
    /// The class of each sample.
    public var labels: [Int]?
    /// Where they come from, for messages.
    public var origin: String
    /// The rows at which samples begin that are windows of a series.
    var starts: [Int]?
    /// The row of each sample in its file, from 0; `nil` for one that was made up. Empty where samples are no rows.
    public var fileRows: [Int?] = []

    func selecting(_ rows: [Int]) -> Samples {
      Samples(
        inputs: inputs.selecting(rows: rows), targets: targets.selecting(rows: rows),
        labels: labels.map { labels in rows.map { labels[$0] } }, origin: origin,
        starts: starts.map { starts in rows.map { starts[$0] } },
        fileRows: fileRows.isEmpty ? [] : rows.map { fileRows[$0] })
    }
  }

  /// The samples by part; the training part is there unless it stays on the disk.
  public internal(set) var parts: [DataRecipe.Part: Samples] = [:]
  /// The training part where it stays on the disk.
  private(set) var stream: StreamedSamples?
  /// What was done to the inputs, perhaps nothing.
  var whole = InputTransform(columns: nil, names: nil, categories: [])

  /// What was done to the inputs; `nil` if nothing.
  public var transform: InputTransform? { whole.isEmpty ? nil : whole }

  /// How many samples without any target were left out, by part.
  public private(set) var withoutTargets: [DataRecipe.Part: Int] = [:]

  /// Reads the files and follows the recipe.
  ///
  /// - Parameter names: those of the network's inputs and outputs, by which columns are found that are not listed.
  /// - Throws: ``Cyclograd/CyclogradError``: `file` with the file's origin and digest where one is
  ///   missing, and others for whatever is wrong with the data.
  public init(
    _ recipe: DataRecipe, names: (inputs: [String], outputs: [String])? = nil,
    progress: (String) -> Void = { _ in }
  ) throws {
    switch recipe.source {
    case .oscillators(let source):
      progress("computing \(source.samples) trajectories")
      let (numbers, overflow) = source.samples.multipliedReportingOverflow(by: source.points + 2)
      // Once as they are computed, and once more when parts are taken out of them.
      try Memory.require(
        overflow || numbers > .max >> 4 ? .max : 16 * numbers, for: "the trajectories", file: "")
      let (inputs, targets) = DampedOscillator.samples(
        source.samples, points: source.points, seed: source.seed)
      whole.columns = "0..\(source.points - 1)"
      parts[.training] = Samples(
        inputs: inputs, targets: targets, labels: nil, origin: "the trajectories")
    case .teachers(let teachers):
      for part in recipe.parts {
        guard let teacher = teachers[part] else { continue }
        progress("computing \(teacher.samples) samples")
        parts[part] = try teacher.draw()
      }
      whole.columns = "0..\(max(0, (parts[.training]?.inputs.columns ?? 1) - 1))"
    case .files(let tables):
      var located = try tables.mapValues { table in
        progress("reading \(table.file)")
        var table = table
        table.file = try RawFile.locate(table)
        return table
      }
      try Self.findColumns(&located, recipe, names)
      if recipe.isStreamed { stream = try Self.stream(located, recipe) }
      try read(located, recipe)
    }
    // An autoencoder is to find what the inputs were before noise came to them.
    let firstNoise = recipe.steps.firstIndex { $0.isNoise } ?? recipe.steps.endIndex
    for step in recipe.steps[..<firstNoise] {
      try perform(step, hasClasses: recipe.hasClasses)
    }
    if recipe.isReconstruction {
      for (part, samples) in parts { parts[part]?.targets = samples.inputs }
    }
    for step in recipe.steps[firstNoise...] {
      try perform(step, hasClasses: recipe.hasClasses)
    }
    if let label = recipe.trainedClass { try train(onlyOn: label) }
  }

  // MARK: Reading

  private static func stream(
    _ tables: [DataRecipe.Part: DataRecipe.Table], _ recipe: DataRecipe
  ) throws -> StreamedSamples? {
    guard let table = tables[.training] else { return nil }
    let inputs = try NumpyRows(table.file, columns: table.inputs)
    guard !recipe.isReconstruction else { return StreamedSamples(inputs: inputs, targets: nil) }
    let targets = try NumpyRows(table.targetFile ?? table.file, columns: table.targets)
    guard targets.rows == inputs.rows else {
      throw CyclogradError(
        .shapeMismatch, "\(inputs.rows) rows of inputs and \(targets.rows) rows of targets",
        at: .init(file: targets.path), advice: "give as many rows of both")
    }
    return StreamedSamples(inputs: inputs, targets: targets)
  }

  private mutating func read(
    _ tables: [DataRecipe.Part: DataRecipe.Table], _ recipe: DataRecipe
  ) throws {
    guard let first = tables[.training] else {
      throw CyclogradError(.invalidOption, "there are no samples to train on")
    }
    var categories: [InputTransform.Category] = []
    for category in recipe.categories {
      let column = category.column.text
      let words = Set(try Self.words(first, category.column, recipe, "one-hot"))
      categories.append(
        .init(
          column: column, words: words.subtracting(category.without).sorted(),
          without: category.without, areUnseenZero: category.areUnseenZero))
    }
    let header = recipe.names == nil && stream == nil ? try DataFile.header(first.file) : nil
    whole = InputTransform(
      columns: first.inputs?.text, names: recipe.names, header: header, categories: categories)
    whole.series = first.windows.map { windows in
      let width =
        header?.count ?? recipe.names?.count
        ?? (try? DataFile.read(first.file, vectors: .column))?.matrix.columns
      return InputTransform.Series(windows: windows, columns: 0, fileColumns: width)
    }
    for (part, table) in tables where part != .training || stream == nil {
      parts[part] = try samples(table, first, recipe)
    }
    if let windows = whole.series?.windows, let training = parts[.training] {
      whole.series?.columns = training.inputs.columns / windows.length
    }
    if let labels = recipe.labels { try number(labels, recipe, tables) }
    if recipe.ignoresMissingTargets { try leaveOut() }
  }

  /// Leaves out the samples that have no target at all.
  private mutating func leaveOut() throws {
    for (part, samples) in parts {
      let rows = (0..<samples.targets.rows).filter { row in
        samples.targets[row: row].contains { !$0.isNaN }
      }
      guard !rows.isEmpty else {
        throw CyclogradError(
          .invalidValue, "no sample has a target", at: .init(file: samples.origin),
          advice: "look at the columns of the targets")
      }
      withoutTargets[part] = samples.targets.rows - rows.count
      if rows.count < samples.targets.rows { parts[part] = samples.selecting(rows) }
    }
  }

  /// Classes by size where they are numbers, else in alphabetical order.
  private static func ordered(_ words: Set<String>) -> [String] {
    let numbers = Dictionary(uniqueKeysWithValues: words.map { ($0, Double($0) ?? .nan) })
    guard numbers.values.allSatisfy(\.isFinite) else { return words.sorted() }
    return words.sorted { (numbers[$0] ?? 0, $0) < (numbers[$1] ?? 0, $1) }
  }

  /// What the classes are called; `nil` where their words are the numbers that classes have anyway.
  private static func classes(_ rule: DataRecipe.Labels.Rule, _ known: [String]) -> ClassWords? {
    let words: [String]
    switch rule {
    case .each: words = known
    case .classes(let names): words = names
    case .positive(let word), .negative(let word):
      let others = known.filter { $0 != word }
      let isFirst = if case .positive = rule { true } else { false }
      // A class of several words is called by what it is not.
      let other = others.count == 1 ? others[0] : "not \(word)"
      words = isFirst ? [other, word] : [word, other]
      if others.count != 1 {
        let rest = ClassWords.Rest(number: isFirst ? 0 : 1, words: others)
        return ClassWords(names: words, rest: rest)
      }
    }
    return words.enumerated().allSatisfy { Double($1) == Double($0) }
      ? nil : ClassWords(names: words, rest: nil)
  }

  /// The cells of a single column of text.
  private static func words(
    _ table: DataRecipe.Table, _ column: ColumnSelection, _ recipe: DataRecipe, _ key: String,
    allowMissing: Bool = false
  ) throws -> [String] {
    let cells = try DataFile.words(
      table.file, columns: column, names: recipe.names, allowMissing: allowMissing)
    guard cells.count == 1 else {
      throw CyclogradError(
        .invalidOption, "'\(column.text)' is \(cells.count) columns", at: .init(file: table.file),
        advice: "give a single column in each entry of \(key)")
    }
    return Array(cells[0][try table.chosen(of: cells[0].count)])
  }

  private func samples(
    _ table: DataRecipe.Table, _ first: DataRecipe.Table, _ recipe: DataRecipe
  ) throws -> Samples {
    let inputs = try table.chosen(whole.encoded(table.file, table.inputs))
    let targetFile = table.targetFile ?? table.file
    let targets =
      recipe.isReconstruction || recipe.areLabelsTargets
      ? Matrix(rows: inputs.rows, columns: 0)
      : try table.chosen(
        DataFile.read(
          targetFile, columns: try targetColumns(table, first, recipe),
          names: table.targetFile == nil ? recipe.names : nil,
          allowMissing: recipe.ignoresMissingTargets
        ).matrix)
    guard targets.rows == inputs.rows, inputs.rows > 0 else {
      throw CyclogradError(
        .shapeMismatch, "\(inputs.rows) rows of inputs and \(targets.rows) rows of targets",
        at: .init(file: targetFile), advice: "give as many rows of both, at least one")
    }
    guard let windows = table.windows else {
      return Samples(
        inputs: inputs, targets: targets, labels: nil, origin: targetFile,
        fileRows: (table.rows ?? 0..<inputs.rows).map { $0 })
    }
    let made = try windows.samples(of: inputs, targets, file: table.file)
    return Samples(
      inputs: made.inputs, targets: made.targets, labels: nil, origin: targetFile,
      starts: (0..<made.inputs.rows).map { windows.stride * $0 })
  }

  /// The targets' columns of another part are those of the training file by their names, unless others are given.
  private func targetColumns(
    _ table: DataRecipe.Table, _ first: DataRecipe.Table, _ recipe: DataRecipe
  ) throws -> ColumnSelection? {
    let (file, firstFile) = (table.targetFile ?? table.file, first.targetFile ?? first.file)
    guard recipe.names == nil, table.targets == first.targets, file != firstFile else {
      return table.targets
    }
    let header = first.targetFile == nil ? whole.header : try DataFile.header(firstFile)
    let other = try DataFile.header(file)
    let columns =
      try table.targets ?? header.map { try ColumnSelection("0..\($0.count - 1)") }
    return try columns?.following(header, in: other, file: file)
  }

  private mutating func number(
    _ labels: DataRecipe.Labels, _ recipe: DataRecipe,
    _ tables: [DataRecipe.Part: DataRecipe.Table]
  ) throws {
    let isMissingAllowed = recipe.areLabelsTargets && recipe.ignoresMissingTargets
    let words = try tables.mapValues { table in
      let other =
        whole.header == nil || recipe.names != nil ? nil : try DataFile.header(table.file)
      return try Self.words(
        table, labels.column.following(whole.header, in: other, file: table.file), recipe,
        "labels", allowMissing: isMissingAllowed)
    }
    let known = Self.ordered(Set(words[.training] ?? []).subtracting([""]))
    let numbers: (String) -> Int?
    switch labels.rule {
    case .each:
      let places = Dictionary(uniqueKeysWithValues: known.enumerated().map { ($1, $0) })
      numbers = { places[$0] }
    case .classes(let names):
      let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
      numbers = { places[$0] }
    case .positive(let word), .negative(let word):
      guard known.contains(word), known.count > 1 else {
        throw CyclogradError(
          .invalidValue,
          known.contains(word)
            ? "every label is \(Excerpt.quoted(word))"
            : "no label is \(Excerpt.quoted(word)); there are "
              + known.prefix(10).map { Excerpt.quoted($0) }.joined(separator: ", "),
          at: .init(file: tables[.training]?.file, subject: "labels"),
          advice: "give the word of a class that some samples have and others have not")
      }
      let one = if case .positive = labels.rule { 1 } else { 0 }
      numbers = { $0 == word ? one : 1 - one }
    }
    // Labels beside targets divide and balance samples, and say nothing about outputs.
    if recipe.areLabelsTargets || recipe.isReconstruction {
      whole.classWords = Self.classes(labels.rule, known)
    }
    for (part, words) in words {
      parts[part]?.labels = try words.enumerated().map { row, word in
        if word.isEmpty { return -1 }
        guard let number = numbers(word) else {
          let isListed = if case .classes = labels.rule { true } else { false }
          throw CyclogradError(
            .invalidValue,
            isListed
              ? "\(Excerpt.quoted(word)) is not among the classes"
              : "no training sample has the label \(Excerpt.quoted(word))",
            at: .init(file: tables[part]?.file, subject: "row \(row)"),
            advice: isListed
              ? "correct it, or list it in 'classes'" : "correct it, or leave the row out")
        }
        return number
      }
      guard recipe.areLabelsTargets, let labels = parts[part]?.labels else { continue }
      parts[part]?.targets = Matrix(
        rows: labels.count, columns: 1, elements: labels.map { $0 < 0 ? .nan : Double($0) })
    }
  }
}
