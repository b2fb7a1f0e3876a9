extension CompositeLoss {
  /// Which columns of so many are the targets of each part; `nil` if there is no such form.
  private func layout(columns count: Int) -> [[Int]]? {
    if count == outputCount, hasOneTargetForEachOutput { return parts.map(\.outputs) }
    guard let widths = forms.first(where: { $0.reduce(0, +) == count }) else { return nil }
    var next = 0
    return widths.map { width in
      next += width
      return Array(next - width..<next)
    }
  }

  /// Whether every term can take the targets of its outputs, a column each.
  private var hasOneTargetForEachOutput: Bool {
    parts.allSatisfy {
      $0.loss.targetColumns(outputs: $0.outputs.count).contains($0.outputs.count)
    }
  }

  /// The forms of targets one after the other: how many columns each part has.
  private var forms: [[Int]] {
    let widths = parts.map { $0.loss.targetColumns(outputs: $0.outputs.count) }
    let count = widths.map(\.count).max() ?? 0
    return (0..<count).map { form in widths.map { $0[min(form, $0.count - 1)] } }
  }

  /// As many as the terms have together, or one for each output of the network; with class numbers fewer.
  public func targetColumns(outputs: Int) -> [Int] {
    var totals = forms.map { $0.reduce(0, +) }
    if hasOneTargetForEachOutput { totals.insert(outputCount, at: 1) }
    return totals.enumerated().filter { !totals[..<$0.offset].contains($0.element) }
      .map(\.element)
  }

  /// Columns of random targets for each part, in the first of the forms.
  var firstLayout: [[Int]] { layout(columns: parts.last?.targets.upperBound ?? 0) ?? [] }

  /// Checks the columns of each term as its loss does.
  ///
  /// - Throws: ``CyclogradError`` with the code `shape-mismatch` or `invalid-value`, also for another network than
  ///   that of the terms.
  public func prepare(
    _ targets: Matrix, samples: Int, outputs: Int
  ) throws(CyclogradError) -> Matrix {
    guard outputs == outputCount else {
      throw CyclogradError(
        .shapeMismatch,
        "the sum of losses is for \(outputCount) outputs, and the network has \(outputs)",
        advice: "make it for this network")
    }
    try checkTargets(targets, samples: samples, outputs: outputs)
    var result = Matrix(rows: samples, columns: parts.last?.targets.upperBound ?? 0)
    for (index, (part, columns)) in zip(parts, layout(columns: targets.columns) ?? []).enumerated()
    {
      let prepared = try prepare(targets, columns, of: part, number: index + 1)
      for row in 0..<samples {
        for (column, place) in part.targets.enumerated() {
          result[row, place] = prepared[row, column]
        }
      }
    }
    return result
  }

  private func prepare(
    _ targets: Matrix, _ columns: [Int], of part: Part, number: Int
  ) throws(CyclogradError) -> Matrix {
    var own = Matrix(rows: targets.rows, columns: columns.count)
    for row in 0..<targets.rows {
      for (place, column) in columns.enumerated() { own[row, place] = targets[row, column] }
    }
    let prepared: Matrix
    do {
      prepared = try part.loss.prepare(own, samples: targets.rows, outputs: part.outputs.count)
    } catch {
      var located = error
      located.location.subject =
        "loss, term \(number)" + (error.location.subject.map { ", \($0)" } ?? "")
      throw located
    }
    guard prepared.rows == targets.rows, prepared.columns == part.targets.count else {
      throw CyclogradError(
        .shapeMismatch,
        "\(part.loss.name) has prepared \(prepared.rows) × \(prepared.columns) targets instead of "
          + "\(targets.rows) × \(part.targets.count)",
        advice: "the first of targetColumns must be the number of columns that prepare returns")
    }
    return prepared
  }
}

extension CompositeLoss: EnclosedLoss {
  func enclosures(
    _ outputs: [Interval], _ targets: [Double]
  ) throws(NoCertificate) -> [Interval] {
    var result = [Interval](repeating: .zero, count: outputs.count)
    for part in parts {
      let own = try part.loss.derivativeEnclosures(
        part.outputs.map { outputs[$0] }, Array(targets[part.targets]))
      for (j, value) in zip(part.outputs, own) {
        result[j] = result[j] + Interval(part.weight) * value
      }
    }
    return result
  }
}
