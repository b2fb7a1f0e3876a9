/// The states of some samples, and what is done with them; no block depends on another.
struct FenchelBlock: Sendable {
  /// How many samples a block has, but for the last.
  static let size = 64

  let count: Int
  /// x̂ of each unit with an input, as it is read from samples × inputs.
  private let inputs: Matrix
  /// samples × outputs
  let targets: Matrix
  /// a, neuron-major.
  private(set) var activations: [Double]

  init(
    count: Int, inputs: Matrix, targets: Matrix, activations: [Double],
    _ equations: FenchelEquations, _ values: [Double]
  ) {
    (self.count, self.inputs, self.targets) = (count, inputs, targets)
    self.activations = activations
    for unit in equations.units {
      let domain = unit.divergence.domain
      for lane in 0..<count {
        let x = activations[unit.neuron * count + lane]
        // A sample without an equilibrium begins at what is nearest to 0.
        self.activations[unit.neuron * count + lane] =
          x.isFinite ? min(domain.upperBound, max(domain.lowerBound, x)) : domain.nearestToZero
      }
    }
    for (neuron, unit, activation) in equations.fixed {
      let z = preactivations(unit, equations, values, activations)
      for lane in 0..<count {
        self.activations[neuron * count + lane] = activation.evaluate(z[lane]).value
      }
    }
  }

  // MARK: Values

  /// z of a unit in all samples.
  private func preactivations(
    _ s: Int, _ equations: FenchelEquations, _ values: [Double], _ activations: [Double]
  ) -> [Double] {
    let network = equations.network
    let bias = values[Int(network.biasParameter[s])] * network.factor(ofBias: s)
    var z = [Double](repeating: bias, count: count)
    let place = equations.inputOfUnit[s]
    if place >= 0 { for lane in 0..<count { z[lane] += inputs[lane, place] } }
    z.withUnsafeMutableBufferPointer { z in
      activations.withUnsafeBufferPointer { a in
        for e in network.inEdges(of: s) {
          let weight = values[network.parameter(ofEdge: e)] * network.factor(ofEdge: e)
          let row = a.baseAddress! + network.sourceNeuron(of: e, into: s) * count
          for lane in 0..<count { z[lane] += weight * row[lane] }
        }
      }
    }
    return z
  }

  /// Sums over the samples.
  func measure(
    _ equations: FenchelEquations, _ values: [Double]
  ) -> (loss: Double, divergence: Double) {
    let (losses, divergences) = measures(equations, values, activations)
    return (losses.reduce(0, +), divergences.reduce(0, +))
  }

  /// ½ ‖y − ŷ‖² and Σ F, sample by sample.
  private func measures(
    _ equations: FenchelEquations, _ values: [Double], _ activations: [Double]
  ) -> (losses: [Double], divergences: [Double]) {
    var losses = [Double](repeating: 0, count: count)
    var divergences = losses
    for unit in equations.units {
      let z = preactivations(unit.unit, equations, values, activations)
      for lane in 0..<count {
        divergences[lane] += unit.divergence.value(activations[unit.neuron * count + lane], z[lane])
      }
    }
    for (s, place) in equations.outputs {
      let z = preactivations(s, equations, values, activations)
      for lane in 0..<count {
        let rest = z[lane] - targets[lane, place]
        losses[lane] += rest * rest / 2
      }
    }
    return (losses, divergences)
  }

  // MARK: States

