import SparseAlgebra

/// Conjugate gradients for B p = −g, where B is known by its products (Nocedal & Wright 2006, algorithm 7.1).
///
/// Where B turns out to have a direction of negative curvature, the iteration ends with what it has.
struct ConjugateGradients {
  /// How large the residual may be, relative to g.
  var tolerance: Double
  /// How many products there are at most.
  var limit: Int

  /// What was found.
  struct Result {
    /// p.
    var step: [Double]
    /// B p.
    var image: [Double]
    /// How many products it took.
    var products: Int
    /// Whether B was found to be indefinite.
    var isIndefinite: Bool
  }

  func solve(_ gradient: [Double], _ product: ([Double]) throws -> [Double]) rethrows -> Result {
    let zero = [Double](repeating: 0, count: gradient.count)
    var result = Result(step: zero, image: zero, products: 0, isIndefinite: false)
    var residual = gradient
    var direction = gradient.map { -$0 }
    var square = dot(residual, residual)
    let target = tolerance * tolerance * square
    while square > target, result.products < limit {
      let image = try product(direction)
      result.products += 1
      let curvature = dot(direction, image)
      guard curvature > 0 else {
        result.isIndefinite = true
        if result.products == 1 { (result.step, result.image) = (direction, image) }
        return result
      }
      let length = square / curvature
      for k in residual.indices {
        result.step[k] += length * direction[k]
        result.image[k] += length * image[k]
        residual[k] += length * image[k]
      }
      let next = dot(residual, residual)
      for k in residual.indices { direction[k] = next / square * direction[k] - residual[k] }
      square = next
    }
    return result
  }
}
