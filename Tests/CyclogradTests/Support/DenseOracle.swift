import Cyclograd
import Foundation

/// A network as dense matrices in file order, solved and differentiated the slow way.
struct DenseOracle {
  /// Neurons that are evaluated together: one with its units, or a softmax group.
  struct Block {
    enum Kind {
      case product, max, softmax, select

      init(_ combination: Group.Combination) {
        switch combination {
        case .product: self = .product
        case .max: self = .max
        case .select: self = .select
        }
      }
    }
    var kind: Kind
    var neurons: Range<Int>
    var units: Range<Int>
    var activations: [Activation]
  }

  let neuronCount: Int
  let unitCount: Int
  let parameterCount: Int
  private(set) var blocks: [Block] = []
  /// W, one row for each unit, one column for each neuron.
  var w: [[Double]]
  var bias: [Double]
  /// Where each parameter acts.
  private(set) var edges: [(unit: Int, source: Int, parameter: Int, factor: Double)] = []
  private(set) var biasParameter: [Int]
  private(set) var biasFactor: [Double]
  private(set) var inputs: [Int] = []
  private(set) var outputs: [Int] = []

  init(_ network: Network, _ parameters: Parameters) {
    var firstNeuron: [String: Int] = [:]
    var firstUnit: [String: Int] = [:]
    var unitsPerNeuron: [String: Int] = [:]
    var neurons = 0
    var units = 0
    for group in network.groups {
      firstNeuron[group.name] = neurons
      firstUnit[group.name] = units
      unitsPerNeuron[group.name] = group.units.count
      let activations = group.units.map(\.activation)
      let isSoftmax = activations[0] == .softmax
      for _ in 0..<(isSoftmax ? 1 : group.size) {
        let size = isSoftmax ? group.size : 1
        blocks.append(
          Block(
            kind: isSoftmax ? .softmax : Block.Kind(group.combine),
            neurons: neurons..<neurons + size, units: units..<units + size * activations.count,
            activations: activations))
        neurons += size
        units += size * activations.count
      }
    }
    func locate(_ name: String) -> (group: String, index: Int) {
      let parts = name.split(separator: ".")
      return (String(parts[0]), Int(parts[1])!)
    }
    func neuron(_ name: String) -> Int {
      let (group, index) = locate(name)
      return firstNeuron[group]! + index
    }
    func unit(_ name: String, _ number: Int) -> Int {
      let (group, index) = locate(name)
      return firstUnit[group]! + index * unitsPerNeuron[group]! + number
    }
    neuronCount = neurons
    unitCount = units
    parameterCount = network.parameterCount
    w = Array(repeating: Array(repeating: 0, count: neurons), count: units)
    bias = Array(repeating: 0, count: units)
    biasParameter = Array(repeating: -1, count: units)
    biasFactor = Array(repeating: 1, count: units)
    network.forEachParameterUse { use in
      let s = unit(use.target, use.unit)
      if let source = use.source {
        edges.append((s, neuron(source), use.parameter, use.factor))
      } else {
        biasParameter[s] = use.parameter
        biasFactor[s] = use.factor
      }
    }
    inputs = network.inputNames.map { unit($0, 0) }
    outputs = network.outputNames.map { neuron($0) }
    set(parameters.values)
  }

  mutating func set(_ values: [Double]) {
    for edge in edges { w[edge.unit][edge.source] = values[edge.parameter] * edge.factor }
    for s in 0..<unitCount { bias[s] = values[biasParameter[s]] * biasFactor[s] }
  }

  func drive(_ inputs: [Double]) -> [Double] {
    var result = bias
    for (s, x) in zip(self.inputs, inputs) { result[s] += x }
    return result
  }

  // MARK: Evaluation

  func activations(_ z: [Double]) -> [Double] {
    var a = [Double](repeating: 0, count: neuronCount)
    for block in blocks {
      switch block.kind {
      case .softmax:
        let top = z[block.units].max()!
        let sum = z[block.units].reduce(0) { $0 + exp($1 - top) }
        for (k, s) in zip(block.neurons, block.units) { a[k] = exp(z[s] - top) / sum }
      case .product, .max:
        let values = zip(block.activations, block.units).map {
          ReferenceActivation.value($0, z[$1])
        }
        a[block.neurons.lowerBound] =
          block.kind == .max ? values.max()! : values.reduce(1, *)
      case .select:
        let s = selected(block, z)
        a[block.neurons.lowerBound] = ReferenceActivation.value(
          block.activations[s - block.units.lowerBound], z[s])
      }
    }
    return a
  }

  /// The unit whose value a selection takes.
  func selected(_ block: Block, _ z: [Double]) -> Int {
    let keys = block.activations.count / 2
    let values = zip(block.activations, block.units).prefix(keys).map {
      ReferenceActivation.value($0, z[$1])
    }
    return block.units.lowerBound + keys + values.firstIndex(of: values.max()!)!
  }

