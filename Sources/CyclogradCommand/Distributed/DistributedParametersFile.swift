#if PETSc
  import Cyclograd
  import CyclogradDistributed
  import CyclogradFormats

  /// Parameters of which each process has a part, as the file that `cyclograd` reads. Process 0 holds all of it.
  struct DistributedParametersFile {
    let problem: DistributedArguments.Problem
    let parameters: [Double]

    func write(to path: String, transform: InputTransform?) throws {
      let (slice, processes) = (problem.slice, problem.processes)
      let own = parameters.count - slice.tiedCount
      // Parameters of all processes are numbered one after the other, those of ties last.
      let counts = processes.all(own)
      let before = counts[..<processes.rank].reduce(0, +)
      let all = counts.reduce(0, +)
      func number(_ parameter: Int32) -> Int32 {
        Int32(Int(parameter) < own ? before + Int(parameter) : all + Int(parameter) - own)
      }
      let edges = (slice.edgeParameter ?? (0..<Int32(slice.columns.count)).map { $0 }).map(number)
      let columns = try gathered(slice.columns)
      let lengths = try gathered(
        (0..<slice.units.count).map { slice.rowStarts[$0 + 1] - slice.rowStarts[$0] })
      let weights = try gathered(edges)
      let biases = try gathered(slice.biasParameter.map(number))
      let weightFactors = try gathered(slice.edgeFactors)
      let biasFactors = try gathered(slice.biasFactors)
      let values = try gathered(Array(parameters[..<own])) + parameters[own...]
      let weightCount = processes.sum(slice.ownWeightCount) + slice.tiedWeightCount
      try problem.first {
        var starts = [0]
        for length in lengths { starts.append(starts[starts.count - 1] + Int(length)) }
        try ParametersFile.write(
          Parameters(values),
          at: ParameterLayout(
            rowStarts: starts, columns: columns, weights: weights, biases: biases,
            weightFactors: weightFactors, biasFactors: biasFactors),
          weightParameterCount: weightCount, network: slice.name, neurons: slice.neuronCount,
          transform: transform, to: path)
      }
    }

    /// The parts of all processes, on process 0.
    private func gathered<Number: BitwiseCopyable>(_ part: [Number]) throws -> [Number] {
      var result: [Number] = []
      var isGiven = false
      try problem.processes.stream({
        defer { isGiven = true }
        return isGiven ? nil : part
      }) { result += $0 }
      return result
    }
  }
#endif
