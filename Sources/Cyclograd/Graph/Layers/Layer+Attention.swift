extension Layer {
  /// A head of scaled dot-product attention: softmax(Q Kᵀ / √size) V.
  ///
  /// Q, K and V are linear functions of the tokens, one and the same for all of them. A source has a token in each row
  /// of its grid: its shape is [tokens, features].
  public struct Attention: Hashable, Sendable {
    /// The weights, a row for each number that is made, and the biases of a linear function of a token.
    public struct Projection: Hashable, Sendable {
      /// The weights.
      public var weight: ParameterRule
      /// The biases.
      public var bias: ParameterRule

      /// Creates a projection.
      public init(weight: ParameterRule = .default, bias: ParameterRule = .default) {
        self.weight = weight
        self.bias = bias
      }
    }

    /// The length of queries and keys.
    public var size: Int
    /// The length of values; `nil`: that of the keys.
    public var valueSize: Int?
    /// Whether a token sees only itself and those before it.
    public var isCausal: Bool
    /// What makes queries.
    public var query: Projection
    /// What makes keys.
    public var key: Projection
    /// What makes values.
    public var value: Projection

    /// Creates a head.
    public init(
      size: Int, valueSize: Int? = nil, causal isCausal: Bool = false,
      query: Projection = .init(), key: Projection = .init(), value: Projection = .init()
    ) {
      self.size = size
      self.valueSize = valueSize
      self.isCausal = isCausal
      self.query = query
      self.key = key
      self.value = value
    }
  }

  mutating func addAttention(_ plan: LayerPlan, _ head: Attention) throws(CyclogradError) {
    try plan.refuse(activation: true, weight: true, bias: true)
    let size = try plan.size(head.size, "the size")
    let width = try plan.size(head.valueSize ?? size, "the size of values")
    let memory = plan.sources.count == 2 ? plan.sources[1] : plan.source
    for source in plan.sources where source.grid.channels != 1 {
      throw plan.failure(
        "its source \(source.name) has channels", "give it the shape [tokens, features]")
    }
    let (queries, tokens) = (plan.source.grid.rows, memory.grid.rows)
    guard !head.isCausal || queries <= tokens else {
      throw plan.failure(
        "\(queries) queries cannot each see a token of their own among \(tokens)",
        "leave 'causal' out")
    }
    try plan.require(edges: [6, queries, tokens, max(size, width)])
    let pairs = (0..<queries).flatMap { t in
      (0..<(head.isCausal ? t + 1 : tokens)).map { (t, $0) }
    }
    add("query", plan.source, size, head.query, plan)
    add("key", memory, size, head.key, plan)
    add("value", memory, width, head.value, plan)
    let unit = Group.Unit(.identity, bias: .frozen(0))
    func edges(_ count: Int, _ place: (Int) -> (target: Int, source: Int)) -> Pattern {
      var entries = SparseEntries(rows: [], columns: [])
      for index in 0..<count {
        let (target, source) = place(index)
        entries.rows.append(Int32(target))
        entries.columns.append(Int32(source))
      }
      return .entries(entries)
    }
    func connect(
      _ from: String, to: String, unit: Int = 0, _ pattern: Pattern, weight: Double = 1
    ) {
      connections.append(
        Connection(
          "\(name).\(from)", to: "\(name).\(to)", unit: unit, pattern,
          weight: .frozen(.constant(weight))))
    }
    // q_td k_sd for each pair of tokens (t, s) and each d; queries, keys and values have d as their channel.
    groups.append(
      Group("\(name).products", size: pairs.count * size, combine: .product, units: [unit, unit]))
    connect(
      "query", to: "products",
      edges(pairs.count * size) { ($0, $0 % size * queries + pairs[$0 / size].0) })
    connect(
      "key", to: "products", unit: 1,
      edges(pairs.count * size) { ($0, $0 % size * tokens + pairs[$0 / size].1) })
    groups.append(
      Group("\(name).mixed", size: pairs.count * width, combine: .product, units: [unit, unit]))
    var first = 0
    for t in 0..<queries {
      let count = head.isCausal ? t + 1 : tokens
      groups.append(
        Group("\(name).attention\(t)", size: count, activation: .softmax, bias: .frozen(0)))
      connect(
        "products", to: "attention\(t)",
        edges(count * size) { ($0 / size, first * size + $0) },
        weight: 1 / Double(size).squareRoot())
      connect(
        "attention\(t)", to: "mixed",
        edges(count * width) { (first * width + $0, $0 / width) })
      first += count
    }
    connect(
      "value", to: "mixed", unit: 1,
      edges(pairs.count * width) { ($0, $0 % width * tokens + pairs[$0 / width].1) })
    connect(
      "mixed", to: "y",
      edges(pairs.count * width) { (pairs[$0 / width].0 * width + $0 % width, $0) })
    try finish(
      Group("\(name).y", shape: queries == 1 ? [width] : [queries, width], bias: .frozen(0)), plan)
  }

  /// A linear function of each token, tied by a kernel that covers one token.
  private mutating func add(
    _ part: String, _ source: Group, _ size: Int, _ projection: Attention.Projection,
    _ plan: LayerPlan
  ) {
    let grid = source.grid
    groups.append(
      Group(
        "\(name).\(part)", shape: [size, grid.rows, 1],
        bias: plan.rule(projection.bias, "\(part)-bias", tying: .kernel)))
    connections.append(
      Connection(
        source.name, to: "\(name).\(part)",
        .neighborhood(
          Neighborhood(kernel: .init(1, grid.columns), offset: .init(0, 0))),
        weight: plan.rule(projection.weight, "\(part)-weight", tying: .kernel)))
  }
}
