#if PETSc
  import Cyclograd
  import CyclogradDistributed
  import CyclogradFormats

  /// Parameters of which each process has a part, as the file that `cyclograd` reads. Process 0 holds all of it.
  struct DistributedParametersFile {
    let problem: DistributedArguments.Problem
    let parameters: [Double]

    func write(to path: String, transform: InputTransform?) throws {
      let slice = problem.slice
      let all = try GatheredParameters(problem)
      let values = try all.values(parameters)
      try problem.first {
        try ParametersFile.write(
          Parameters(values), at: all.layout, weightParameterCount: all.weightCount,
          network: slice.name, neurons: slice.neuronCount, transform: transform, to: path)
      }
    }
  }
#endif
