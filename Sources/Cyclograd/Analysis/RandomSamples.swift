/// Samples drawn from a graph's seed, for when none are given.
public enum RandomSamples {
  /// Standard normal inputs, samples × inputs.
  ///
  /// - Throws: ``CyclogradError`` with the code `too-large` for more samples than memory can hold.
  public static func inputs(_ network: Network, samples: Int) throws -> Matrix {
    try MemoryBudget.check(samples: samples, of: network)
    return inputs(seed: network.seed, samples: samples, inputs: network.inputCount)
  }

  /// The same from a seed, for so many inputs.
  package static func inputs(seed: UInt64, samples: Int, inputs: Int) -> Matrix {
    let stream = CounterRandom(seed: seed, purpose: .inputs, index: 0)
    return Matrix(
      rows: samples, columns: inputs,
      elements: (0..<samples * inputs).map { stream.normal($0) })
  }

  /// Targets that suit a loss, with as many columns as it takes first: probabilities for ``BinaryCrossEntropy``, the
  /// distribution that is one at a class for ``SoftmaxCrossEntropy``, such columns for the terms of a
  /// ``CompositeLoss``, and standard normal numbers for all others.
  public static func targets(_ network: Network, samples: Int, loss: any Loss) -> Matrix {
    targets(seed: network.seed, samples: samples, outputs: network.outputCount, loss: loss)
  }

  /// The same from a seed, for so many outputs.
  package static func targets(
    seed: UInt64, samples: Int, outputs: Int, loss: any Loss
  ) -> Matrix {
    let width = loss.targetColumns(outputs: outputs).first ?? 0
    var parts: [(loss: any Loss, columns: [Int])] = [(loss, Array(0..<width))]
    if let sum = loss as? CompositeLoss {
      parts = Array(zip(sum.terms.map(\.loss), sum.firstLayout))
    }
    let stream = CounterRandom(seed: seed, purpose: .targets, index: 0)
    var result = Matrix(rows: samples, columns: width)
    for sample in 0..<samples {
      for (part, columns) in parts {
        if part is SoftmaxCrossEntropy, let first = columns.first {
          let place = parts.count == 1 ? sample : sample * width + first
          result[sample, columns[stream.index(place, below: columns.count)]] = 1
          continue
        }
        for column in columns {
          let n = sample * width + column
          result[sample, column] =
            part is BinaryCrossEntropy ? stream.uniform(n) : stream.normal(n)
        }
      }
    }
    return result
  }
}
