#if PETSc
  package import Cyclograd
  import Foundation
  import SparseAlgebra

  /// What one of several processes would hold of a network, and the processor time of its sweeps, found by one process
  /// alone: others' activations are taken to be there.
  package struct SlicePlan {
    package let neurons: Int
    package let edges: Int
    /// The neurons of others whose activations it would get before each sweep.
    package let ghosts: Int
    /// The processes that it would get them from.
    package let neighbours: Int
    /// The least processor time of a sweep of states and of one of adjoints, in seconds.
    package let stateSeconds: Double
    package let adjointSeconds: Double

    /// - Parameter repetitions: how many sweeps of each kind are timed.
    /// - Throws: what the operator of a slice throws.
    package init(_ slice: NetworkSlice, _ processes: Processes, repetitions: Int) throws {
      let map = try SliceOperator(slice, processes, isAlone: true)
      let (z, drive, r) = (
        VectorStorage(count: map.unitCount), VectorStorage(count: map.unitCount),
        VectorStorage(count: map.unitCount)
      )
      let (g, lambda) = (
        VectorStorage(count: map.neuronCount), VectorStorage(count: map.neuronCount)
      )
      for s in 0..<map.unitCount {
        drive.start[s] = map.biases[s]
        z.start[s] = map.biases[s]
      }
      g.start.update(repeating: 1, count: map.neuronCount)
      stateSeconds = Self.time(repetitions) {
        _ = map.residual(z.start, drive: drive.start, into: r.start)
      }
      adjointSeconds = Self.time(repetitions) {
        _ = map.adjointStep(z.start, source: g.start, lambda: lambda.start, into: r.start)
      }
      withExtendedLifetime((z, drive, r, g, lambda)) {}
      neurons = map.neuronCount
      edges = map.columns.count
      ghosts = map.exchange.ghosts.count
      neighbours = Set(map.exchange.ghosts.map { slice.owner(ofNeuron: Int($0)) }).count
    }

    private static func time(_ repetitions: Int, _ body: () -> Void) -> Double {
      body()
      var least = Double.infinity
      for _ in 0..<max(1, repetitions) {
        let begin = processorTime
        body()
        least = min(least, processorTime - begin)
      }
      return least
    }

    private static var processorTime: Double {
      var time = timespec()
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
      return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
  }
#endif
