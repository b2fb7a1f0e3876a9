#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What is done to a divergence before it is weighted.
public enum Squash: String, Hashable, Sendable, CaseIterable {
  /// Nothing: the term has no lower bound by itself.
  case none
  /// The logistic function of the mean over the samples, which is bounded.
  case logistic

  /// The value and its derivative.
  func callAsFunction(_ x: Double) -> (value: Double, slope: Double) {
    switch self {
    case .none: (x, 1)
    case .logistic: Activation.logistic.evaluate(x)
    }
  }
}

/// β ‖J‖² + α tr J, averaged over the samples, where J is the derivative of a group's activations by those of another
/// at the equilibrium, whatever feeds the latter.
///
/// Gradients are exact: they follow how the equilibrium moves, too (second order).
public struct JacobianPenalty: Regulariser, Hashable {
  /// The group that is differentiated.
  public var output: String
  /// The group by which.
  public var input: String
  /// β, the weight of the squared Frobenius norm.
  public var frobenius: Double
  /// α, the weight of the divergence.
  public var divergence: Double
  /// By which vectors.
  public var probes: ProbeVectors
  /// What is done to the mean divergence.
  public var squash: Squash

  /// Creates the term.
  public init(
    of output: String, by input: String, frobenius: Double = 0, divergence: Double = 0,
    probes: ProbeVectors = .automatic, squash: Squash = .none
  ) {
    (self.output, self.input, self.frobenius) = (output, input, frobenius)
    (self.divergence, self.probes, self.squash) = (divergence, probes, squash)
  }

  /// Such as `jacobian 0.01 of y by x, rademacher probes`.
  public var name: String {
    let parts = [
      frobenius != 0 ? "jacobian \(frobenius)" : nil,
      divergence != 0 ? "divergence \(divergence)" : nil,
    ].compactMap { $0 }
    return parts.joined(separator: " + ") + " of \(output) by \(input), \(probes.text)"
      + (squash == .none ? "" : ", \(squash.rawValue)")
  }

  /// Builds the tangent network.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` for groups that the graph does not have, for a divergence of groups
  ///   that are not alike, and for one without a lower bound.
  /// - Complexity: O(edges).
  public func bound(to parameters: TrainedParameters) throws(CyclogradError) -> any BoundRegulariser
  {
    try probes.validate(for: name)
    guard frobenius >= 0, frobenius.isFinite, divergence.isFinite, frobenius > 0 || divergence != 0
    else {
      throw CyclogradError(
        .invalidOption, "the weights are \(frobenius) and \(divergence)", at: .init(subject: name),
        advice: "give the norm a positive weight, or the divergence one that is not 0")
    }
    let probe: JacobianProbe
    do {
      probe = try JacobianProbe(
        parameters.network, of: output, by: input, like: parameters.simulator)
    } catch {
      throw error.located(at: name)
    }
    if divergence != 0 {
      guard probe.dimension == probe.outputCount else {
        throw CyclogradError(
          .invalidOption,
          "\(probe.outputCount) activations by \(probe.dimension) have no divergence",
          at: .init(subject: name), advice: "name two groups of the same size")
      }
      let isHeld = parameters.terms.contains {
        guard let other = $0 as? JacobianPenalty else { return false }
        return other.output == output && other.input == input && other.frobenius > 0
      }
      guard squash != .none || isHeld else {
        throw CyclogradError(
          .invalidOption, "the divergence can fall without bound", at: .init(subject: name),
          advice: "add a term 'jacobian' of the same groups, or say squash: logistic")
      }
    }
    return Bound(term: self, probe: probe)
  }

  private struct Bound: LeadingTerm {
    let term: JacobianPenalty
    let probe: JacobianProbe

    func solution(
      _ parameters: Parameters, inputs: Matrix, samples: [Int], step: Int, seed: UInt64
    ) throws -> LeadingSolution? {
      guard term.probes.extent(dimension: probe.dimension).count == 1 else { return nil }
      let solved = try solve(parameters, inputs, nil, samples, step, seed)
      return LeadingSolution(
        term: term, solved: solved, primal: probe.primal(of: solved, parameters))
    }

    private func solve(
      _ parameters: Parameters, _ inputs: Matrix, _ primal: Equilibrium?, _ samples: [Int],
      _ step: Int, _ seed: UInt64
    ) throws -> JacobianProbe.Solved {
      let draw = ProbeDraw(term.probes, seed: seed, step: step)
      let dimension = probe.dimension
      let vectors = term.probes.extent(dimension: dimension).count
      return try probe.solve(parameters, inputs: inputs, at: primal, term.probes) {
        sample, vector, i in
        draw.component((samples[sample] &* vectors &+ vector) &* dimension &+ i)
      }
    }

    func value(
      at step: RegularisedStep, sharing adjoint: inout SharedAdjoint,
      addingGradientTo gradient: inout [Double]
    ) throws -> Double {
      let equilibrium = step.equilibrium
      let count = equilibrium.sampleCount
      do {
        let solved =
          if let leading = step.leading, leading.term == term {
            leading.solved
          } else {
            try solve(
              step.parameters, equilibrium.inputs, equilibrium, step.samples, step.step, step.seed)
          }
        let measured = try probe.measure(solved)
        let factor = 1 / Double(count)
        let divergence = term.squash(factor * measured.traces.reduce(0, +))
        let found = try probe.gradient(
          measured,
          traces: [Double](repeating: term.divergence * divergence.slope, count: count),
          squares: [Double](repeating: term.frobenius, count: count), times: factor,
          with: adjoint.take(), trainedOnly: true)
        adjoint.count(found.evidence)
        found.addParameters(to: &gradient)
        return term.frobenius * factor * measured.squares.reduce(0, +)
          + term.divergence * divergence.value
      } catch let failure as JacobianProbe.Failure {
        throw SampleFailures(evidence: failure.evidence)
      }
    }
  }
}
