import SparseAlgebra

/// Block Gauss–Seidel: the neurons of a component are updated block by block, in condensation order,
/// each block with the activations that the blocks before it have just got.
///
/// Blocks are consecutive neurons of one group; a softmax group stays whole. One sweep costs O(edges),
/// like a sweep of Picard's iteration, and needs about half as many where the slopes W a′ are not
/// negative (Ortega & Rheinboldt 1970, section 7.4).
public struct GaussSeidelSolver: StateSolver {
  /// The most neurons of a block.
  public let blockSize: Int

  /// The name on the command line and in reports.
  public var name: String { "gauss-seidel" }

  /// Creates the solver; blocks of one neuron are the classical method.
  public init(blockSize: Int = 1) { self.blockSize = max(1, blockSize) }

  /// Iterates from the workspace's z.
  public func solve(_ workspace: ComponentWorkspace, _ options: SolverOptions) -> SolverOutcome {
    let iteration = FixedPointIteration(
      tolerance: options.tolerance,
      limit: options.maximumIterations ?? AlgorithmOne.defaultMaximumIterations,
      acceleration: .never)
    let progress = workspace.withScratch { r, best, next in
      iteration.run(
        workspace.z, r: r, best: best, mixing: { workspace.mixing(1) },
        residual: {
          if workspace.isCancelled { return .nan }
          workspace.activate()
          workspace.sweepBlocks(of: blockSize, into: next)
          let z = workspace.z
          for s in z.indices { r[s] = z[s] - next[s] }
          let (change, size) = (r.largest, max(z.largest, next.largest))
          var relative = change == 0 ? 0 : change / size
          // A small change does not say that the residual is as small.
          if relative <= options.tolerance {
            relative = max(relative, workspace.residual(into: r))
            for s in z.indices { r[s] = z[s] - next[s] }
          }
          return relative.isFinite ? relative : .nan
        },
        record: { workspace.record($0.residual, after: $0.iterations, by: name) })
    }
    return progress.outcome(named: name)
  }
}

extension ComponentWorkspace {
  /// Leaves in `next` the pre-activations after one sweep from the activations as they are, which it
  /// replaces.
  fileprivate func sweepBlocks(
    of size: Int, into next: UnsafeMutableBufferPointer<Double>
  ) {
    guard let start = next.baseAddress else { return }
    let network = component.network
    let firstUnit = component.units.lowerBound
    next.copy(from: drive)
    network.withRows(component.units, .inner(component), state.weights) { rows in
      for index in component.runs {
        let run = network.runs[Int(index)]
        let evaluation = network.evaluations[Int(run.group)]
        let neurons = Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)
        let step: Int
        if case .softmax = evaluation { step = neurons.count } else { step = size }
        for first in stride(from: neurons.lowerBound, to: neurons.upperBound, by: step) {
          let end = min(first + step, neurons.upperBound)
          let units = Int(network.unitStarts[first])..<Int(network.unitStarts[end])
          SparseKernels.addProduct(
            rows, rows: units.lowerBound - firstUnit..<units.upperBound - firstUnit,
            x: state.activation, to: start)
          evaluation.evaluate(
            end - first, z: start + units.lowerBound - firstUnit,
            activation: state.activation + first, slope: state.slope + units.lowerBound)
        }
      }
    }
  }
}
