#if PETSc
  import CPETScEngine

  /// Fetches the activations of other processes' neurons that a process's rows need, and sends back what it has found
  /// for these.
  ///
  /// An extended vector has a place for each of a process's neurons and for each other one that its rows need, in the
  /// order of all neurons: so columns ascend within rows whatever the number of processes.
  final class Exchange {
    /// The other neurons, among all, ascending.
    let ghosts: [Int32]
    /// How many of them come before the process's own.
    let below: Int
    /// The length of an extended vector.
    let extent: Int
    private let handle: OpaquePointer?

    /// - Parameters:
    ///   - columns: sources among all neurons; become places in extended vectors.
    ///   - own: the process's neurons.
    ///   - isAlone: whether there are no other processes to exchange anything with: then ghosts stay what they are.
    init(_ columns: inout [Int32], own: Range<Int>, isAlone: Bool = false) throws {
      var needed = columns.filter { !own.contains(Int($0)) }
      needed.sort()
      var ghosts: [Int32] = []
      for neuron in needed where ghosts.last != neuron { ghosts.append(neuron) }
      needed = []
      let below = Self.count(ghosts, below: Int32(own.lowerBound))
      for edge in columns.indices {
        let column = Int(columns[edge])
        if own.contains(column) {
          columns[edge] = Int32(below + column - own.lowerBound)
        } else {
          let place = Self.count(ghosts, below: columns[edge])
          columns[edge] = Int32(place < below ? place : place + own.count)
        }
      }
      self.ghosts = ghosts
      self.below = below
      extent = own.count + ghosts.count
      var handle: OpaquePointer?
      guard !isAlone else {
        self.handle = nil
        return
      }
      try Processes.check(
        cpe_exchange_create(Int32(own.count), ghosts, Int32(ghosts.count), Int32(below), &handle))
      self.handle = handle
    }

    deinit { cpe_exchange_destroy(handle) }

    /// How many of ascending numbers are smaller than a given one.
    private static func count(_ numbers: [Int32], below bound: Int32) -> Int {
      var (low, high) = (0, numbers.count)
      while low < high {
        let middle = (low + high) / 2
        if numbers[middle] < bound { low = middle + 1 } else { high = middle }
      }
      return low
    }

    /// The neuron among all that a place of an extended vector stands for.
    func neuron(atPlace place: Int, own: Range<Int>) -> Int {
      if place < below { return Int(ghosts[place]) }
      let index = place - below
      return index < own.count ? own.lowerBound + index : Int(ghosts[place - own.count])
    }

    /// Completes an extended vector, in which the process's own neurons stand.
    ///
    /// - Parameter width: how many numbers each place has.
    func fetch(_ vector: UnsafeMutablePointer<Double>, width: Int = 1) {
      guard let handle else { return }
      if cpe_exchange_fetch(handle, vector + below * width, vector, Int32(width)) != 0 {
        cpe_abort(1)
      }
    }

    /// Adds what other processes have found for the process's neurons in their extended vectors.
    func add(_ vector: UnsafeMutablePointer<Double>) {
      if let handle { cpe_exchange_add(handle, vector, vector + below) }
    }
  }
#endif
