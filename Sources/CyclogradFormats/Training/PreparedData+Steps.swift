import Cyclograd

extension PreparedData {
  mutating func perform(_ step: DataRecipe.Step, hasClasses: Bool) throws {
    guard let samples = parts[.training] else { return }
    switch step {
    case .split(let part, let share, let seed):
      let rows = try samples.divided(
        [1 - share, share], seed: seed, hasClasses: hasClasses)
      parts[.training] = samples.selecting(rows[0])
      parts[part] = samples.selecting(rows[1])
    case .fold(let part, let number, let count, let seed):
      let rows = try samples.divided(
        Array(repeating: 1 / Double(count), count: count), seed: seed, hasClasses: hasClasses)
      let others = rows.indices.filter { $0 != number - 1 }.flatMap { rows[$0] }
      parts[.training] = samples.selecting(others)
      parts[part] = samples.selecting(rows[number - 1])
    case .oversample(let neighbours, let seed):
      parts[.training] = try oversampled(samples, neighbours, seed)
    case .scale(let kind, let label, let constant):
      // A window is scaled as the rows of the series are that it consists of.
      let fitted = whole.series.map { samples.rows(of: $0) } ?? samples.inputs
      let rows =
        try whole.series == nil ? self.rows(of: label, in: samples) : Array(0..<fitted.rows)
      let scaling: Scaling
      do {
        scaling = try Scaling(kind, fittedTo: fitted, rows: rows, constant: constant)
      } catch {
        var located = error
        located.location.file = samples.origin
        throw located
      }
      let ofSamples = try whole.series.map { try scaling.repeated($0.windows.length) } ?? scaling
      for (part, samples) in parts {
        parts[part]?.inputs = try ofSamples.applied(to: samples.inputs)
      }
      whole.scaling = scaling
    case .noise(let noise, let noisy):
      for part in noisy ?? Array(parts.keys) {
        guard let samples = parts[part] else {
          throw CyclogradError(
            .invalidOption,
            "'noise' is of the part '\(part.rawValue)', which has no samples at this step",
            advice: "put it after the step that sets them apart, or leave the part out")
        }
        parts[part]?.inputs = noise.added(to: samples.inputs)
      }
    }
  }

  private func rows(of label: Int?, in samples: Samples) throws -> [Int] {
    guard let label else { return Array(0..<samples.inputs.rows) }
    guard let labels = samples.labels else {
      throw CyclogradError(
        .invalidOption, "a class is asked for, but there are no labels",
        at: .init(file: samples.origin), advice: "say which column has the labels")
    }
    let rows = labels.indices.filter { labels[$0] == label }
    guard !rows.isEmpty else {
      throw CyclogradError(
        .invalidValue, "no training sample is of class \(label)", at: .init(file: samples.origin),
        advice: "change the labels, or the class")
    }
    return rows
  }

  private func oversampled(
    _ samples: Samples, _ neighbours: Int, _ seed: UInt64
  ) throws -> Samples {
    guard let labels = samples.labels else {
      throw CyclogradError(
        .invalidOption, "there are no classes to be balanced, because there are no labels",
        at: .init(file: samples.origin), advice: "say which column has the labels")
    }
    var classes: [Int: [Int]] = [:]
    for (row, label) in labels.enumerated() { classes[label, default: []].append(row) }
    let most = classes.values.map(\.count).max() ?? 0
    var result = samples
    var (inputs, targets) = (samples.inputs.elements, samples.targets.elements)
    for (label, rows) in classes.sorted(by: { $0.key < $1.key }) where rows.count < most {
      let made = try Oversampling.synthetic(
        from: samples.inputs.selecting(rows: rows), count: most - rows.count,
        neighbours: neighbours, seed: seed &+ UInt64(label))
      inputs += made.elements
      // A new sample has the target of the one it begins at.
      for number in 0..<made.rows { targets += samples.targets[row: rows[number % rows.count]] }
      result.labels? += Array(repeating: label, count: made.rows)
      if !samples.fileRows.isEmpty {
        result.fileRows += Array(repeating: nil, count: made.rows)
      }
    }
    let count = result.labels?.count ?? 0
    result.inputs = Matrix(rows: count, columns: samples.inputs.columns, elements: inputs)
    result.targets = Matrix(rows: count, columns: samples.targets.columns, elements: targets)
    return result
  }

  mutating func train(onlyOn label: Int) throws {
    guard let samples = parts[.training] else { return }
    parts[.training] = samples.selecting(try rows(of: label, in: samples))
  }
}

extension PreparedData.Samples {
  /// The rows of the series that are in windows, each once although several windows have it.
  fileprivate func rows(of series: InputTransform.Series) -> Matrix {
    let width = series.columns
    var seen: Set<Int> = []
    var elements: [Double] = []
    for (sample, start) in (starts ?? []).enumerated() {
      for step in 0..<series.windows.length where seen.insert(start + step).inserted {
        for column in 0..<width { elements.append(inputs[sample, step * width + column]) }
      }
    }
    return Matrix(rows: seen.count, columns: width, elements: elements)
  }

  /// The rows of parts in which every class has its share: by labels, or by targets that are classes.
  fileprivate func divided(
    _ shares: [Double], seed: UInt64, hasClasses: Bool
  ) throws -> [[Int]] {
    let classes = labels ?? (hasClasses ? targetClasses : nil)
    do {
      return try StratifiedSplit.rows(
        labels: classes ?? Array(repeating: 0, count: inputs.rows), shares: shares, seed: seed)
    } catch {
      var located = error
      if located.location.file == nil { located.location.file = origin }
      throw located
    }
  }

  /// Class numbers, or the places of the largest targets; `nil` where targets are no classes.
  private var targetClasses: [Int]? {
    if targets.columns == 1 {
      let numbers = targets.elements.map { Int(exactly: $0) }
      return numbers.contains(nil) ? nil : numbers.compactMap(\.self)
    }
    guard targets.columns > 1, targets.elements.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
      return nil
    }
    return (0..<targets.rows).map { row in
      let values = Array(targets[row: row])
      return values.indices.max { values[$0] < values[$1] } ?? 0
    }
  }
}
