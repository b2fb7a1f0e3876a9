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

  /// The map of some neurons by their numbers in the file, ascending; those of a softmax all or none.
  init(_ layout: GraphLayout, numbers: [Int32]) {
    var runs: [Run] = []
    var (place, unit) = (0, 0)
    while place < numbers.count {
      let entry = layout.entries[layout.locate(neuron: Int(numbers[place])).group]
      var end = place + 1
      while end < numbers.count, Int(numbers[end]) < entry.firstNeuron + entry.size { end += 1 }
      runs.append(
        Run(evaluation: UnitEvaluation(entry.group), neurons: place..<end, firstUnit: unit))
      unit += (end - place) * entry.unitsPerNeuron
      place = end
    }
    self.init(runs, neuronCount: numbers.count, unitCount: unit)
  }

  private init(_ runs: [Run], neuronCount: Int, unitCount: Int) {
    self.runs = runs
    self.neuronCount = neuronCount
    self.unitCount = unitCount
  }

  /// The same map for some of the neurons alone, ascending: those of a softmax all or none. Vectors are as before.
  package func restricted(to neurons: [Range<Int>]) -> SliceMap {
    var parts: [Run] = []
    for run in runs {
      for range in neurons where range.overlaps(run.neurons) {
        let part = range.clamped(to: run.neurons)
        parts.append(
          Run(
            evaluation: run.evaluation, neurons: part,
            firstUnit: run.firstUnit
              + (part.lowerBound - run.neurons.lowerBound) * run.evaluation.unitsPerNeuron))
      }
    }
    return SliceMap(parts, neuronCount: neuronCount, unitCount: unitCount)
  }

  /// The first unit of a neuron.
  package func unit(ofNeuron neuron: Int) -> Int {
    guard let run = runs.first(where: { $0.neurons.contains(neuron) }) else { return unitCount }
    return run.firstUnit + (neuron - run.neurons.lowerBound) * run.evaluation.unitsPerNeuron
  }

  /// The units of some neurons, ascending, neighbours together.
  package func units(of neurons: [Range<Int>]) -> [Range<Int>] {
    var result: [Range<Int>] = []
    restricted(to: neurons).forEachRun { units in
      if let last = result.last, last.upperBound == units.lowerBound {
        result[result.count - 1] = last.lowerBound..<units.upperBound
      } else {
        result.append(units)
      }
    }
    return result
  }

  private func forEachRun(_ body: (_ units: Range<Int>) -> Void) {
    for run in runs {
      body(
        run.firstUnit..<run.firstUnit + run.neurons.count * run.evaluation.unitsPerNeuron)
    }
  }

  /// The neurons of each group that act on each other other than by edges.
  package var softmaxGroups: [Range<Int>] {
    runs.filter(\.evaluation.isSoftmax).map(\.neurons)
  }

  /// Whether a group's neurons act on each other other than by edges.
  package var hasSoftmax: Bool { runs.contains { $0.evaluation.isSoftmax } }

  /// Computes activations and slopes from z.
  package func evaluate(
    z: UnsafePointer<Double>, activation: UnsafeMutablePointer<Double>,
    slope: UnsafeMutablePointer<Double>, lanes: Int = 1
  ) {
    for run in runs {
      run.evaluation.evaluate(
        run.neurons.count, lanes: lanes, z: z + run.firstUnit * lanes,
        activation: activation + run.neurons.lowerBound * lanes,
        slope: slope + run.firstUnit * lanes)
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
