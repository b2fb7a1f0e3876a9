/// Where a training gets its samples from.
public protocol SampleSource: Sendable {
  /// The number of samples.
  var count: Int { get }
  /// The inputs and targets of some samples, a row each, in the order given.
  func samples(_ indices: [Int]) throws -> (inputs: Matrix, targets: Matrix)
}

/// Samples in memory.
public struct SampleTable: SampleSource {
  /// samples × inputs
  public let inputs: Matrix
  /// samples × outputs, or class numbers
  public let targets: Matrix

  /// Takes inputs and targets with a row for each sample.
  ///
  /// - Throws: ``CyclogradError`` if they differ in the number of rows, or have none.
  public init(inputs: Matrix, targets: Matrix) throws(CyclogradError) {
    guard inputs.rows == targets.rows, inputs.rows > 0 else {
      throw CyclogradError(
        .shapeMismatch, "\(inputs.rows) rows of inputs and \(targets.rows) rows of targets",
        advice: "give as many rows of both, at least one")
    }
    self.inputs = inputs
    self.targets = targets
  }

  /// The number of samples.
  public var count: Int { inputs.rows }

  /// The inputs and targets of some samples.
  public func samples(_ indices: [Int]) -> (inputs: Matrix, targets: Matrix) {
    (inputs.selecting(rows: indices), targets.selecting(rows: indices))
  }
}

/// In which order an epoch takes its samples.
package enum ShuffledOrder {
  /// All indices below `count`, shuffled by Fisher and Yates's method from the stream of a seed
  /// and an epoch: nothing has to be remembered to have the same order again.
  package static func indices(_ count: Int, seed: UInt64, epoch: Int) -> [Int] {
    let random = CounterRandom(seed: seed, purpose: .shuffle, index: epoch)
    var result = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      result.swapAt(last, random.index(last, below: last + 1))
    }
    return result
  }
}
