extension Trainer {
  /// How many samples are validated at once, which bounds the memory.
  private static let pieceSize = 256

  /// Measures the network as it is on other samples.
  func validate(
    _ validation: Validation, at step: Int, epoch: Int
  ) throws -> ValidationReport {
    let (loss, source) = (options.loss, validation.source)
    let (width, parameters) = (simulator.network.outputCount, parameters)
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
      let equilibrium = try simulator.equilibrium(parameters, inputs: x)
      let found = equilibrium.outputs
      if first == 0 { targets.reserveCapacity(source.count * y.columns) }
      let converged = indices.indices.filter { equilibrium.evidence[$0].status == .converged }
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
        : try validation.measure(
          Matrix(rows: rows.count, columns: width, elements: outputs),
          Matrix(
            rows: rows.count, columns: targets.count / rows.count, elements: targets), rows),
      isBest: false)
  }
}
