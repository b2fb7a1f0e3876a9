/// New samples of a rare class, between those that there are.
///
/// Source: Chawla, Bowyer, Hall & Kegelmeyer, SMOTE, Journal of Artificial Intelligence Research 16,
/// 2002.
public enum Oversampling {
  /// Draws samples on the segments between a sample and one of its nearest neighbours of the same
  /// class (Euclidean distance; of equally near ones, the first).
  ///
  /// Takes O(m² (columns + log m)) for the m samples of the class.
  ///
  /// - Parameters:
  ///   - samples: those of the class, samples × columns.
  ///   - count: how many are made; they take the given samples in turn.
  ///   - neighbours: how many of the nearest may be chosen.
  ///   - seed: what random choices are drawn from.
  /// - Throws: ``CyclogradError`` if there are no more samples than neighbours.
  public static func synthetic(
    from samples: Matrix, count: Int, neighbours: Int = 5, seed: UInt64
  ) throws(CyclogradError) -> Matrix {
    guard count >= 0, neighbours > 0, samples.rows > neighbours else {
      throw CyclogradError(
        .invalidValue,
        "\(samples.rows) samples of the class are too few for \(neighbours) neighbours",
        advice: "give at least one neighbour, and more samples than neighbours")
    }
    let random = CounterRandom(seed: seed, purpose: .oversampling, index: 0)
    var result: [Double] = []
    result.reserveCapacity(count * samples.columns)
    let near = (0..<min(count, samples.rows)).map { nearest(to: $0, in: samples, neighbours) }
    for number in 0..<count {
      let row = number % samples.rows
      let other = near[row][random.index(2 * number, below: neighbours)]
      let share = random.uniform(2 * number + 1)
      for (a, b) in zip(samples[row: row], samples[row: other]) {
        result.append(a + share * (b - a))
      }
    }
    return Matrix(rows: count, columns: samples.columns, elements: result)
  }

  private static func nearest(to row: Int, in samples: Matrix, _ count: Int) -> [Int] {
    let distances = (0..<samples.rows).map { other in
      zip(samples[row: row], samples[row: other]).reduce(0.0) {
        $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
      }
    }
    let order = (0..<samples.rows).filter { $0 != row }
      .sorted { (distances[$0], $0) < (distances[$1], $1) }
    return Array(order.prefix(count))
  }
}
