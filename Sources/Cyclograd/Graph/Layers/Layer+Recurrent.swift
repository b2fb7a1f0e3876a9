extension Layer {
  /// One step of a recurrent layer.
  public struct Recurrent: Hashable, Sendable {
    /// The number of neurons of the state.
    public var size: Int
    /// The layer of the step before, of the same kind and size; the layer itself for an equilibrium; `nil`: the
    /// state before is 0.
    public var previous: String?
    /// The weights of the state before, PyTorch's `weight_hh`.
    public var recurrentWeight: ParameterRule
    /// The biases beside them, PyTorch's `bias_hh`; `nil`: none for LSTM, zeros that are trained for GRU.
    public var recurrentBias: ParameterRule?

    /// Creates a step.
    public init(
      size: Int, after previous: String? = nil, recurrentWeight: ParameterRule = .default,
      recurrentBias: ParameterRule? = nil
    ) {
      self.size = size
      self.previous = previous
      self.recurrentWeight = recurrentWeight
      self.recurrentBias = recurrentBias
    }
  }

  private static let fixed = ParameterRule.frozen(0)

  /// A product of two functions, each of what feeds its unit.
  private func product(_ part: String, _ size: Int, _ first: Activation, _ second: Activation)
    -> Group
  {
    Group(
      "\(name).\(part)", size: size, combine: .product,
      units: [.init(first, bias: Self.fixed), .init(second, bias: Self.fixed)])
  }

  /// The pre-activations of all gates, one block of `size` after the other.
  private func gateGroup(_ part: String, _ size: Int, _ bias: ParameterRule) -> Group {
    Group("\(name).\(part)", size: size, bias: bias)
  }

  /// LSTM with gates in PyTorch's order i, f, g, o: c ← σ(f) c + σ(i) tanh(g), h ← σ(o) tanh(c).
  mutating func addLSTM(_ plan: LayerPlan, _ cell: Recurrent) throws(CyclogradError) {
    try plan.refuse(activation: true, residuals: true)
    let n = try plan.size(cell.size, "the size")
    try plan.require(edges: [14, n], units: [16, n])
    let gates = gateGroup("gates", 4 * n, plan.rule(plan.options.bias, "bias"))
    groups.append(gates)
    connections.append(
      Connection(
        plan.source.name, to: gates.name, weight: plan.rule(plan.options.weight, "weight")))
    var target = gates.name
    if let bias = cell.recurrentBias {
      let recurrent = gateGroup("recurrent", 4 * n, plan.rule(bias, "recurrent-bias"))
      groups.append(recurrent)
      connections.append(LayerPlan.passing(recurrent.name, to: gates.name))
      target = recurrent.name
    }
    let memory = Group("\(name).c", size: n, bias: Self.fixed)
    if let previous = cell.previous {
      connections.append(
        Connection(
          "\(previous).h", to: target,
          weight: plan.rule(cell.recurrentWeight, "recurrent-weight")))
      let kept = product("kept", n, .logistic, .identity)
      groups.append(kept)
      connections += [
        LayerPlan.slice(gates.name, from: n, count: n, to: kept.name),
        LayerPlan.passing("\(previous).c", to: kept.name, unit: 1),
        LayerPlan.passing(kept.name, to: memory.name),
      ]
    }
    let new = product("new", n, .logistic, .tanh)
    groups += [new, memory]
    connections += [
      LayerPlan.slice(gates.name, from: 0, count: n, to: new.name),
      LayerPlan.slice(gates.name, from: 2 * n, count: n, to: new.name, unit: 1),
      LayerPlan.passing(new.name, to: memory.name),
      LayerPlan.slice(gates.name, from: 3 * n, count: n, to: "\(name).h"),
      LayerPlan.passing(memory.name, to: "\(name).h", unit: 1),
    ]
    try finish(product("h", n, .logistic, .tanh), plan)
  }

  /// GRU with gates in PyTorch's order r, z, n: h ← n + σ(z) (h − n), n = tanh(W x + b + σ(r) (U h + c)).
  mutating func addGRU(_ plan: LayerPlan, _ cell: Recurrent) throws(CyclogradError) {
    try plan.refuse(activation: true, residuals: true)
    let n = try plan.size(cell.size, "the size")
    try plan.require(edges: [12, n], units: [12, n])
    let input = gateGroup("input", 3 * n, plan.rule(plan.options.bias, "bias"))
    let recurrent = gateGroup("recurrent", 3 * n, plan.rule(cell.recurrentBias, "recurrent-bias"))
    let reset = product("reset", n, .logistic, .identity)
    let candidate = Group("\(name).candidate", size: n, activation: .tanh, bias: Self.fixed)
    let update = product("update", n, .logistic, .identity)
    groups = [input, recurrent, reset, candidate, update]
    connections = [
      Connection(
        plan.source.name, to: input.name, weight: plan.rule(plan.options.weight, "weight")),
      LayerPlan.slice(input.name, from: 0, count: n, to: reset.name),
      LayerPlan.slice(recurrent.name, from: 0, count: n, to: reset.name),
      LayerPlan.slice(recurrent.name, from: 2 * n, count: n, to: reset.name, unit: 1),
      LayerPlan.slice(input.name, from: 2 * n, count: n, to: candidate.name),
      LayerPlan.passing(reset.name, to: candidate.name),
      LayerPlan.slice(input.name, from: n, count: n, to: update.name),
      LayerPlan.slice(recurrent.name, from: n, count: n, to: update.name),
      LayerPlan.passing(candidate.name, to: update.name, unit: 1, weight: -1),
      LayerPlan.passing(candidate.name, to: "\(name).h"),
      LayerPlan.passing(update.name, to: "\(name).h"),
    ]
    if let previous = cell.previous {
      connections += [
        Connection(
          "\(previous).h", to: recurrent.name,
          weight: plan.rule(cell.recurrentWeight, "recurrent-weight")),
        LayerPlan.passing("\(previous).h", to: update.name, unit: 1),
      ]
    }
    try finish(Group("\(name).h", size: n, bias: Self.fixed), plan)
  }
}
