import Cyclograd

/// Random networks whose activations are positively homogeneous, f(c z) = c f(z) for c > 0: where inputs and biases
/// are given in another unit, states are what they were in that unit.
enum HomogeneousNetworks {
  static func make(_ size: Int, gain: Double, seed: UInt64) -> Graph {
    var random = TestRandom(seed &* 13 &+ UInt64(size))
    var graph = Graph(name: "\(size) neurons, gain \(gain), seed \(seed)", seed: seed)
    let activations: [Activation] = [.identity, .relu, .leakyReLU(slope: 0.25)]
    var left = size
    while left > 0 {
      let count = left < 6 ? left : random.integer(3...left)
      left -= count
      graph.groups.append(
        Group(
          "g\(graph.groups.count)", size: count, role: [.input, .output],
          activation: random.pick(activations), bias: .uniform(-0.5...0.5)))
    }
    for (i, source) in graph.groups.enumerated() {
      for (j, target) in graph.groups.enumerated() where j >= i - 1 {
        graph.connections.append(
          Connection(
            source.name, to: target.name, .inDegree(random.integer(1...min(4, source.size))),
            weight: .uniform(-gain...gain, scaled: .fanIn)))
      }
    }
    return graph
  }
}