  /// D, one row for each unit, one column for each neuron.
  func slopes(_ z: [Double]) -> [[Double]] {
    var d = Array(repeating: [Double](repeating: 0, count: neuronCount), count: unitCount)
    let a = activations(z)
    for block in blocks {
      let first = block.neurons.lowerBound
      switch block.kind {
      case .softmax:
        for (j, s) in zip(block.neurons, block.units) {
          for k in block.neurons { d[s][k] = a[k] * ((j == k ? 1 : 0) - a[j]) }
        }
      case .max:
        let values = zip(block.activations, block.units).map {
          ReferenceActivation.value($0, z[$1])
        }
        let best = values.firstIndex(of: values.max()!)!
        let s = block.units.lowerBound + best
        d[s][first] = ReferenceActivation.slope(block.activations[best], z[s])
      case .select:
        let s = selected(block, z)
        d[s][first] = ReferenceActivation.slope(
          block.activations[s - block.units.lowerBound], z[s])
      case .product:
        for (i, s) in block.units.enumerated() {
          var product = ReferenceActivation.slope(block.activations[i], z[s])
          for (j, t) in block.units.enumerated() where j != i {
            product *= ReferenceActivation.value(block.activations[j], z[t])
          }
          d[s][first] = product
        }
      }
    }
    return d
  }

  /// z − W a(z) − drive
  func residual(_ z: [Double], _ drive: [Double]) -> [Double] {
    let sum = DenseAlgebra.product(w, activations(z))
    return (0..<unitCount).map { z[$0] - sum[$0] - drive[$0] }
  }

  /// |z| + Σ |W a| + |drive|: what residuals are relative to.
  func termSizes(_ z: [Double], _ drive: [Double]) -> [Double] {
    let a = activations(z)
    return (0..<unitCount).map { s in
      w[s].indices.reduce(abs(z[s]) + abs(drive[s])) { $0 + abs(w[s][$1] * a[$1]) }
    }
  }

  // MARK: Equilibrium

  /// Newton's method with full steps to rounding level; `nil` where it does not get there.
  func equilibrium(_ inputs: [Double], from start: [Double]) throws -> [Double]? {
    let drive = drive(inputs)
    var z = start
    var before = Double.infinity
    for _ in 0..<60 {
      let jacobian = DenseAlgebra.subtract(
        DenseAlgebra.identity(unitCount),
        DenseAlgebra.product(
          w, DenseAlgebra.transpose(slopes(z), columns: neuronCount)))
      let step = try DenseAlgebra.solve(jacobian, residual(z, drive))
      guard step.allSatisfy(\.isFinite) else { return nil }
      for s in 0..<unitCount { z[s] -= step[s] }
      let change = DenseAlgebra.largest(
        (0..<unitCount).map { step[$0] / max(1, abs(z[$0])) })
      if change == 0 || change < 1e-12 && change >= before { return z }
      before = change
    }
    return before < 1e-12 ? z : nil
  }

  // MARK: Gradient

  struct Gradient {
    var loss: Double
    var parameters: [Double]
    var inputs: [[Double]]
  }

  /// The gradient of the mean loss at given states, one for each sample.
  func gradient(
    _ loss: ReferenceLoss, at states: [[Double]], targets: [[Double]]
  ) throws -> Gradient {
    var result = Gradient(
      loss: 0, parameters: Array(repeating: 0, count: parameterCount), inputs: [])
    let factor = 1 / Double(states.count)
    for (z, target) in zip(states, targets) {
      let a = activations(z)
      let slopes = slopes(z)
      let (value, derivatives) = loss.evaluate(outputs.map { a[$0] }, target)
      var g = [Double](repeating: 0, count: neuronCount)
      for (k, derivative) in zip(outputs, derivatives) { g[k] += derivative }
      // (I − D Wᵀ) d = D g
      let matrix = DenseAlgebra.subtract(
        DenseAlgebra.identity(unitCount),
        DenseAlgebra.product(slopes, DenseAlgebra.transpose(w, columns: neuronCount)))
      let d = try DenseAlgebra.solve(matrix, DenseAlgebra.product(slopes, g))
      result.loss += factor * value
      for edge in edges {
        result.parameters[edge.parameter] += factor * edge.factor * d[edge.unit] * a[edge.source]
      }
      for s in 0..<unitCount {
        result.parameters[biasParameter[s]] += factor * biasFactor[s] * d[s]
      }
      result.inputs.append(inputs.map { factor * d[$0] })
    }
    return result
  }

  /// An estimate of the conditioning of the systems: 1 / the smallest |pivot-free| growth, taken as
  /// the largest |x| for some right-hand sides of ones and minus ones.
  func sensitivity(at z: [Double], _ random: inout TestRandom) -> Double {
    let matrix = DenseAlgebra.subtract(
      DenseAlgebra.identity(unitCount),
      DenseAlgebra.product(slopes(z), DenseAlgebra.transpose(w, columns: neuronCount)))
    var largest = 0.0
    for _ in 0..<4 {
      let b = (0..<unitCount).map { _ in random.chance(0.5) ? 1.0 : -1 }
      guard let x = try? DenseAlgebra.solve(matrix, b) else { return .infinity }
      largest = max(largest, DenseAlgebra.largest(x))
    }
    return largest
  }
}
