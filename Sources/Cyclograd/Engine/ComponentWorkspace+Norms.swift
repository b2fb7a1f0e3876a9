extension ComponentWorkspace {
  /// min(‖W‖₁, ‖W‖∞) over the edges within the component, found once for all samples of the same weights.
  ///
  /// - Complexity: O(edges) where it is not known.
  var weightNorm: Double {
    if let knownWeightNorm, knownWeightNorm.call == state.callCount { return knownWeightNorm.value }
    let value = withScratch { rows in
      withNeuronScratch { columns in
        rows.update(repeating: 0)
        columns.update(repeating: 0)
        forEachEdge { source, target, weight in
          columns[source] += abs(weight)
          rows[target] += abs(weight)
        }
        return min(rows.max() ?? 0, columns.max() ?? 0)
      }
    }
    knownWeightNorm = (state.callCount, value)
    return value
  }

  /// Whether sweeps contract wherever the state is, in the norm of maxima or that of sums: then there is one equilibrium, and
  /// whatever method is fastest may look for it.
  var isContraction: Bool {
    component.lipschitzConstant.map { $0 * weightNorm < 1 } ?? false
  }

  /// max |slope| · ``weightNorm``, which is at least ‖D Wᵀ‖ in the norm of maxima or that of sums; infinite where neurons
  /// have no slope of their own. It reads no edge for a sample.
  ///
  /// - Parameters:
  ///   - slope: those of a sample, from the component's first unit on.
  ///   - stride: how far apart they are.
  func stepNorm(_ slope: UnsafePointer<Double>, stride: Int) -> Double {
    guard component.isElementwise else { return .infinity }
    var largest = 0.0
    for s in 0..<unitCount { largest = max(largest, abs(slope[s * stride])) }
    return largest * weightNorm
  }
}
