/// Activations, and products with their derivatives, of neighbouring neurons in the file's order. Vectors over units and
/// neurons begin with the first of them.
package struct SliceMap: Sendable {
  private struct Run {
    var evaluation: UnitEvaluation
    var neurons: Range<Int>
    var firstUnit: Int
  }

  private let runs: [Run]
  package let neuronCount: Int
  package let unitCount: Int

  init(_ layout: GraphLayout, _ neurons: Range<Int>) {
    let firstUnit = layout.units(of: neurons).lowerBound
    var runs: [Run] = []
    for entry in layout.entries {
      let part = neurons.clamped(to: entry.firstNeuron..<entry.firstNeuron + entry.size)
      guard !part.isEmpty else { continue }
      runs.append(
        Run(
          evaluation: UnitEvaluation(entry.group),
          neurons: part.lowerBound - neurons.lowerBound..<part.upperBound - neurons.lowerBound,
          firstUnit: entry.firstUnit
            + (part.lowerBound - entry.firstNeuron) * entry.unitsPerNeuron - firstUnit))
    }
    self.runs = runs
    neuronCount = neurons.count
    unitCount = layout.units(of: neurons).count
  }

  /// Whether a group's neurons act on each other other than by edges.
  package var hasSoftmax: Bool { runs.contains { $0.evaluation.isSoftmax } }

  /// Computes activations and slopes from z.
  package func evaluate(
    z: UnsafePointer<Double>, activation: UnsafeMutablePointer<Double>,
    slope: UnsafeMutablePointer<Double>
  ) {
    for run in runs {
      run.evaluation.evaluate(
        run.neurons.count, z: z + run.firstUnit, activation: activation + run.neurons.lowerBound,
        slope: slope + run.firstUnit)
    }
  }

  /// d = D λ.
  package func multiply(
    slope: UnsafePointer<Double>, by lambda: UnsafePointer<Double>,
    into d: UnsafeMutablePointer<Double>
  ) {
    for run in runs {
      run.evaluation.multiply(
        run.neurons.count, lanes: 1, slope: slope + run.firstUnit,
        by: lambda + run.neurons.lowerBound, into: d + run.firstUnit)
    }
  }

  /// δa = Dᵀ δz.
  package func multiplyTransposed(
    slope: UnsafePointer<Double>, by change: UnsafePointer<Double>,
    into activation: UnsafeMutablePointer<Double>
  ) {
    for run in runs {
      run.evaluation.multiplyTransposed(
        run.neurons.count, lanes: 1, slope: slope + run.firstUnit, by: change + run.firstUnit,
        into: activation + run.neurons.lowerBound)
    }
  }

  /// max_s Σₖ |∂aₖ/∂z_s| |λₖ| over softmax groups: what rounding errors in D λ are relative to where its terms cancel.
  package func largestCancelling(
    slope: UnsafePointer<Double>, by lambda: UnsafePointer<Double>
  ) -> Double {
    var largest = 0.0
    for run in runs {
      run.evaluation.extendCancelling(
        &largest, run.neurons.count, lanes: 1, slope: slope + run.firstUnit,
        by: lambda + run.neurons.lowerBound)
    }
    return largest
  }

  /// How many neurons stand on a kink of their activation.
  package func kinkCount(z: UnsafePointer<Double>) -> Int {
    var count = 0
    for run in runs {
      run.evaluation.countKinks(run.neurons.count, lanes: 1, z: z + run.firstUnit, into: &count)
    }
    return count
  }

  /// The range of units of each neuron, one after the other: how many units it has.
  package func forEachNeuron(_ body: (_ neuron: Int, _ units: Range<Int>) -> Void) {
    for run in runs {
      let units = run.evaluation.unitsPerNeuron
      for (place, neuron) in run.neurons.enumerated() {
        let first = run.firstUnit + place * units
        body(neuron, first..<first + units)
      }
    }
  }
}
