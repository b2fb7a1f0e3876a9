import Cyclograd

extension ReducibleNetwork {
  /// Takes out what does not change on a box, and has what is linear there be linear.
  ///
  /// - Returns: whether anything was done.
  mutating func useBox(_ box: InputBox) throws -> Bool {
    let chosen = neurons.indices.filter { neurons[$0].isAlive }
    let (network, parameters) = try network(of: chosen, asPart: false).graph().compile()
    let found = try Bounds(
      of: parameters, over: box, by: Simulator(network),
      options: .init(methods: [.box, .interval, .slopes], keepsStates: true))
    var lower: [Double] = []
    var upper: [Double] = []
    for row in found.rows {
      // Equilibria outside a local box would be lost.
      guard let states = row.states, let scope = row.scope, scope != .local else {
        remarks.append("the box was not used: \(row.reason ?? "not every equilibrium is enclosed")")
        return false
      }
      lower = lower.isEmpty ? states.lower : zip(lower, states.lower).map(min)
      upper = upper.isEmpty ? states.upper : zip(upper, states.upper).map(max)
    }
    guard lower.count == network.unitCount else { return false }
    let before = steps.count
    var unit = 0
    for k in chosen {
      let width = neurons[k].units.count
      defer { unit += width }
      guard width == 1 else { continue }
      let (least, most) = (lower[unit], upper[unit])
      guard least <= most else { continue }
      apply(k, least, most)
    }
    return steps.count != before
  }

  private mutating func apply(_ k: Int, _ least: Double, _ most: Double) {
    let range = "[\(least), \(most)]"
    func linear(_ network: inout ReducibleNetwork, slope: Double = 1) {
      network.makeLinear(k, slope: slope)
      network.steps.append(
        .init(reason: .linear, subject: network.names[k], detail: "z in \(range)"))
    }
    switch units[neurons[k].units.lowerBound].activation {
    case .relu:
      if most <= 0 {
        fix(k, at: 0, range)
      } else if least >= 0 {
        linear(&self)
      }
    case .leakyReLU(let slope):
      if least >= 0 {
        linear(&self)
      } else if most <= 0, !neurons[k].isInput {
        // The number that an input is given would have to be multiplied as well.
        linear(&self, slope: slope)
      }
    case .clamp(let low, let high):
      if most <= low {
        fix(k, at: low, range)
      } else if least >= high {
        fix(k, at: high, range)
      } else if least >= low, most <= high {
        linear(&self)
      }
    default: break
    }
  }

  /// Puts a constant activation into biases.
  private mutating func fix(_ k: Int, at value: Double, _ range: String) {
    guard !neurons[k].isOutput, !neurons[k].isInput else { return }
    for unit in targets[k].sorted() {
      guard let edge = units[Int(unit)].row[Int32(k)] else { continue }
      addBias(edge.weight * value, to: Int(unit))
    }
    remove(k, .off, "its activation is \(value), z in \(range)")
  }
}
