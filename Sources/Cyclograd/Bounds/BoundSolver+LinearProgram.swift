extension BoundSolver {
  /// Bounds by multipliers that a linear program has found on the box as it is.
  func takeLinearProgram(
    _ bounds: SampleBounds, _ request: Request, _ answer: inout Answer
  ) throws {
    let relaxation = try LinearRelaxation(bounds)
    let terms = DualTerms(bounds)
    for (index, functional) in request.functionals.enumerated() {
      var found = Interval.everything
      if let best = relaxation.maximum(of: functional) {
        found.upper = terms.upperBound(best.multipliers)
      }
      if !request.isOneSided, let best = relaxation.maximum(of: functional.negated) {
        found.lower = -terms.upperBound(best.multipliers)
      }
      answer.take(index, found, by: .lp)
    }
  }

  /// The inputs that look worst for each functional, those of the largest bound first.
  ///
  /// Multipliers say in which direction each input moves a bound; a linear program has inputs of its own.
  ///
  /// - Parameter usesProgram: whether a linear program is asked, or the slopes' adjoint.
  /// - Throws: ``NoCertificate``, ``EmptyBox``
  func worstInputs(
    _ start: Start, _ functionals: [Functional], usesProgram: Bool
  ) throws -> [WorstInput] {
    var bounds = start.bounds
    try bounds.propagate()
    var found: [WorstInput] = []
    if usesProgram {
      let relaxation = try LinearRelaxation(bounds)
      let terms = DualTerms(bounds)
      for functional in functionals where !functional.neurons.isEmpty {
        guard let best = relaxation.maximum(of: functional) else { continue }
        found.append(
          WorstInput(
            bound: terms.upperBound(best.multipliers),
            direction: zip(best.input, bounds.inputs.center).map { $0 - $1 }, input: best.input))
      }
    } else {
      let system = try SlopeSystem(bounds, linear, of: functionals, bounds.chordSlopes())
      try system.narrowByDuality(&bounds, rounds: 1)
      let search = DualSearch(system, DualTerms(bounds))
      var room = Multipliers(units: network.unitCount, neurons: network.neuronCount)
      for (index, functional) in functionals.enumerated() where !functional.neurons.isEmpty {
        let best = search.bound(index, sign: 1, descents: 40, room: &room)
        let multipliers = system.rows.sum(index, best.steps)
        found.append(
          WorstInput(
            bound: best.upper, direction: network.inputUnits.map { multipliers.g[Int($0)] }))
      }
    }
    return found.sorted { $0.bound > $1.bound }
  }

  /// An input, or where to go.
  struct WorstInput: Sendable {
    /// The bound of the functional.
    var bound: Double
    /// The sign says to which end each input goes.
    var direction: [Double]
    /// An input that need not be a corner.
    var input: [Double]?
  }
}