  /// Some projected gradient steps, each sample with a step length of its own.
  mutating func descend(
    _ equations: FenchelEquations, _ values: [Double], weight: Double, sweeps: Int
  ) {
    var lengths = [Double](repeating: 1 / (1 + weight), count: count)
    var (losses, divergences) = measures(equations, values, activations)
    var old = zip(losses, divergences).map { $0 + weight * $1 }
    for _ in 0..<sweeps {
      let gradient = stateGradient(equations, values, weight)
      var open = Set(0..<count)
      let start = activations
      for _ in 0..<40 where !open.isEmpty {
        var trial = activations
        var slopes = [Double](repeating: 0, count: count)
        var squares = slopes
        for unit in equations.units {
          let domain = unit.divergence.domain
          for lane in open {
            let place = unit.neuron * count + lane
            let moved = start[place] - lengths[lane] * gradient[place]
            trial[place] = min(domain.upperBound, max(domain.lowerBound, moved))
            let change = trial[place] - start[place]
            slopes[lane] += gradient[place] * change
            squares[lane] += change * change
          }
        }
        (losses, divergences) = measures(equations, values, trial)
        for lane in open.sorted() {
          let new = losses[lane] + weight * divergences[lane]
          let bound = old[lane] + slopes[lane] + squares[lane] / (2 * lengths[lane])
          guard new <= old[lane], new <= bound else {
            lengths[lane] /= 2
            continue
          }
          open.remove(lane)
          old[lane] = new
          for unit in equations.units {
            let place = unit.neuron * count + lane
            activations[place] = trial[place]
          }
          lengths[lane] *= 1.5
        }
      }
    }
  }

  /// The derivatives of each sample's objective by its states, neuron-major.
  private func stateGradient(
    _ equations: FenchelEquations, _ values: [Double], _ weight: Double
  ) -> [Double] {
    var gradient = [Double](repeating: 0, count: activations.count)
    for unit in equations.units {
      let z = preactivations(unit.unit, equations, values, activations)
      var slopes = z
      for lane in 0..<count {
        let place = unit.neuron * count + lane
        gradient[place] += weight * unit.divergence.slope(byState: activations[place], z[lane])
        slopes[lane] =
          weight * unit.divergence.slope(byPreactivation: activations[place], z[lane])
      }
      pass(slopes, back: unit.unit, equations, values, to: &gradient)
    }
    for (s, place) in equations.outputs {
      var slopes = preactivations(s, equations, values, activations)
      for lane in 0..<count { slopes[lane] -= targets[lane, place] }
      pass(slopes, back: s, equations, values, to: &gradient)
    }
    return gradient
  }

  private func pass(
    _ slopes: [Double], back s: Int, _ equations: FenchelEquations, _ values: [Double],
    to gradient: inout [Double]
  ) {
    let network = equations.network
    gradient.withUnsafeMutableBufferPointer { gradient in
      for e in network.inEdges(of: s) {
        let weight = values[network.parameter(ofEdge: e)] * network.factor(ofEdge: e)
        let row = gradient.baseAddress! + network.sourceNeuron(of: e, into: s) * count
        for lane in 0..<count { row[lane] += weight * slopes[lane] }
      }
    }
  }

  // MARK: Weights

  /// The sum of divergences; its derivatives by all parameters of states are added.
  func addGradient(
    _ equations: FenchelEquations, _ values: [Double], to gradient: inout [Double]
  ) -> Double {
    let network = equations.network
    var divergence = 0.0
    for unit in equations.units {
      let s = unit.unit
      var slopes = preactivations(s, equations, values, activations)
      var sum = 0.0
      for lane in 0..<count {
        let x = activations[unit.neuron * count + lane]
        divergence += unit.divergence.value(x, slopes[lane])
        slopes[lane] = unit.divergence.slope(byPreactivation: x, slopes[lane])
        sum += slopes[lane]
      }
      gradient[Int(network.biasParameter[s])] += network.factor(ofBias: s) * sum
      activations.withUnsafeBufferPointer { a in
        for e in network.inEdges(of: s) {
          let row = a.baseAddress! + network.sourceNeuron(of: e, into: s) * count
          var sum = 0.0
          for lane in 0..<count { sum += row[lane] * slopes[lane] }
          gradient[network.parameter(ofEdge: e)] += network.factor(ofEdge: e) * sum
        }
      }
    }
    return divergence
  }
}

extension ClosedRange<Double> {
  fileprivate var nearestToZero: Double { Swift.min(upperBound, Swift.max(lowerBound, 0)) }
}
