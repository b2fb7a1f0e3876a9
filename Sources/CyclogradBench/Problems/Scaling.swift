import Cyclograd

/// Spectral scaling of weights, so that a family means the same at every size.
extension Problem {
  /// Multiplies the weights within blocks of consecutive neurons so that every block has
  /// λ_PF(|W|) = `aim`; weights between blocks stay as they are.
  ///
  /// - Parameter blockSize: neurons to a block; all of them by default.
  mutating func scale(to aim: Double, blockSize: Int? = nil) {
    let layout = network.parameterLayout
    let size = blockSize ?? network.neuronCount
    for start in stride(from: 0, to: network.neuronCount, by: size) {
      let rows = start..<min(start + size, network.neuronCount)
      let block = Block(rows, layout, parameters)
      let factor = aim / block.perronFrobeniusEigenvalue()
      for parameter in block.parameters { parameters.values[parameter] *= factor }
    }
    eigenvalue = aim
  }
}

/// The magnitudes of the weights within a block of neurons.
private struct Block {
  var starts = [0]
  var columns: [Int] = []
  var magnitudes: [Double] = []
  var parameters: [Int] = []

  init(_ rows: Range<Int>, _ layout: ParameterLayout, _ values: Parameters) {
    for row in rows {
      for edge in layout.rowStarts[row]..<layout.rowStarts[row + 1] {
        let column = Int(layout.columns[edge])
        guard rows.contains(column) else { continue }
        columns.append(column - rows.lowerBound)
        parameters.append(Int(layout.weights[edge]))
        magnitudes.append(abs(values.values[parameters.last!]))
      }
      starts.append(columns.count)
    }
  }

  /// Power iteration on |W| + I, which converges for periodic matrices too; it ends when the
  /// estimate moves by less than 1e-7 in 50 steps.
  func perronFrobeniusEigenvalue(maximumSteps: Int = 4000) -> Double {
    let count = starts.count - 1
    var v = [Double](repeating: 1, count: count)
    var next = v
    var checkpoint = 0.0
    var estimate = 0.0
    for step in 1...maximumSteps {
      var before = 0.0
      var after = 0.0
      for row in 0..<count {
        var sum = v[row]
        for e in starts[row]..<starts[row + 1] { sum += magnitudes[e] * v[columns[e]] }
        next[row] = sum
        before += v[row] * v[row]
        after += sum * sum
      }
      let growth = (after / before).squareRoot()
      estimate = growth - 1
      for row in 0..<count { v[row] = next[row] / growth }
      if step % 50 == 0 {
        if abs(estimate - checkpoint) <= 1e-7 * abs(estimate) { break }
        checkpoint = estimate
      }
    }
    return estimate
  }
}
