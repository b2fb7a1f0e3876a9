#if PETSc
  import Cyclograd

  /// Neurons that are dealt out among processes otherwise than in the file's order.
  ///
  /// Samples, parameters and answers stay in the file's order. Rows of W are computed with where they were sent; there, neurons
  /// are numbered process by process, and within one in the file's order.
  final class Redistribution {
    /// The neurons that are worked on here: their numbers among all in the order of the work, and in the file.
    let neurons: Range<Int>
    let fileNumbers: [Int32]
    /// Their rows, with sources in the order of the work.
    let rowStarts: [Int32]
    let columns: [Int32]
    let map: SliceMap
    /// The most neurons of others that a process would need in the file's order.
    let ghostsBefore: Int

    private let processes: Processes
    /// This process's neurons of the file, by their destinations.
    private let order: [Int32]
    /// For each edge in the order of the work, its place among those that have come.
    private let arrivals: [Int32]
    /// Where the units of each neuron begin, and the edges of each unit, in the file's order.
    private let firstUnit: [Int32]
    private let fileRowStarts: [Int32]
    /// How many neurons, units and edges go to each process, and come from each.
    private let sent: [Count]
    private let received: [Count]

    private struct Count {
      var neurons = 0
      var units = 0
      var edges = 0
    }

    /// What there is a number of.
    enum Item { case neurons, units, edges }

    /// - Complexity: n log n in the edges of a row; 12 bytes for each are kept here, besides those in the file's order.
    init(_ slice: NetworkSlice, _ destinations: [Int32], _ processes: Processes) throws {
      self.processes = processes
      let fileMap = slice.map
      var firstUnit = [Int32](repeating: 0, count: fileMap.neuronCount + 1)
      var sent = [Count](repeating: Count(), count: processes.count)
      fileMap.forEachNeuron { neuron, units in
        firstUnit[neuron + 1] = Int32(units.upperBound)
        let destination = Int(destinations[neuron])
        sent[destination].neurons += 1
        sent[destination].units += units.count
        sent[destination].edges += Int(
          slice.rowStarts[units.upperBound] - slice.rowStarts[units.lowerBound])
      }
      let order = (0..<Int32(fileMap.neuronCount)).sorted {
        (destinations[Int($0)], $0) < (destinations[Int($1)], $1)
      }
      self.order = order
      (self.firstUnit, fileRowStarts, self.sent) = (firstUnit, slice.rowStarts, sent)
      received = Self.answer(sent, processes)

      // How the neurons are numbered where they go.
      let totals = processes.all(received.reduce(0) { $0 + $1.neurons })
      let starts = totals.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
      neurons = starts[processes.rank]..<starts[processes.rank + 1]
      let before = Self.before(sent.map(\.neurons), processes)
      var places = zip(starts, before).map { $0 + $1 }
      var numbers = [Double](repeating: 0, count: fileMap.neuronCount)
      for neuron in order {
        let destination = Int(destinations[Int(neuron)])
        numbers[Int(neuron)] = Double(places[destination])
        places[destination] += 1
      }
      var columns = slice.columns
      let exchange = try Exchange(&columns, own: slice.neurons)
      ghostsBefore = processes.all(exchange.ghosts.count).max() ?? 0
      var extended = [Double](repeating: 0, count: exchange.extent)
      extended.replaceSubrange(exchange.below..<exchange.below + numbers.count, with: numbers)
      extended.withUnsafeMutableBufferPointer {
        if let start = $0.baseAddress { exchange.fetch(start) }
      }
      for edge in columns.indices { columns[edge] = Int32(extended[Int(columns[edge])]) }

      // What is sent once and for all.
      let first = Int32(slice.neurons.lowerBound)
      fileNumbers = processes.deal(order.map { first + $0 }, sent.map(\.neurons)).numbers
      map = slice.map(ofNeurons: fileNumbers)
      let lengths = processes.deal(
        order.flatMap { neuron in
          (firstUnit[Int(neuron)]..<firstUnit[Int(neuron) + 1]).map {
            slice.rowStarts[Int($0) + 1] - slice.rowStarts[Int($0)]
          }
        }, sent.map(\.units)
      ).numbers
      var rowStarts: [Int32] = [0]
      for length in lengths { rowStarts.append(rowStarts[rowStarts.count - 1] + length) }
      self.rowStarts = rowStarts
      // Sums rely on columns that ascend within rows, which they do no more after neurons were numbered anew.
      let dealt = Self.deal(columns, .edges, order, firstUnit, slice.rowStarts, sent, processes)
      var arrivals = Array(0..<Int32(dealt.count))
      for row in lengths.indices {
        arrivals[Int(rowStarts[row])..<Int(rowStarts[row + 1])].sort {
          (dealt[Int($0)], $0) < (dealt[Int($1)], $1)
        }
      }
      self.arrivals = arrivals
      self.columns = arrivals.map { dealt[Int($0)] }
    }

    /// How many there are on processes before this one, for each destination.
    private static func before(_ counts: [Int], _ processes: Processes) -> [Int] {
      var all = [Int](repeating: 0, count: processes.count * processes.count)
      for (destination, count) in counts.enumerated() {
        all[processes.rank * processes.count + destination] = count
      }
      processes.add(&all)
      return counts.indices.map { destination in
        (0..<processes.rank).reduce(0) { $0 + all[$1 * processes.count + destination] }
      }
    }

    private static func answer(_ sent: [Count], _ processes: Processes) -> [Count] {
      let one = [Int](repeating: 1, count: processes.count)
      let neurons = processes.deal(sent.map(\.neurons), one).numbers
      let units = processes.deal(sent.map(\.units), one).numbers
      let edges = processes.deal(sent.map(\.edges), one).numbers
      return sent.indices.map { Count(neurons: neurons[$0], units: units[$0], edges: edges[$0]) }
    }

    private static func counts(_ counts: [Count], _ item: Item) -> [Int] {
      counts.map {
        switch item {
        case .neurons: $0.neurons
        case .units: $0.units
        case .edges: $0.edges
        }
      }
    }

    /// Where the numbers of a neuron of the file stand.
    private static func place(
      _ neuron: Int32, _ item: Item, _ firstUnit: [Int32], _ rowStarts: [Int32]
    ) -> Range<Int> {
      let units = Int(firstUnit[Int(neuron)])..<Int(firstUnit[Int(neuron) + 1])
      switch item {
      case .neurons: return Int(neuron)..<Int(neuron) + 1
      case .units: return units
      case .edges: return Int(rowStarts[units.lowerBound])..<Int(rowStarts[units.upperBound])
      }
    }

    private static func deal<Number: BitwiseCopyable>(
      _ numbers: [Number], _ item: Item, _ order: [Int32], _ firstUnit: [Int32],
      _ rowStarts: [Int32], _ sent: [Count], _ processes: Processes
    ) -> [Number] {
      var packed: [Number] = []
      packed.reserveCapacity(numbers.count)
      for neuron in order {
        packed += numbers[place(neuron, item, firstUnit, rowStarts)]
      }
      return processes.deal(packed, counts(sent, item)).numbers
    }

    /// Numbers in the file's order, where they are worked on.
    func outward(_ numbers: [Double], _ item: Item) -> [Double] {
      let dealt = Self.deal(numbers, item, order, firstUnit, fileRowStarts, sent, processes)
      return item == .edges ? arrivals.map { dealt[Int($0)] } : dealt
    }

    /// Numbers from where they are worked on, in the file's order.
    func homeward(_ numbers: [Double], _ item: Item) -> [Double] {
      var dealt = numbers
      if item == .edges {
        for (edge, arrival) in arrivals.enumerated() { dealt[Int(arrival)] = numbers[edge] }
      }
      let packed = processes.deal(dealt, Self.counts(received, item)).numbers
      return [Double](unsafeUninitializedCapacity: packed.count) { result, count in
        var next = 0
        for neuron in order {
          for place in Self.place(neuron, item, firstUnit, fileRowStarts) {
            result[place] = packed[next]
            next += 1
          }
        }
        count = packed.count
      }
    }
  }
#endif
