#if PETSc
  package import Cyclograd
  import SparseAlgebra

  /// Solves a network that is spread over processes, sample after sample, and differentiates it. All processes call it
  /// alike.
  package final class DistributedSimulator {
    package let slice: NetworkSlice
    package let processes: Processes
    package let options: SolverOptions
    /// The parameters of this process, as ``NetworkSlice/parameters``.
    package private(set) var parameters: [Double]
    let map: SliceOperator
    private let krylov: KrylovSolver
    private let states: DistributedStateSolver
    let adjoints: DistributedAdjointSolver
    /// The columns of inputs, and of outputs, that belong to this process, with the unit or neuron of each.
    let ownInputs: [(column: Int, unit: Int)]
    let ownOutputs: [(column: Int, neuron: Int)]

    /// - Parameter isPartitioned: whether PT-Scotch divides the neurons among processes, not the file's order.
    package init(
      _ slice: NetworkSlice, _ processes: Processes, _ options: SolverOptions,
      isPartitioned: Bool = false
    ) throws {
      self.slice = slice
      self.processes = processes
      self.options = options
      parameters = slice.parameters
      var redistribution: Redistribution?
      if isPartitioned {
        redistribution = try Redistribution(
          slice, GraphPartition(slice, processes).destinations, processes)
      }
      let map = try SliceOperator(slice, processes, redistribution)
      self.map = map
      krylov = try KrylovSolver(map)
      states = DistributedStateSolver(map, krylov, options)
      adjoints = DistributedAdjointSolver(map, krylov, options)
      ownInputs = slice.inputNeurons.enumerated().compactMap { column, neuron in
        map.place(ofFileNumber: Int(neuron)).map { (column, map.map.unit(ofNeuron: $0)) }
      }
      ownOutputs = slice.outputNeurons.enumerated().compactMap { column, neuron in
        map.place(ofFileNumber: Int(neuron)).map { (column, $0) }
      }
    }

    /// Takes other parameters.
    package func set(_ parameters: [Double]) {
      self.parameters = parameters
      map.set(parameters)
    }

    /// The numbers of the network's parts, for reports.
    package var shares: [Share] {
      let neurons = processes.all(map.neuronCount)
      let edges = processes.all(map.columns.count)
      let ghosts = processes.all(map.exchange.ghosts.count)
      let trimmed = processes.all(map.ends.trimmedCount)
      return (0..<processes.count).map {
        Share(
          neurons: neurons[$0], edges: edges[$0], ghosts: ghosts[$0],
          trimmed: trimmed[$0])
      }
    }

    /// The most ghosts that a process would have in the file's order, where PT-Scotch has divided the neurons.
    package var ghostsInFileOrder: Int? { map.redistribution?.ghostsBefore }

    /// What one process holds.
    package struct Share: Sendable {
      /// Its neurons, and the edges that enter them.
      package var neurons: Int
      package var edges: Int
      /// The neurons of other processes whose activations it needs.
      package var ghosts: Int
      /// Its neurons in acyclic ends, which are no part of the system.
      package var trimmed: Int
    }

    // MARK: Equilibria

    /// Finds the equilibrium of each sample, from a = 0 or from given states.
    ///
    /// - Parameters:
    ///   - inputs: samples × inputs, the same on all processes.
    ///   - start: samples or 1 × this process's units; rows that are not finite start from a = 0.
    /// - Throws: ``CyclogradError`` `shape-mismatch` or `invalid-value` for inputs, on all processes; `shape-mismatch` for
    ///   states, on the first process whose states have another shape, and ``Processes/OtherProcessFailed`` on the others.
    package func equilibrium(
      _ inputs: Matrix, start: Matrix? = nil
    ) throws -> DistributedEquilibrium {
      try checked(inputs)
      if let start { try checkStates(start, samples: inputs.rows) }
      var result = DistributedEquilibrium(slice, samples: inputs.rows)
      var starts = start == nil ? HeadStarts(self, inputs) : nil
      for sample in 0..<inputs.rows {
        let head = starts?.state(of: sample)
        setDrive(inputs, sample)
        states.z.update(from: states.drive, count: map.unitCount)
        if let head {
          for (s, value) in head.z.enumerated() { states.z[s] = value }
        }
        if let start {
          let row = outward(Array(start[row: start.rows == 1 ? 0 : sample]))
          if processes.largest(row.allSatisfy(\.isFinite) ? 0 : 1) == 0 {
            for (s, value) in row.enumerated() { states.z[s] = value }
          }
        }
        var evidence = try states.solve()
        evidence.iterations += head?.sweeps ?? 0
        result.take(evidence, state, of: sample)
      }
      try finish(&result)
      return result
    }

    /// Where samples are left by sweeps of several side by side.
    private struct HeadStarts {
      private let simulator: DistributedSimulator
      private let inputs: Matrix
      private let batch: SliceBatch
      private var first = 0
      private var states: [(z: [Double], sweeps: Int)?] = []

      /// Nothing where samples side by side are not worth it.
      init?(_ simulator: DistributedSimulator, _ inputs: Matrix) {
        let map = simulator.map
        let edges = simulator.processes.sum(map.columns.count)
        // Where sweeps are few, they are counted for each sample by itself.
        guard
          SliceBatch.pays(
            samples: inputs.rows, units: simulator.slice.unitCount, edges: edges),
          simulator.options.maximumIterations ?? .max > 2 * SliceBatch.sweepLimit
        else { return nil }
        self.simulator = simulator
        self.inputs = inputs
        batch = SliceBatch(map, tolerance: simulator.options.tolerance)
      }

      /// The state of a sample; samples are asked for in their order.
      mutating func state(of sample: Int) -> (z: [Double], sweeps: Int)? {
        if sample == first + states.count {
          first = sample
          let samples = sample..<min(sample + SliceBatch.lanes, inputs.rows)
          states = batch.run(samples.map { simulator.drive(inputs, $0) })
        }
        return states[sample - first]
      }
    }

    /// b + x̂ of a sample.
    private func drive(_ inputs: Matrix, _ sample: Int) -> [Double] {
      setDrive(inputs, sample)
      return Array(UnsafeBufferPointer(start: states.drive, count: map.unitCount))
    }

    /// Takes given states for the equilibria, if they are.
    ///
    /// - Parameters:
    ///   - inputs: samples × inputs, the same on all processes.
    ///   - given: samples or 1 × this process's units.
    /// - Throws: as ``equilibrium(_:start:)``.
    package func equilibrium(
      _ inputs: Matrix, at given: Matrix
    ) throws -> DistributedEquilibrium {
      try checked(inputs)
      try checkStates(given, samples: inputs.rows)
      var result = DistributedEquilibrium(slice, samples: inputs.rows)
      let r = VectorStorage(count: map.unitCount)
      try withExtendedLifetime(r) {
        for sample in 0..<inputs.rows {
          setDrive(inputs, sample)
          let row = outward(Array(given[row: given.rows == 1 ? 0 : sample]))
          for (s, value) in row.enumerated() { states.z[s] = value }
          let residual = map.residual(states.z, drive: states.drive, into: r.start)
          var evidence = SampleEvidence(status: .converged, residual: residual)
          if !(residual <= options.tolerance) {
            evidence.status = residual.isFinite ? .stalled : .notFinite
            evidence.detail = "the given state leaves a residual of \(residual)"
          }
          result.take(evidence, state, of: sample)
        }
        try finish(&result)
      }
      return result
    }

    private func checked(_ inputs: Matrix) throws {
      guard inputs.columns == slice.inputNeurons.count else {
        throw CyclogradError(
          .shapeMismatch,
          "\(inputs.columns) columns of inputs for a network that has \(slice.inputNeurons.count)",
          advice: "give one column for each input")
      }
      if let index = inputs.elements.firstIndex(where: { !$0.isFinite }) {
        throw CyclogradError(
          .invalidValue, "an input is \(inputs.elements[index])",
          at: .init(subject: "inputs, row \(index / inputs.columns)"),
          advice: "inputs must be finite numbers")
      }
    }

    /// Checks the shape of given states. Each process has units of its own, so that one may fail where others do not:
    /// they agree on it, as those who went on would wait for it for ever.
    private func checkStates(_ states: Matrix, samples: Int) throws {
      try processes.agree {
        let units = slice.units.count
        guard states.columns == units, states.rows == 1 || states.rows == samples else {
          throw CyclogradError(
            .shapeMismatch,
            "the states have \(states.rows) rows and \(states.columns) columns, but there are "
              + "\(samples) samples and \(units) units of this process",
            advice: "give one row for all samples or one for each, and a column for each unit")
        }
      }
    }

    /// A state in the file's order, where it is worked on.
    func outward(_ z: [Double]) -> [Double] { map.redistribution?.outward(z, .units) ?? z }

    /// The state that was found, in the file's order.
    private var state: [Double] {
      let z = Array(UnsafeBufferPointer(start: states.z, count: map.unitCount))
      return map.redistribution?.homeward(z, .units) ?? z
    }

    private func setDrive(_ inputs: Matrix, _ sample: Int) {
      for s in 0..<map.unitCount { states.drive[s] = map.biases[s] }
      for (column, unit) in ownInputs { states.drive[unit] += inputs[sample, column] }
    }

    /// Puts the outputs of all processes together.
    private func finish(_ result: inout DistributedEquilibrium) throws {
      let width = slice.outputNeurons.count
      result.outputs = Matrix(rows: result.sampleCount, columns: width)
      for sample in 0..<result.sampleCount {
        let isGood = result.evidence[sample].status == .converged
        if isGood { activate(result, sample) }
        for (column, neuron) in ownOutputs {
          result.outputs[sample, column] = isGood ? map.activation[neuron] : .nan
        }
      }
      processes.add(&result.outputs.elements)
    }

    /// Computes activations and slopes of a sample, and fetches those of other processes.
    func activate(_ equilibrium: DistributedEquilibrium, _ sample: Int) {
      outward(equilibrium.z[sample]).withUnsafeBufferPointer {
        // A process without neurons has no address, but must take part.
        map.activate($0.baseAddress ?? UnsafePointer(states.z))
      }
    }

    /// The activations of this process's neurons, a row for each sample; NaN without an equilibrium.
    package func activations(_ equilibrium: DistributedEquilibrium) -> [[Double]] {
      (0..<equilibrium.sampleCount).map { sample in
        guard equilibrium.evidence[sample].status == .converged else {
          return [Double](repeating: .nan, count: slice.neurons.count)
        }
        activate(equilibrium, sample)
        let own = Array(UnsafeBufferPointer(start: map.activation, count: map.neuronCount))
        return map.redistribution?.homeward(own, .neurons) ?? own
      }
    }
  }

  /// The states of samples, a process's part of them.
  package struct DistributedEquilibrium {
    /// z of this process's units, for each sample.
    package private(set) var z: [[Double]]
    /// What is known of each sample; the same on all processes.
    package internal(set) var evidence: [SampleEvidence]
    /// samples × outputs, on all processes; NaN for samples that failed.
    package internal(set) var outputs: Matrix

    package var sampleCount: Int { z.count }
    package var isConverged: Bool { evidence.allSatisfy { $0.status == .converged } }

    init(_ slice: NetworkSlice, samples: Int) {
      z = [[Double]](repeating: [], count: samples)
      evidence = [SampleEvidence](
        repeating: SampleEvidence(status: .notApplicable), count: samples)
      outputs = Matrix(rows: samples, columns: slice.outputNeurons.count)
    }

    mutating func take(_ found: SampleEvidence, _ state: [Double], of sample: Int) {
      evidence[sample] = found
      z[sample] = state
    }
  }
#endif
