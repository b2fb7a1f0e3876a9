import SparseAlgebra

#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

extension ComponentWorkspace {
  /// Room for Anderson mixing of vectors over units.
  func mixing(_ window: Int) -> AndersonMixing { memory.mixing(window, state.context) }

  /// An estimate of ‖(I − W Dᵀ)⁻¹‖ at the state of the last ``activate()``, where z may have run away: in the
  /// direction of what neurons send to each other, pulled by power iteration towards the one that W Dᵀ leaves
  /// alone; and where that looks suspicious, 1 / |1 − θ| for Ritz values θ of that start.
  func inverseNormEstimate() -> Double {
    withScratch { product in
      withNeuronScratch { change in
        var v = zip(z, drive).map { $0 - $1 }
        let result = powerEstimate(&v, product, change)
        guard result > 10, result.isFinite else { return result }
        let values = try? ArnoldiEstimate(steps: 30).ritzValues(from: v) { vector, next in
          multiply(vector, change, into: product)
          for s in next.indices { next[s] = product[s] }
        }
        return (values ?? []).reduce(result) { largest, value in
          let gap = hypot(1 - value.real, value.imaginary)
          return max(largest, gap > 0 ? 1 / gap : .infinity)
        }
      }
    }
  }

  private func powerEstimate(_ v: inout [Double], _ product: Vector, _ change: Vector) -> Double {
    var result = 1.0
    for _ in 0..<4 {
      multiply(v, change, into: product)
      var norm = 0.0
      var rest = 0.0
      var next = 0.0
      for s in v.indices {
        norm += v[s] * v[s]
        rest += (v[s] - product[s]) * (v[s] - product[s])
        next += product[s] * product[s]
      }
      guard norm > 0 else { return result }
      result = max(result, rest > 0 ? (norm / rest).squareRoot() : .infinity)
      guard next > 0, next.isFinite else { return result }
      for s in v.indices { v[s] = product[s] / next.squareRoot() }
    }
    return result
  }

  /// product = W Dᵀ v
  private func multiply(_ v: [Double], _ change: Vector, into product: Vector) {
    for s in v.indices { product[s] = v[s] }
    multiplyTransposedSlopes(by: product, into: change)
    product.update(repeating: 0)
    addInnerProduct(of: change, to: product)
  }
}
