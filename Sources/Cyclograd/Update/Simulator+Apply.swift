#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

extension Simulator {
  /// Changes an equilibrium's parameters and inputs, and brings its states up to date.
  func apply(
    _ changes: [(parameter: Int, value: Double)], _ inputs: Matrix?,
    to equilibrium: inout Equilibrium
  ) throws {
    try check(changes, inputs, against: equilibrium)
    let before = equilibrium.inputs
    for (parameter, value) in changes { equilibrium.parameters.values[parameter] = value }
    if let inputs { equilibrium.inputs = inputs }
    do {
      guard let schedule, equilibrium.sampleCount > 0, network.unitCount > 0 else {
        equilibrium = try self.equilibrium(equilibrium.parameters, inputs: equilibrium.inputs)
        return
      }
      let wasKnown = equilibrium.evidence.map { $0.status == .converged }
      var rest = Array(0..<equilibrium.sampleCount)
      if changes.count <= max(64, network.edgeCount / 16) {
        let units = network.units(using: changes.map(\.parameter))
        rest = try propagate(&equilibrium, schedule, units, before)
      }
      // What was no equilibrium leads anywhere.
      let isWarm = rest.map { wasKnown[$0] && equilibrium.hasFiniteState($0) }
      try solve(zip(rest, isWarm).filter(\.1).map(\.0), of: &equilibrium, isWarm: true)
      let evidence = equilibrium.evidence
      let left = zip(rest, isWarm).filter { !$1 || evidence[$0].status != .converged }
      try solve(left.map(\.0), of: &equilibrium, isWarm: false)
    } catch {
      let given = SampleEvidence(status: .stalled, detail: "the update was given up: \(error)")
      equilibrium.evidence = equilibrium.evidence.map { _ in given }
      throw error
    }
  }

  private func check(
    _ changes: [(parameter: Int, value: Double)], _ inputs: Matrix?,
    against equilibrium: Equilibrium
  ) throws {
    try equilibrium.require(network)
    for (parameter, value) in changes where !value.isFinite {
      throw CyclogradError(
        .invalidValue, "parameter \(parameter) is \(value)",
        at: .init(subject: network.describe(parameter: parameter)),
        advice: "all must be finite numbers")
    }
    guard let inputs else { return }
    try check(inputs)
    guard inputs.rows == equilibrium.sampleCount else {
      throw CyclogradError(
        .shapeMismatch,
        "\(inputs.rows) samples for an equilibrium of \(equilibrium.sampleCount)",
        advice: "give as many rows as before")
    }
  }

  /// Propagates what has changed; returns the samples for which this was too much.
  ///
  /// - Parameters:
  ///   - units: those whose row or bias has changed.
  ///   - before: the inputs before.
  private func propagate(
    _ equilibrium: inout Equilibrium, _ schedule: Schedule, _ units: [Int], _ before: Matrix
  ) throws -> [Int] {
    let known = equilibrium.evidence
    let inputs = equilibrium.inputs
    let evidence = try equilibrium.withNumbers { numbers in
      try forEachGroup(known.count, schedule) { worker, group, context in
        try group.samples.map { index in
          let tooMuch = SampleEvidence(status: .stalled)
          guard known[index].status == .converged, known[index].residual <= options.tolerance
          else { return tooMuch }
          let columns = (0..<inputs.columns).filter { inputs[index, $0] != before[index, $0] }
          if units.isEmpty && columns.isEmpty { return known[index] }
          let outcome = try worker.update(
            numbers.problem(index),
            changed: units + columns.map { Int(network.inputUnits[$0]) },
            after: known[index], options, context)
          guard case .settled(let evidence) = outcome else { return tooMuch }
          return evidence
        }
      }
    }
    equilibrium.evidence = evidence
    return evidence.indices.filter { evidence[$0].status != .converged }
  }

