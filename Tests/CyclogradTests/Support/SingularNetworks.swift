import Cyclograd

/// A network of tanh neurons, or linear ones, whose state z = 0 at inputs of 0 has D = I, so that I − D Wᵀ is known
/// from the weights.
struct SingularNetwork: Sendable, CustomStringConvertible {
  typealias Entry = (target: Int, source: Int, weight: Double)

  var description: String
  var size: Int
  var entries: [Entry]
  /// u with W u = u, where there is one: D Wᵀ d = d + g can be solved if u g = 0 alone, and then in many ways.
  var fixedVector: [Double]?
  var activation = Activation.tanh

  /// So many neurons are inputs and outputs.
  var terminals: Int { size <= 64 ? size : 3 }

  /// The network with all weights multiplied by a factor, of other activations where those are given.
  func graph(_ other: Activation? = nil, times factor: Double = 1) -> Graph {
    Graph(description) {
      Group("h", size: size, activation: other ?? activation)
      Connection(
        "h", to: "h",
        .entries(
          SparseEntries(
            rows: entries.map { Int32($0.target) }, columns: entries.map { Int32($0.source) },
            values: entries.map { $0.weight * factor })))
      Inputs(NeuronRange("h", 0...terminals - 1))
      Outputs(NeuronRange("h", 0...terminals - 1))
    }
  }

  /// Whether weights are symmetric, as CHOLMOD needs them.
  var isSymmetric: Bool {
    var weights: [[Int]: Double] = [:]
    for entry in entries { weights[[entry.target, entry.source]] = entry.weight }
    return entries.allSatisfy { weights[[$0.source, $0.target]] == $0.weight }
  }

  // MARK: Exactly singular ones

  /// Each neuron is the mean of its two neighbours on a ring.
  static func neighbors(_ size: Int, _ activation: Activation = .tanh) -> SingularNetwork {
    SingularNetwork(
      description: "the mean of two neighbours on a ring of \(size), \(activation.name)",
      size: size,
      entries: (0..<size).flatMap {
        [($0, ($0 + 1) % size, 0.5), ($0, ($0 + size - 1) % size, 0.5)]
      }, fixedVector: Array(repeating: 1, count: size), activation: activation)
  }

  /// One cycle, neuron k fed by neuron k − 1, of given weights, of which `fixedVector` is made.
  static func cycle(
    _ description: String, _ weights: [Double], isCritical: Bool = true
  ) -> SingularNetwork {
    let size = weights.count
    var vector = [1.0]
    for k in 1..<max(size, 2) where k < size { vector.append(weights[k] * vector[k - 1]) }
    return SingularNetwork(
      description: description, size: size,
      entries: (0..<size).map { ($0, ($0 + size - 1) % size, weights[$0]) },
      fixedVector: isCritical ? vector : nil)
  }

  /// One cycle of weights 1.
  static func ring(_ size: Int) -> SingularNetwork {
    cycle("a cycle of \(size) weights 1", Array(repeating: 1, count: size))
  }

  /// One cycle whose weights have the product 1, but are far from 1.
  static func unbalancedRing(_ size: Int) -> SingularNetwork {
    cycle(
      "a cycle of \(size) weights 8 and 1/8", (0..<size).map { $0 % 2 == 0 ? 8 : 0.125 })
  }

  /// One cycle of weights −1; D Wᵀ has the eigenvalues 1 and −1 where the size is even.
  static func negativeRing(_ size: Int) -> SingularNetwork {
    cycle(
      "a cycle of \(size) weights -1", Array(repeating: -1, count: size),
      isCritical: size % 2 == 0)
  }

  /// Everything feeds everything; the weights of a row are multiples of 2⁻²⁰ with the sum 1.
  static func full(_ size: Int, seed: UInt64) -> SingularNetwork {
    var random = TestRandom(seed &* 31 &+ UInt64(size))
    var entries: [Entry] = []
    for target in 0..<size {
      var left = 1 << 20
      for source in 0..<size {
        let others = size - 1 - source
        let share =
          others == 0 ? left : random.integer(1...max(1, (left - others) * 2 / (others + 1)))
        left -= share
        entries.append((target, source, Double(share) * 0x1p-20))
      }
    }
    return SingularNetwork(
      description: "a full network of \(size), seed \(seed)", size: size, entries: entries,
      fixedVector: Array(repeating: 1, count: size))
  }

  static let usual: [SingularNetwork] =
    [2, 3, 4, 8, 17, 40].map { ring($0) } + [3, 16, 17, 18, 33, 200].map { neighbors($0) }
    + [neighbors(17, .identity), neighbors(600, .identity)]
    + [2, 4, 18, 200].flatMap { [negativeRing($0), unbalancedRing($0)] }
    + [2, 3, 10, 16, 17, 33, 60].map { full($0, seed: 1) }
    + [cycle("two neurons of weights 2³⁰ and 2⁻³⁰", [0x1p30, 0x1p-30])]
  static let large: [SingularNetwork] = [ring(5000), neighbors(5000), full(200, seed: 2)]
}
