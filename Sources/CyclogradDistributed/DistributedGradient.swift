#if PETSc
  package import Cyclograd
  import SparseAlgebra

  /// What is differentiated: the mean of a loss over the samples, or Σ v a over samples and neurons. The same on all
  /// processes.
  package enum DistributedObjective {
    /// With targets as the loss has prepared them.
    case loss(any Loss, targets: Matrix)
    case cotangent(Cotangent)

    var isMean: Bool { if case .loss = self { true } else { false } }
  }

  /// A process's part of a gradient, with the evidence.
  package struct DistributedGradient {
    /// The mean loss, or the sum.
    package var value: Double
    /// ∂E/∂p of this process's parameters; those of ties are complete on all processes.
    package var parameters: [Double]
    /// ∂E/∂x, samples × inputs, complete on all processes; NaN in rows that were left out.
    package var inputs: Matrix
  }

  extension DistributedSimulator {
    /// Differentiates at an equilibrium; `nil` where a sample has failed and failures are not skipped, or all have.
    ///
    /// - Throws: ``CyclogradError`` with the code `overflow` where numbers that are finite for each sample overflow in
    ///   the mean.
    package func differentiate(
      _ objective: DistributedObjective, at equilibrium: DistributedEquilibrium,
      kinks policy: KinkPolicy, skippingFailures: Bool
    ) throws -> (gradient: DistributedGradient?, evidence: [SampleEvidence]) {
      var evidence = equilibrium.evidence
      var sums = Sums(map, parameters.count)
      var total = 0.0
      var inputs = Matrix(rows: evidence.count, columns: slice.inputNeurons.count)
      guard skippingFailures || equilibrium.isConverged else { return (nil, evidence) }
      for sample in evidence.indices where evidence[sample].status == .converged {
        activate(equilibrium, sample)
        let kinks = processes.sum(kinkCount(equilibrium, sample))
        if policy == .refuse, kinks > 0 {
          evidence[sample] = SampleEvidence(
            status: .notDifferentiable, detail: KinkPolicy.refusal(kinks))
          evidence[sample].kinks = kinks
          continue
        }
        let (value, reason) = setSource(objective, equilibrium, sample)
        if let reason {
          evidence[sample] = SampleEvidence(status: .notFinite, detail: reason)
          continue
        }
        evidence[sample] = try adjoints.solve()
        evidence[sample].kinks = kinks
        guard evidence[sample].status == .converged else { continue }
        total += value
        activate(equilibrium, sample)
        add(to: &sums)
        for (column, unit) in ownInputs { inputs[sample, column] = adjoints.d[unit] }
      }
      let used = evidence.count { $0.status == .converged }
      guard used > 0, skippingFailures || used == evidence.count else { return (nil, evidence) }
      let factor = objective.isMean ? 1 / Double(used) : 1
      let derivatives = complete(&sums, factor)
      processes.add(&inputs.elements)
      for index in inputs.elements.indices { inputs.elements[index] *= factor }
      for row in evidence.indices where evidence[row].status != .converged {
        for column in 0..<inputs.columns { inputs[row, column] = .nan }
      }
      let value = factor * total
      let isFinite = derivatives.allSatisfy(\.isFinite) && (value.isFinite || !objective.isMean)
      guard processes.largest(isFinite ? 0 : 1) == 0 else {
        throw CyclogradError(
          .overflow, "the derivatives by parameters overflow in the sum over \(used) samples",
          advice: "scale the loss down, or differentiate fewer samples at once")
      }
      return (DistributedGradient(value: value, parameters: derivatives, inputs: inputs), evidence)
    }

    /// Evaluates the objective of a sample whose activations are there; returns why there is none.
    private func setSource(
      _ objective: DistributedObjective, _ equilibrium: DistributedEquilibrium, _ sample: Int
    ) -> (value: Double, reason: String?) {
      adjoints.source.update(repeating: 0, count: map.neuronCount)
      let outputs = Array(equilibrium.outputs[row: sample])
      var value: Double
      switch objective {
      case .loss(let loss, let targets):
        let found = loss.evaluate(outputs: outputs, targets: Array(targets[row: sample]))
        value = found.value
        if !value.isFinite {
          return (value, value.isNaN ? "its loss is not a number" : "its loss overflows")
        }
        if let index = found.derivatives.firstIndex(where: { !$0.isFinite }) {
          return (
            value,
            "the derivative of its loss with respect to the output "
              + "\(slice.name(ofNeuron: Int(slice.outputNeurons[index]))) is "
              + "\(found.derivatives[index])"
          )
        }
        for (column, neuron) in ownOutputs { adjoints.source[neuron] += found.derivatives[column] }
      case .cotangent(.outputs(let values)):
        value = zip(outputs, values[row: sample]).reduce(0) { $0 + $1.0 * $1.1 }
        for (column, neuron) in ownOutputs { adjoints.source[neuron] += values[sample, column] }
      case .cotangent(.neurons(let values)):
        var sum = [0.0]
        for neuron in 0..<map.neuronCount {
          let v = values[sample, map.fileNumber(neuron)]
          adjoints.source[neuron] = v
          sum[0] += v * map.activation[neuron]
        }
        processes.add(&sum)
        value = sum[0]
      }
      return (value, nil)
    }

    // MARK: Sums over samples

    /// What is summed: one number for each parameter, or, where neurons were dealt out otherwise, for each edge and unit
    /// that is worked on.
    private struct Sums {
      var parameters: [Double] = []
      var edges: [Double] = []
      var units: [Double] = []

      init(_ map: SliceOperator, _ parameterCount: Int) {
        if map.redistribution == nil {
          parameters = [Double](onLargePages: parameterCount)
        } else {
          edges = [Double](onLargePages: map.columns.count)
          units = [Double](repeating: 0, count: map.unitCount)
        }
      }
    }

    /// Adds the derivatives of the sample whose adjoint was solved last.
    private func add(to sums: inout Sums) {
      let (d, a) = (adjoints.d, map.extended)
      map.columns.withUnsafeBufferPointer { columns in
        if map.redistribution != nil {
          for s in 0..<map.unitCount {
            for edge in Int(map.rowStarts[s])..<Int(map.rowStarts[s + 1]) {
              sums.edges[edge] += d[s] * a[Int(columns[edge])]
            }
            sums.units[s] += d[s]
          }
        } else {
          sums.parameters.withUnsafeMutableBufferPointer { sums in
            for s in 0..<map.unitCount {
              add(to: sums, unit: s, d[s]) { d[s] * a[Int(columns[$0])] }
            }
          }
        }
      }
    }

    /// Adds the derivatives by the weights of a unit's edges, and by its bias, to those of parameters.
    @inline(__always)
    private func add(
      to sums: UnsafeMutableBufferPointer<Double>, unit s: Int, _ bias: Double,
      _ weight: (_ edge: Int) -> Double
    ) {
      let edges = Int(slice.rowStarts[s])..<Int(slice.rowStarts[s + 1])
      if let parameters = slice.edgeParameter {
        for edge in edges {
          let factor = slice.edgeFactors.isEmpty ? 1 : slice.edgeFactors[edge]
          sums[Int(parameters[edge])] += weight(edge) * factor
        }
      } else {
        for edge in edges { sums[edge] += weight(edge) }
      }
      let factor = slice.biasFactors.isEmpty ? 1 : slice.biasFactors[s]
      sums[Int(slice.biasParameter[s])] += bias * factor
    }

    /// Adds up what all processes have found for ties, and scales.
    private func complete(_ sums: inout Sums, _ factor: Double) -> [Double] {
      var result = sums.parameters
      sums.parameters = []
      if let redistribution = map.redistribution {
        result = [Double](repeating: 0, count: parameters.count)
        let edges = redistribution.homeward(sums.edges, .edges)
        let units = redistribution.homeward(sums.units, .units)
        result.withUnsafeMutableBufferPointer { result in
          for s in 0..<units.count { add(to: result, unit: s, units[s]) { edges[$0] } }
        }
      }
      if slice.tiedCount > 0 {
        var tied = Array(result.suffix(slice.tiedCount))
        processes.add(&tied)
        result.replaceSubrange(result.count - slice.tiedCount..<result.count, with: tied)
      }
      if factor != 1 { for index in result.indices { result[index] *= factor } }
      return result
    }

    private func kinkCount(_ equilibrium: DistributedEquilibrium, _ sample: Int) -> Int {
      outward(equilibrium.z[sample]).withUnsafeBufferPointer {
        $0.baseAddress.map { map.map.kinkCount(z: $0) } ?? 0
      }
    }
  }
#endif
