/// A layer as other programs know it, made of groups and connections.
///
/// A layer is no unit of its own to the machine: what it stands for is what its groups and connections say, and
/// `inspect --expanded` shows them. Parameters are laid out as in PyTorch, so that they can be taken from there as
/// they are.
///
///     let image = Group("image", shape: [3, 32, 32], role: .input)
///     let map = try Layer("map", .convolution(.init(channels: 8, kernel: 3, padding: 1)), of: image, activation: .relu)
///     let pool = try Layer("pool", .maxPooling(.init(kernel: 2)), of: map.output)
///     let classes = try Layer("classes", .dense(size: 10), of: pool.output, role: .output)
///     let graph = Graph("small", seed: 1) {
///       image
///       map
///       pool
///       classes
///     }
///
/// The result of a layer with one group is the group of its name. One of several groups has `name.h` and the like, and
/// connections and lists that name the layer mean ``output``.
public struct Layer: Hashable, Sendable {
  /// What a layer computes from its sources.
  public enum Kind: Hashable, Sendable {
    /// f(W x + b), W with a row for each neuron.
    case dense(size: Int, normalization: Normalization? = nil)
    /// f(W ∗ x + b), a correlation as in PyTorch; one bias for each channel.
    case convolution(Convolution)
    /// The largest number under each window; what lies beyond the edge does not count.
    case maxPooling(Window)
    /// The mean under each window; what lies beyond the edge counts as 0.
    case averagePooling(Window)
    /// f(x₁ + x₂ + …): the end of a residual block.
    case residual
    /// Batch normalization at inference, as one factor and one shift for each channel; nothing is trained.
    case normalization(Normalization)
    /// Long short-term memory, one step; its state is that of another such layer.
    case lstm(Recurrent)
    /// A gated recurrent unit, one step.
    case gru(Recurrent)
    /// A head of scaled dot-product attention; tokens are the rows of a source's grid.
    case attention(Attention)
    /// A row of a table for each token, the tokens given one-hot; `weight` is the table row by row.
    case embedding(size: Int)
  }

  /// The name.
  public let name: String
  /// The groups, of which ``output`` is one.
  public internal(set) var groups: [Group] = []
  /// What connects them, and the sources with them.
  public internal(set) var connections: [Connection] = []
  /// The group that holds the result.
  public internal(set) var output: Group

  /// Makes a layer.
  ///
  /// - Parameters:
  ///   - name: the name, by which connections refer to the result.
  ///   - kind: what is computed.
  ///   - sources: what it is computed from: one group; for ``Kind/residual`` several; for ``Kind/attention(_:)`` also two,
  ///     that of the queries and that of keys and values.
  ///   - activation: f; identity unless given.
  ///   - role: whether the result is an output.
  ///   - weight: the weights. Those of a convolution are tied by kernel.
  ///   - bias: the biases. Those of a convolution are one for each channel.
  ///   - residuals: groups as large as the result, added to what f is applied to.
  ///   - share: a name under which parameters are those of every other layer with it: `share.weight`, `share.bias`, ….
  /// - Throws: ``CyclogradError`` with the code `invalid-graph` where sizes do not fit, and for what the kind has no use.
  public init(
    _ name: String, _ kind: Kind, of sources: Group..., activation: Activation? = nil,
    role: Group.Role = [], weight: ParameterRule? = nil, bias: ParameterRule? = nil,
    adding residuals: [Group] = [], share: String? = nil
  ) throws(CyclogradError) {
    try self.init(
      name, kind, sources,
      LayerOptions(
        activation: activation, role: role, weight: weight, bias: bias, residuals: residuals,
        share: share))
  }

  package init(
    _ name: String, _ kind: Kind, _ sources: [Group], _ options: LayerOptions
  ) throws(CyclogradError) {
    self.name = name
    output = Group(name, size: 1)
    let plan = LayerPlan(name: name, sources: sources, options: options)
    try plan.checkSources(kind)
    switch kind {
    case .dense(let size, let normalization): try addDense(plan, size, normalization)
    case .convolution(let convolution): try addConvolution(plan, convolution)
    case .maxPooling(let window): try addMaxPooling(plan, window)
    case .averagePooling(let window): try addAveragePooling(plan, window)
    case .residual: try addResidual(plan)
    case .normalization(let normalization): try addNormalization(plan, normalization)
    case .lstm(let cell): try addLSTM(plan, cell)
    case .gru(let cell): try addGRU(plan, cell)
    case .attention(let head): try addAttention(plan, head)
    case .embedding(let size): try addEmbedding(plan, size)
    }
  }
}

extension Layer {
  /// Takes a group as the result.
  mutating func finish(_ group: Group, _ plan: LayerPlan) throws(CyclogradError) {
    output = group
    output.role = plan.options.role
    groups.append(output)
    connections += try plan.residualConnections(to: output)
  }

  private mutating func addDense(
    _ plan: LayerPlan, _ size: Int, _ normalization: Normalization?
  ) throws(CyclogradError) {
    let size = try plan.size(size, "the size")
    var (weight, bias) = (
      plan.rule(plan.options.weight, "weight"), plan.rule(plan.options.bias, "bias")
    )
    if let normalization {
      try normalization.fold(
        into: &weight, &bias, channels: size, weights: plan.source.size, plan)
    }
    connections.append(Connection(plan.source.name, to: name, weight: weight))
    try finish(
      Group(name, size: size, activation: plan.options.activation ?? .identity, bias: bias), plan)
  }

  private mutating func addResidual(_ plan: LayerPlan) throws(CyclogradError) {
    try plan.refuse(weight: true)
    let first = plan.source
    for group in plan.sources where group.size != first.size {
      throw plan.failure(
        "\(first.name) has \(first.size) neurons and \(group.name) \(group.size)",
        "groups that are added have the same size")
    }
    let names = plan.sources.map(\.name)
    guard Set(names).count == names.count else {
      throw plan.failure("a group is to be added twice", "name each group once")
    }
    connections += names.map { LayerPlan.passing($0, to: name) }
    try finish(
      Group(
        name, shape: first.shape, activation: plan.options.activation ?? .identity,
        bias: plan.options.bias.map { plan.rule($0, "bias") } ?? .frozen(0)), plan)
  }

  private mutating func addEmbedding(_ plan: LayerPlan, _ size: Int) throws(CyclogradError) {
    try plan.refuse(activation: true, bias: true)
    let size = try plan.size(size, "the size")
    let grid = plan.source.grid
    guard grid.channels == 1 else {
      throw plan.failure(
        "its source \(plan.source.name) has channels",
        "give a group of the table's length, or one such row for each token")
    }
    let (tokens, length) = (grid.rows, grid.columns)
    try plan.require(edges: [tokens, length, size])
    var rule = plan.rule(plan.options.weight, "weight")
    // All tokens have one table.
    if tokens > 1, rule.share == nil { rule.share = "\(name).weight" }
    for token in 0..<tokens {
      var entries = SparseEntries(rows: [], columns: [])
      for row in 0..<length {
        for column in 0..<size {
          entries.rows.append(Int32(token * size + column))
          entries.columns.append(Int32(token * length + row))
        }
      }
      connections.append(
        Connection(plan.source.name, to: name, .entries(entries), weight: rule))
      rule = ParameterRule(nil, share: rule.share)
    }
    try finish(
      Group(name, shape: tokens == 1 ? [size] : [tokens, size], bias: .frozen(0)), plan)
  }
}
