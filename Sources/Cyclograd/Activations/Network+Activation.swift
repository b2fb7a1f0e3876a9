extension Network {
  /// Computes a and the slopes from z for the runs of a range; one sample.
  func activate(
    _ runs: Range<Int32>, z: UnsafePointer<Double>, activation a: UnsafeMutablePointer<Double>,
    slope: UnsafeMutablePointer<Double>
  ) {
    forEachRun(runs) { evaluation, neurons, unit in
      evaluation.evaluate(
        neurons.count, z: z + unit, activation: a + neurons.lowerBound, slope: slope + unit)
    }
  }

  /// Calls `body` with each run's neurons and their first unit.
  @inline(__always)
  func forEachRun(
    _ runs: Range<Int32>,
    _ body: (_ evaluation: UnitEvaluation, _ neurons: Range<Int>, _ firstUnit: Int) -> Void
  ) {
    for index in runs {
      let run = self.runs[Int(index)]
      let neurons = Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)
      body(evaluations[Int(run.group)], neurons, Int(unitStarts[neurons.lowerBound]))
    }
  }
}
