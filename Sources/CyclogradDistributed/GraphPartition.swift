#if PETSc
  import CPETScEngine
  import Cyclograd

  /// Divides the neurons of a network among processes such that few edges lead from one to another, by PT-Scotch.
  ///
  /// François Pellegrini, Cédric Chevalier, PT-Scotch: a tool for efficient parallel graph ordering, Parallel Computing
  /// 34 (2008).
  struct GraphPartition {
    /// The process for each of this process's neurons.
    let destinations: [Int32]

    /// What a unit costs in a sweep, counted in edges.
    private static let edgesPerUnit = 4

    /// - Throws: ``CyclogradError`` `linear-solver` where PETSc has no PT-Scotch, or fails.
    /// - Complexity: some 32 bytes for each of this process's edges while it is at work.
    init(_ slice: NetworkSlice, _ processes: Processes) throws {
      if let reason = cpe_partition_refusal() {
        throw CyclogradError(
          .linearSolver, "--partition: \(String(cString: reason))",
          advice:
            "install a PETSc with PT-Scotch, such as libpetsc-real-dev of Debian, or leave it out")
      }
      let map = slice.map
      let (starts, neighbours) = Self.neighbours(slice, map, processes)
      var costs = [Int32](repeating: 0, count: map.neuronCount)
      map.forEachNeuron { neuron, units in
        let edges = slice.rowStarts[units.upperBound] - slice.rowStarts[units.lowerBound]
        costs[neuron] = edges + Int32(Self.edgesPerUnit * units.count)
      }
      var result = [Int32](repeating: 0, count: map.neuronCount + 1)
      try Processes.check(
        cpe_partition(Int32(map.neuronCount), starts, neighbours, costs, &result))
      result.removeLast()
      // What acts on each other without edges stays together.
      for group in map.softmaxGroups {
        for neuron in group { result[neuron] = result[group.lowerBound] }
      }
      destinations = result
    }

    /// The neurons that feed each own neuron or are fed by it, ascending, without itself: the graph as PT-Scotch wants it.
    private static func neighbours(
      _ slice: NetworkSlice, _ map: SliceMap, _ processes: Processes
    ) -> (starts: [Int32], neighbours: [Int32]) {
      let first = Int32(slice.neurons.lowerBound)
      // Each edge, as source and target, to the process of its source.
      var outgoing = [[Int32]](repeating: [], count: processes.count)
      var pairs: [Int] = []
      pairs.reserveCapacity(2 * slice.columns.count)
      map.forEachNeuron { neuron, units in
        let target = first + Int32(neuron)
        for edge in Int(slice.rowStarts[units.lowerBound])..<Int(slice.rowStarts[units.upperBound])
        where slice.columns[edge] != target {
          let source = slice.columns[edge]
          pairs.append(Int(target) << 32 | Int(source))
          let owner = slice.owner(ofNeuron: Int(source))
          outgoing[owner].append(source)
          outgoing[owner].append(target)
        }
      }
      let counts = outgoing.map(\.count)
      let (incoming, _) = processes.deal(Array(outgoing.joined()), counts)
      outgoing = []
      for place in stride(from: 0, to: incoming.count, by: 2) {
        pairs.append(Int(incoming[place]) << 32 | Int(incoming[place + 1]))
      }
      pairs.sort()
      var starts = [Int32](repeating: 0, count: map.neuronCount + 1)
      var neighbours: [Int32] = []
      var last = -1
      for pair in pairs where pair != last {
        last = pair
        starts[(pair >> 32) - Int(first) + 1] += 1
        neighbours.append(Int32(truncatingIfNeeded: pair & 0xFFFF_FFFF))
      }
      for neuron in 0..<map.neuronCount { starts[neuron + 1] += starts[neuron] }
      return (starts, neighbours)
    }
  }
#endif