  /// Solves some samples from the states that they have, or from a = 0; what is worse than before is not taken.
  private func solve(
    _ samples: [Int], of equilibrium: inout Equilibrium, isWarm: Bool
  ) throws {
    guard !samples.isEmpty else { return }
    let (count, part) = (equilibrium.sampleCount, samples.count)
    let inputs = Matrix(
      rows: part, columns: equilibrium.inputs.columns,
      elements: samples.flatMap { equilibrium.inputs[row: $0] })
    var start: StartStates?
    if isWarm {
      var z = [Double](repeating: 0, count: network.unitCount * part)
      for s in 0..<network.unitCount {
        for (place, index) in samples.enumerated() {
          z[s * part + place] = equilibrium.z[s * count + index]
        }
      }
      start = StartStates(z: z, count: part)
    }
    let found = try run(equilibrium.parameters, inputs, start, nil) {
      worker, group, batch, context in
      try worker.solve(group, batch, options, context)
    }
    for (place, index) in samples.enumerated() {
      let (before, after) = (equilibrium.evidence[index], found.evidence[place])
      if !isWarm, after.status != .converged, before.residual <= after.residual { continue }
      equilibrium.evidence[index] = after
      for s in 0..<network.unitCount {
        equilibrium.z[s * count + index] = found.z[s * part + place]
      }
      for k in 0..<network.neuronCount {
        equilibrium.activations[k * count + index] = found.activations[k * part + place]
      }
    }
  }
}

extension Equilibrium {
  /// The numbers of all samples, which several threads change, each those of its samples.
  fileprivate struct Numbers: @unchecked Sendable {
    var z: UnsafeMutablePointer<Double>
    var activations: UnsafeMutablePointer<Double>
    var weights: UnsafePointer<Double>
    var parameters: UnsafePointer<Double>
    var inputs: UnsafePointer<Double>?
    var inputCount: Int
    var sampleCount: Int

    func problem(_ index: Int) -> Updater.Problem {
      Updater.Problem(
        weights: weights, parameters: parameters, inputs: inputs.map { $0 + index * inputCount },
        z: z + index, activation: activations + index, stride: sampleCount)
    }
  }

  /// Calls `body` with the numbers in place: nothing is copied if nobody else holds them.
  fileprivate mutating func withNumbers<Result>(
    _ body: (Numbers) throws -> Result
  ) rethrows -> Result {
    let weights = network.weights(parameters)
    let (parameters, inputs, count) = (parameters.values, inputs, sampleCount)
    let columns = inputs.columns
    return try z.withUnsafeMutableBufferPointer { z in
      try activations.withUnsafeMutableBufferPointer { activations in
        try weights.withUnsafeBufferPointer { weights in
          try parameters.withUnsafeBufferPointer { parameters in
            try inputs.elements.withUnsafeBufferPointer { inputs in
              try body(
                Numbers(
                  z: z.baseAddress!, activations: activations.baseAddress!,
                  weights: weights.baseAddress!, parameters: parameters.baseAddress!,
                  inputs: inputs.baseAddress, inputCount: columns, sampleCount: count))
            }
          }
        }
      }
    }
  }

  fileprivate func hasFiniteState(_ index: Int) -> Bool {
    (0..<network.unitCount).allSatisfy { z[$0 * sampleCount + index].isFinite }
  }
}

extension Parameters {
  /// Where other parameters differ, as many as these, and what they are there.
  func changes(to other: Parameters) -> [(parameter: Int, value: Double)] {
    var result: [(parameter: Int, value: Double)] = []
    values.withUnsafeBufferPointer { old in
      other.values.withUnsafeBufferPointer { new in
        guard let old = old.baseAddress, let new = new.baseAddress, old != new else { return }
        // Most blocks are the same, bit for bit.
        let size = 1024
        for first in stride(from: 0, to: values.count, by: size) {
          let block = first..<min(first + size, values.count)
          let bytes = block.count * MemoryLayout<Double>.stride
          if memcmp(old + first, new + first, bytes) == 0 { continue }
          for index in block where old[index] != new[index] {
            result.append((index, new[index]))
          }
        }
      }
    }
    return result
  }
}

extension Network {
  /// The units in whose rows or biases some parameters are, each once, ascending.
  fileprivate func units(using parameters: [Int]) -> [Int] {
    guard !parameters.isEmpty else { return [] }
    var result = Set<Int>()
    let weights = parameters.filter { $0 < weightParameterCount }
    if let edgeParameter, !weights.isEmpty {
      let chosen = Set(weights.map { Int32($0) })
      for s in 0..<unitCount {
        let row = inEdges(of: s)
        if row.contains(where: { chosen.contains(edgeParameter[$0]) }) { result.insert(s) }
      }
    } else {
      for edge in weights {
        let s = (0..<unitCount).partitioningIndex { inEdges(of: $0).upperBound > edge }
        result.insert(s)
      }
    }
    if weights.count < parameters.count {
      let chosen = Set(parameters.map { Int32($0) })
      for s in 0..<unitCount where chosen.contains(biasParameter[s]) { result.insert(s) }
    }
    return result.sorted()
  }
}
