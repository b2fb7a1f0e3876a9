#if PETSc
  import Cyclograd

  /// Some of a process's neurons, with the rows of their units.
  struct SlicePart {
    let map: SliceMap
    /// The units, ascending.
    let rows: [Range<Int>]

    init(_ map: SliceMap, _ neurons: [Range<Int>]) {
      self.map = map.restricted(to: neurons)
      rows = map.units(of: neurons)
    }
  }

  /// The acyclic ends of a network that is spread over processes: neurons that no cycle reaches, and neurons that reach
  /// no cycle. They are no part of the system, and follow from each other one level after the other.
  ///
  /// They are found by rounds: in each, the neurons whose sources, or whose targets, have all been found before. Strongly
  /// connected components between the two ends stay one system.
  struct SliceEnds {
    /// Neurons that no cycle reaches: each level depends on those before alone.
    let sources: [SlicePart]
    /// The system.
    let core: SlicePart
    /// Neurons that reach no cycle: no level feeds one before it, so that states go backwards and adjoints forwards.
    let sinks: [SlicePart]
    /// Whether neurons at places of extended vectors are part of the system.
    let isCore: [Bool]
    /// How many of this process's neurons are in the ends.
    let trimmedCount: Int

    /// Chains that are longer stay in the system, where sweeps do the same.
    static let roundLimit = 64

    /// - Complexity: a product with the pattern of W for each level and two more.
    init(_ map: SliceMap, _ topology: Topology) {
      var state = Rounds(map, topology)
      let sources = state.run { $0.feedCounts() }
      let sinks = state.run { $0.targetCounts() }
      self.sources = sources.map { SlicePart(map, $0) }
      self.sinks = sinks.map { SlicePart(map, $0) }
      isCore = state.extendedMarks
      let own = isCore[topology.exchange.below..<topology.exchange.below + map.neuronCount]
      core = SlicePart(map, Rounds.ranges(Array(own)))
      trimmedCount = own.count { !$0 }
    }

    /// What the rounds look at.
    struct Topology {
      let rowStarts: [Int32]
      let columns: [Int32]
      let exchange: Exchange
      let processes: Processes
    }

    private struct Rounds {
      private let map: SliceMap
      private let topology: Topology
      /// 1 for neurons that are still in, else 0, at places of extended vectors.
      private var marks: [Double]
      private var own: Range<Int> {
        topology.exchange.below..<topology.exchange.below + map.neuronCount
      }

      init(_ map: SliceMap, _ topology: Topology) {
        self.map = map
        self.topology = topology
        marks = [Double](repeating: 1, count: topology.exchange.extent)
      }

      var extendedMarks: [Bool] { marks.map { $0 > 0 } }

      /// Takes out, round by round, the neurons for which nothing is counted.
      mutating func run(_ count: (Rounds) -> [Double]) -> [[Range<Int>]] {
        var levels: [[Range<Int>]] = []
        while levels.count < SliceEnds.roundLimit {
          let counts = count(self)
          let first = own.lowerBound
          var isOut = (0..<map.neuronCount).map { counts[$0] == 0 && marks[first + $0] > 0 }
          // The neurons of a softmax act on each other: they go together.
          for group in map.softmaxGroups where !group.allSatisfy({ isOut[$0] }) {
            for neuron in group { isOut[neuron] = false }
          }
          for neuron in isOut.indices where isOut[neuron] { marks[first + neuron] = 0 }
          let exchange = topology.exchange
          marks.withUnsafeMutableBufferPointer {
            if let start = $0.baseAddress { exchange.fetch(start) }
          }
          guard topology.processes.sum(isOut.count { $0 }) > 0 else { break }
          levels.append(Self.ranges(isOut))
        }
        return levels
      }

      /// How many edges each own neuron gets from neurons that are in.
      func feedCounts() -> [Double] {
        var result = [Double](repeating: 0, count: map.neuronCount)
        map.forEachNeuron { neuron, units in
          for edge in edges(of: units) { result[neuron] += marks[Int(topology.columns[edge])] }
        }
        return result
      }

      /// How many edges lead from each own neuron to neurons that are in.
      func targetCounts() -> [Double] {
        var counts = [Double](repeating: 0, count: topology.exchange.extent)
        map.forEachNeuron { neuron, units in
          guard marks[own.lowerBound + neuron] > 0 else { return }
          for edge in edges(of: units) { counts[Int(topology.columns[edge])] += 1 }
        }
        counts.withUnsafeMutableBufferPointer {
          if let start = $0.baseAddress { topology.exchange.add(start) }
        }
        return Array(counts[own])
      }

      private func edges(of units: Range<Int>) -> Range<Int> {
        Int(topology.rowStarts[units.lowerBound])..<Int(topology.rowStarts[units.upperBound])
      }

      /// The runs of places that are marked.
      static func ranges(_ marks: [Bool]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var start: Int?
        for (place, isMarked) in marks.enumerated() {
          if isMarked, start == nil { start = place }
          if !isMarked, let first = start {
            result.append(first..<place)
            start = nil
          }
        }
        if let start { result.append(start..<marks.count) }
        return result
      }
    }
  }
#endif
