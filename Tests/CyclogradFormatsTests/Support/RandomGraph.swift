import Cyclograd

/// Graphs that say everything a graph can say, though nothing that could be compiled.
struct RandomGraph {
  private var random: TestRandom

  init(seed: UInt64) { random = TestRandom(seed) }

  private mutating func chance(_ probability: Double = 0.5) -> Bool {
    Double.random(in: 0..<1, using: &random) < probability
  }

  private mutating func int(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &random)
  }

  private mutating func number() -> Double {
    switch int(0...3) {
    case 0: Double(int(-3...3))
    case 1: Double(int(-99...99)) / 100
    default: Double.random(in: -1...1, using: &random) * [1, 1e-300, 1e300][int(0...2)]
    }
  }

  private mutating func name() -> String {
    ["x", "h", "_g", "a-b", "Y2", "true", "null"].randomElement(using: &random)!
  }

  private mutating func text() -> String {
    ["w", "two words", "a: b", "ü", "5", "yes", "\"q\"\n", "*x", "# c"]
      .randomElement(using: &random)!
  }

  private mutating func activation() -> Activation {
    let simple: [Activation] = [
      .identity, .logistic, .tanh, .arctan, .relu, .leakyReLU(), .elu(), .silu, .gelu, .softplus,
      .softsign, .cos, .asinh, .reciprocal, .complement, .clamp(), .softmax,
    ]
    switch int(0...5) {
    case 0: return .leakyReLU(slope: number())
    case 1:
      return chance()
        ? .elu(alpha: number())
        : .derivative(of: chance() ? .tanh : .elu(alpha: 0.3), order: int(1...2))
    case 2:
      let (a, b) = (number(), number())
      return .clamp(lower: min(a, b), upper: max(a, b))
    default: return simple.randomElement(using: &random)!
    }
  }

  private mutating func entries(values: Bool) -> SparseEntries {
    let count = Int32(int(1...4))
    return .init(
      rows: (0..<count).map { $0 * 7 }, columns: (0..<count).map { $0 + 1 },
      values: values ? (0..<count).map { _ in number() } : nil)
  }

  private mutating func initial(isBias: Bool, isEdge: Bool) -> InitialValue {
    let scaling: InitialValue.Scaling = chance() ? .fanIn : .none
    switch int(0...(isBias || isEdge ? 4 : 6)) {
    case 0: return .constant(number())
    case 1:
      let (a, b) = (number(), number())
      return .uniform(lower: min(a, b), upper: max(a, b), scaled: scaling)
    case 2: return .normal(deviation: number().magnitude, scaled: scaling)
    case 3: return .list((0..<int(0...3)).map { _ in number() })
    case 4: return isEdge ? .constant(number()) : .file(text())
    case 5: return .entries(entries(values: true))
    default: return .file(text() + ".mtx")
    }
  }

  private mutating func rule(isBias: Bool = false, isEdge: Bool = false) -> ParameterRule {
    let ties: [ParameterRule.Tying] = isBias ? [.none, .none, .single] : [.none, .single, .kernel]
    return ParameterRule(
      chance(0.8) ? initial(isBias: isBias, isEdge: isEdge) : nil,
      tying: ties.randomElement(using: &random)!,
      isTrainable: chance(0.6) ? nil : chance(), share: chance(0.7) ? nil : text())
  }

  private mutating func pattern() -> Pattern {
    switch int(0...7) {
    case 0: return .oneToOne
    case 1: return .random(probability: number().magnitude.truncatingRemainder(dividingBy: 1))
    case 2: return .inDegree(int(0...9))
    case 3: return .neighborhood(.init(int(1...5), int(1...5)))
    case 4:
      return .neighborhood(
        .init(
          kernel: .init(int(1...5), int(1...5)), stride: .init(int(1...3), int(1...3)),
          offset: chance() ? nil : .init(int(-2...2), int(-2...2)),
          boundary: chance() ? .zero : .wrap, channels: chance() ? .all : .oneToOne))
    case 5: return .entries(entries(values: chance()))
    case 6: return .file(text())
    default: return .all
    }
  }

  private mutating func group() -> Group {
    let role = Group.Role(rawValue: int(0...3))
    let shape = (0..<int(1...3)).map { _ in int(1...9) }
    var units: [Group.Unit] = []
    for _ in 0..<(chance() ? 1 : int(2...3)) {
      units.append(.init(activation(), bias: chance(0.3) ? .default : rule(isBias: true)))
    }
    return Group(
      name(), shape: shape, role: role, combine: chance(0.3) ? .max : .product, units: units
    ).timeConstant(chance() ? 1 : max(1e-300, abs(number())))
  }

  private mutating func range() -> NeuronRange {
    if chance(0.3) { return NeuronRange(name()) }
    let first = int(0...9)
    return NeuronRange(name(), first...(first + int(0...3)))
  }

  mutating func graph() -> Graph {
    var graph = Graph(name: chance(0.2) ? "" : text(), seed: chance() ? 0 : random.next())
    for _ in 0..<int(0...4) { graph.groups.append(group()) }
    for _ in 0..<int(0...4) {
      let from = name()
      let to = chance() ? from : name()
      graph.connections.append(
        Connection(
          from, to: to, unit: chance(0.7) ? 0 : int(1...3), pattern(),
          self: from == to ? chance() : true, weight: rule()))
    }
    for _ in 0..<int(0...4) {
      graph.edges.append(
        Edge(
          .init(name(), int(0...9)), to: .init(name(), int(0...9)),
          unit: chance(0.6) ? 0 : int(1...3), weight: rule(isEdge: true)))
    }
    if chance() { graph.inputs = (0..<int(0...3)).map { _ in range() } }
    if chance() { graph.outputs = (0..<int(0...3)).map { _ in range() } }
    return graph
  }
}
