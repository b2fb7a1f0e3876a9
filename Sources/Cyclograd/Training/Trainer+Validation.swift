extension Trainer {
  /// Measures the network as it is on other samples.
  func validate(
    _ validation: Validation, at step: Int, epoch: Int
  ) throws -> ValidationReport {
    let parameters = parameters
    return try validation.report(
      loss: options.loss, outputs: simulator.network.outputCount, at: step, epoch: epoch
    ) { inputs in
      let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
      return (equilibrium.outputs, equilibrium.evidence)
    }
  }
}

extension Validation {
  /// How many samples are validated at once, which bounds the memory.
  private static let pieceSize = 256

  /// Measures a network on the samples.
  ///
  /// - Parameter solve: gives the outputs of samples, whatever finds them.
  package func report(
    loss: any Loss, outputs width: Int, at step: Int, epoch: Int,
    solve: (_ inputs: Matrix) throws -> (outputs: Matrix, evidence: [SampleEvidence])
  ) throws -> ValidationReport {
    var outputs: [Double] = []
    var targets: [Double] = []
    var rows: [Int] = []
    var sum = 0.0
    outputs.reserveCapacity(source.count * width)
    rows.reserveCapacity(source.count)
    for first in stride(from: 0, to: source.count, by: Self.pieceSize) {
      let indices = Array(first..<min(first + Self.pieceSize, source.count))
      let (x, y) = try source.samples(indices)
      let prepared = try loss.prepare(y, samples: indices.count, outputs: width)
      let (found, evidence) = try solve(x)
      if first == 0 { targets.reserveCapacity(source.count * y.columns) }
      let converged = indices.indices.filter { evidence[$0].status == .converged }
      let values = loss.values(rows: converged, outputs: found, targets: prepared)
      // A loss that overflows would hide all others.
      let good = zip(converged, values).filter { $1.isFinite }
      for (_, value) in good { sum += value }
      let isWhole = good.count == indices.count
      if isWhole {
        outputs += found.elements
        targets += y.elements
        rows += indices
      }
      for (row, _) in good where !isWhole {
        outputs += found[row: row]
        targets += y[row: row]
        rows.append(indices[row])
      }
    }
    return ValidationReport(
      step: step, epoch: epoch, loss: rows.isEmpty ? .nan : sum / Double(rows.count),
      failed: source.count - rows.count,
      measurements: rows.isEmpty
        ? []
        : try measure(
          Matrix(rows: rows.count, columns: width, elements: outputs),
          Matrix(
            rows: rows.count, columns: targets.count / rows.count, elements: targets), rows),
      isBest: false)
  }

  /// The quantity by which networks are compared, and whether it is better than the best so far.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` if there is no such quantity.
  package func judge(
    _ report: ValidationReport, best: Double?
  ) throws -> (value: Double, isBest: Bool) {
    let value =
      monitored == "loss" || report.failed == source.count
      ? report.loss : report.measurements.first { $0.name == monitored }?.value
    guard let value else {
      throw CyclogradError(
        .invalidOption, "there is no quantity '\(monitored)' to be monitored",
        advice: "there are " + (["loss"] + report.measurements.map(\.name)).joined(separator: ", "))
    }
    guard value.isFinite else { return (value, false) }
    return (value, best.map { isLargerBetter ? value > $0 : value < $0 } ?? true)
  }
}
