/// Samples drawn from a graph's seed, for when none are given.
public enum RandomSamples {
  /// Standard normal inputs, samples × inputs.
  ///
  /// - Throws: ``CyclogradError`` with the code `too-large` for more samples than memory can hold.
  public static func inputs(_ network: Network, samples: Int) throws -> Matrix {
    try MemoryBudget.check(samples: samples, of: network)
    let stream = CounterRandom(seed: network.seed, purpose: .inputs, index: 0)
    return Matrix(
      rows: samples, columns: network.inputCount,
      elements: (0..<samples * network.inputCount).map { stream.normal($0) })
  }

  /// Targets that suit a loss, samples × outputs: standard normal numbers, probabilities, or the
  /// distribution that is one at a class.
  public static func targets(_ network: Network, samples: Int, loss: Loss) -> Matrix {
    let stream = CounterRandom(seed: network.seed, purpose: .targets, index: 0)
    let columns = network.outputCount
    var result = Matrix(rows: samples, columns: columns)
    for sample in 0..<samples {
      if loss == .softmaxCrossEntropy, columns > 0 {
        result[sample, stream.index(sample, below: columns)] = 1
        continue
      }
      for column in 0..<columns {
        let n = sample * columns + column
        result[sample, column] =
          loss == .binaryCrossEntropy ? stream.uniform(n) : stream.normal(n)
      }
    }
    return result
  }
}
