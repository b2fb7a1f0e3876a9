import SparseAlgebra

/// The pairs of L-BFGS: steps s = w − w₋ and the changes y = g − g₋ that they made, the newest last.
struct QuasiNewtonMemory {
  private(set) var steps: [[Double]] = []
  private(set) var changes: [[Double]] = []
  /// The point and gradient of the step before; `nil` before the first.
  private(set) var last: (point: [Double], gradient: [Double])?
  let limit: Int

  /// A memory without pairs.
  init(limit: Int) { self.limit = limit }

  /// Reads the memory as ``OptimizerState`` keeps it; pairs that are not there yet are zero.
  init(_ memory: [Double], limit: Int, count: Int, hasLast: Bool) {
    self.limit = limit
    func slot(_ index: Int) -> [Double] { Array(memory[index * count..<(index + 1) * count]) }
    if hasLast { last = (slot(0), slot(1)) }
    for index in 0..<limit {
      let (s, y) = (slot(2 + index), slot(2 + limit + index))
      guard dot(s, y) > 0 else { continue }
      steps.append(s)
      changes.append(y)
    }
  }

  /// As ``OptimizerState`` keeps it.
  func memory(count: Int) -> [Double] {
    let empty = [Double](repeating: 0, count: count)
    func padded(_ vectors: [[Double]]) -> [Double] {
      vectors.flatMap { $0 } + (vectors.count..<limit).flatMap { _ in empty }
    }
    return (last?.point ?? empty) + (last?.gradient ?? empty) + padded(steps) + padded(changes)
  }

  /// Takes in a point and its gradient; a pair that shows no upward curvature is left out.
  mutating func add(_ point: [Double], _ gradient: [Double]) {
    if let last {
      let s = zip(point, last.point).map { $0 - $1 }
      let y = zip(gradient, last.gradient).map { $0 - $1 }
      if dot(s, y) > 1e-10 * (dot(s, s) * dot(y, y)).squareRoot() {
        steps.append(s)
        changes.append(y)
        if steps.count > limit {
          steps.removeFirst()
          changes.removeFirst()
        }
      }
    }
    last = (point, gradient)
  }

  /// Forgets the pairs.
  mutating func reset() {
    steps = []
    changes = []
  }

  /// −H g by the two loops over the pairs (Nocedal & Wright 2006, algorithm 7.4), where H begins
  /// as (s · y) / (y · y) of the newest pair.
  func direction(_ gradient: [Double]) -> [Double] {
    var q = gradient
    var factors = [Double](repeating: 0, count: steps.count)
    for index in steps.indices.reversed() {
      factors[index] = dot(steps[index], q) / dot(steps[index], changes[index])
      for k in q.indices { q[k] -= factors[index] * changes[index][k] }
    }
    if let s = steps.last, let y = changes.last {
      let scale = dot(s, y) / dot(y, y)
      for k in q.indices { q[k] *= scale }
    }
    for index in steps.indices {
      let beta = dot(changes[index], q) / dot(steps[index], changes[index])
      for k in q.indices { q[k] += (factors[index] - beta) * steps[index][k] }
    }
    return q.map { -$0 }
  }
}
