/// What a term of the objective was worth in a step: a loss of a sum of them, or a regulariser.
public struct TermValue: Hashable, Sendable {
  /// What it is called in logs, such as `0.5 · absolute-error(y)` or ``Regulariser/name``.
  public var name: String
  /// Its value before the update, with its weight.
  public var value: Double

  /// A value of a term.
  public init(name: String, value: Double) { (self.name, self.value) = (name, value) }
}

extension [TermValue] {
  /// The same with a number after each name that occurred before, as names are keys in logs.
  var distinct: [TermValue] {
    var seen: [String: Int] = [:]
    return map { term in
      let count = (seen[term.name] ?? 0) + 1
      seen[term.name] = count
      return count == 1 ? term : TermValue(name: "\(term.name) #\(count)", value: term.value)
    }
  }

  /// Takes a part of a batch into a running mean, where `share` is its share of the samples so far.
  mutating func average(with part: [TermValue], share: Double) {
    for index in part.indices {
      self[index].value += share * (part[index].value - self[index].value)
    }
  }
}

extension Objective {
  /// The means over the samples of the terms that a sum of losses has, with their weights; none for other objectives.
  ///
  /// - Parameters:
  ///   - equilibrium: of some of the samples.
  ///   - rows: which they are.
  func termMeans(at equilibrium: Equilibrium, rows: [Int]) -> [TermValue] {
    guard let (loss, targets) = meanLoss, let sum = loss as? CompositeLoss, !rows.isEmpty else {
      return []
    }
    return sum.termMeans(outputs: equilibrium.outputs, targets: targets.selecting(rows: rows))
  }
}

extension CompositeLoss {
  /// The mean over the samples of each term, with its weight.
  ///
  /// - Parameter targets: as ``prepare(_:samples:outputs:)`` gave them.
  /// - Complexity: O(terms · samples · outputs).
  func termMeans(outputs: Matrix, targets: Matrix) -> [TermValue] {
    let rows = Array(0..<outputs.rows)
    func part(_ matrix: Matrix, _ columns: some Collection<Int>) -> Matrix {
      Matrix(
        rows: rows.count, columns: columns.count,
        elements: rows.flatMap { row in columns.map { matrix[row, $0] } })
    }
    return zip(terms, parts).map { term, own in
      let values = own.loss.values(
        rows: rows, outputs: part(outputs, own.outputs), targets: part(targets, own.targets))
      return TermValue(
        name: term.name, value: own.weight * values.reduce(0, +) / Double(rows.count))
    }.distinct
  }
}
