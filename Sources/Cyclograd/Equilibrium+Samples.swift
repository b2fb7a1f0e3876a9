extension Equilibrium {
  /// The part of some samples, in the order given.
  func selecting(_ rows: [Int]) -> Equilibrium {
    let count = sampleCount
    func columns(_ numbers: [Double], _ height: Int) -> [Double] {
      var result: [Double] = []
      result.reserveCapacity(height * rows.count)
      for first in 0..<height { for row in rows { result.append(numbers[first * count + row]) } }
      return result
    }
    return Equilibrium(
      network: network, parameters: parameters, inputs: inputs.selecting(rows: rows),
      evidence: rows.map { evidence[$0] }, z: columns(z, network.unitCount),
      activations: columns(activations, network.neuronCount))
  }

  /// Two equilibria of the same network and parameters as one; `order` says for each sample
  /// whether it is in the second and which of its samples it is.
  static func merging(
    _ first: Equilibrium, _ second: Equilibrium, order: [(isSecond: Bool, row: Int)]
  ) -> Equilibrium {
    let network = first.network
    func columns(_ a: [Double], _ b: [Double], _ height: Int) -> [Double] {
      var result: [Double] = []
      result.reserveCapacity(height * order.count)
      for line in 0..<height {
        for (isSecond, row) in order {
          result.append(
            isSecond
              ? b[line * second.sampleCount + row] : a[line * first.sampleCount + row])
        }
      }
      return result
    }
    var inputs = Matrix(rows: order.count, columns: network.inputCount)
    for (sample, (isSecond, row)) in order.enumerated() {
      for column in 0..<network.inputCount {
        inputs[sample, column] = (isSecond ? second : first).inputs[row, column]
      }
    }
    return Equilibrium(
      network: network, parameters: first.parameters, inputs: inputs,
      evidence: order.map { ($0.isSecond ? second : first).evidence[$0.row] },
      z: columns(first.z, second.z, network.unitCount),
      activations: columns(first.activations, second.activations, network.neuronCount))
  }
}
