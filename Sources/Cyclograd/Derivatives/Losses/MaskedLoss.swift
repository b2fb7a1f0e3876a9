/// A loss for samples of which some targets are missing: NaN stands for them, and they take no part in it.
///
/// Of a loss that goes output by output, such as ``HalfSquaredError``, the outputs with a target are left. Of any other,
/// such as ``SoftmaxCrossEntropy``, all targets of a sample are there or none. The loss of a sample without any target is
/// 0, with derivatives 0.
public struct MaskedLoss: Loss {
  /// The loss of what is there.
  public let base: any Loss

  /// A loss that passes over missing targets.
  public init(_ base: any Loss) { self.base = base }

  /// Such as `half-squared-error where there are targets`.
  public var name: String { base.name + " where there are targets" }

  /// They are NaN.
  public var takesMissingTargets: Bool { true }

  /// As the loss that is left.
  public var isOutputByOutput: Bool { base.isOutputByOutput }

  /// That of the loss that is left.
  public var appliedActivation: Activation? { base.appliedActivation }

  /// As many as the loss that is left takes.
  public func targetColumns(outputs: Int) -> [Int] { base.targetColumns(outputs: outputs) }

  /// Prepares what is there, and leaves NaN for the rest.
  ///
  /// - Throws: ``CyclogradError`` with the code `shape-mismatch` or `invalid-value`.
  public func prepare(
    _ targets: Matrix, samples: Int, outputs: Int
  ) throws(CyclogradError) -> Matrix {
    try checkTargets(targets, samples: samples, outputs: outputs)
    let isMissing = targets.elements.map(\.isNaN)
    guard isMissing.contains(true) else {
      return try base.prepare(targets, samples: samples, outputs: outputs)
    }
    let width = targets.columns
    func missing(_ row: Int) -> ArraySlice<Bool> { isMissing[row * width..<(row + 1) * width] }
    // A row that is whole stands in for what is missing while the loss checks the others.
    guard let whole = (0..<targets.rows).first(where: { !missing($0).contains(true) }) else {
      guard base.isOutputByOutput else {
        throw CyclogradError(
          .invalidValue, "no sample has all of its targets",
          advice: "\(base.name) needs all targets of a sample or none")
      }
      return try prepareEach(targets, isMissing, outputs: outputs)
    }
    var filled = targets
    for row in 0..<targets.rows {
      if !base.isOutputByOutput, missing(row).contains(true), missing(row).contains(false) {
        throw CyclogradError(
          .invalidValue, "some of the targets are missing, but not all",
          at: .init(subject: "targets, row \(row)"),
          advice: "\(base.name) needs all targets of a sample or none")
      }
      for column in 0..<width where isMissing[row * width + column] {
        filled[row, column] = targets[whole, column]
      }
    }
    var result = try base.prepare(filled, samples: samples, outputs: outputs)
    for row in 0..<result.rows {
      for column in 0..<result.columns
      where base.isOutputByOutput ? isMissing[row * width + column] : missing(row).contains(true) {
        result[row, column] = .nan
      }
    }
    return result
  }

  /// Where no row is whole: each output by itself.
  private func prepareEach(
    _ targets: Matrix, _ isMissing: [Bool], outputs: Int
  ) throws(CyclogradError) -> Matrix {
    var result = targets
    for column in 0..<targets.columns {
      for row in 0..<targets.rows where !isMissing[row * targets.columns + column] {
        let value = Matrix(rows: 1, columns: 1, elements: [targets[row, column]])
        do {
          result[row, column] = try base.prepare(value, samples: 1, outputs: 1)[0, 0]
        } catch {
          var located = error
          located.location.subject = "targets, row \(row)"
          throw located
        }
      }
    }
    return result
  }

  /// The loss of the outputs that have a target.
  public func evaluate(
    outputs: Span<Double>, targets: Span<Double>, derivatives: inout MutableSpan<Double>
  ) -> Double {
    var count = 0
    for j in targets.indices where !targets[j].isNaN { count += 1 }
    if count == targets.count {
      return base.evaluate(outputs: outputs, targets: targets, derivatives: &derivatives)
    }
    guard count > 0 else { return 0 }
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: 3 * count) { room in
      room.initialize(repeating: 0)
      let own = UnsafeMutableBufferPointer(rebasing: room[..<count])
      let wanted = UnsafeMutableBufferPointer(rebasing: room[count..<2 * count])
      let slopes = UnsafeMutableBufferPointer(rebasing: room[(2 * count)...])
      var place = 0
      for j in targets.indices where !targets[j].isNaN {
        own[place] = outputs[j]
        wanted[place] = targets[j]
        place += 1
      }
      var span = slopes.mutableSpan
      let value = base.evaluate(outputs: own.span, targets: wanted.span, derivatives: &span)
      place = 0
      for j in targets.indices where !targets[j].isNaN {
        derivatives[j] = slopes[place]
        place += 1
      }
      return value
    }
  }
}
