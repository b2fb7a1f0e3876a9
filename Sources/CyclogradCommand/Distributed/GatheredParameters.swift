#if PETSc
  import Cyclograd
  import CyclogradDistributed

  /// Where the parameters of all processes act, and what is known of each, put together on process 0, which holds all of
  /// it; the others have nothing.
  struct GatheredParameters {
    /// Parameters of all processes are numbered one after the other, those of ties last.
    let layout: ParameterLayout
    let weightCount: Int
    private let problem: DistributedArguments.Problem

    init(_ problem: DistributedArguments.Problem) throws {
      self.problem = problem
      let (slice, processes) = (problem.slice, problem.processes)
      let own = slice.parameters.count - slice.tiedCount
      let counts = processes.all(own)
      let before = counts[..<processes.rank].reduce(0, +)
      let all = counts.reduce(0, +)
      func number(_ parameter: Int32) -> Int32 {
        Int32(Int(parameter) < own ? before + Int(parameter) : all + Int(parameter) - own)
      }
      let edges = (slice.edgeParameter ?? (0..<Int32(slice.columns.count)).map { $0 }).map(number)
      let columns = try Self.gathered(slice.columns, processes)
      let lengths = try Self.gathered(
        (0..<slice.units.count).map { slice.rowStarts[$0 + 1] - slice.rowStarts[$0] }, processes)
      var starts = [0]
      for length in lengths { starts.append(starts[starts.count - 1] + Int(length)) }
      layout = ParameterLayout(
        rowStarts: starts, columns: columns, weights: try Self.gathered(edges, processes),
        biases: try Self.gathered(slice.biasParameter.map(number), processes),
        weightFactors: try Self.gathered(slice.edgeFactors, processes),
        biasFactors: try Self.gathered(slice.biasFactors, processes))
      weightCount = processes.sum(slice.ownWeightCount) + slice.tiedWeightCount
    }

    /// One number for each parameter, of which every process gives its own.
    func values(_ own: [Double]) throws -> [Double] {
      let tied = own.count - problem.slice.tiedCount
      return try Self.gathered(Array(own[..<tied]), problem.processes) + own[tied...]
    }

    private static func gathered<Number: BitwiseCopyable>(
      _ part: [Number], _ processes: Processes
    ) throws -> [Number] {
      var result: [Number] = []
      var isGiven = false
      try processes.stream({
        defer { isGiven = true }
        return isGiven ? nil : part
      }) { result += $0 }
      return result
    }
  }
#endif
