/// What may be said beside a layer's kind.
package struct LayerOptions {
  package var activation: Activation?
  package var role: Group.Role
  package var weight: ParameterRule?
  package var bias: ParameterRule?
  package var residuals: [Group]
  package var share: String?

  package init(
    activation: Activation?, role: Group.Role, weight: ParameterRule?, bias: ParameterRule?,
    residuals: [Group], share: String?
  ) {
    self.activation = activation
    self.role = role
    self.weight = weight
    self.bias = bias
    self.residuals = residuals
    self.share = share
  }
}

/// What a layer is made from, and the checks that several kinds need.
struct LayerPlan {
  let name: String
  let sources: [Group]
  let options: LayerOptions

  /// The only source, or the first of several.
  var source: Group { sources[0] }

  func failure(_ message: String, _ advice: String) -> CyclogradError {
    CyclogradError(
      .invalidGraph, message, at: .init(subject: "layer \(name)"), advice: advice)
  }

  func checkSources(_ kind: Layer.Kind) throws(CyclogradError) {
    let allowed: ClosedRange<Int>
    switch kind {
    case .residual: allowed = 1...Int.max
    case .attention: allowed = 1...2
    default: allowed = 1...1
    }
    guard allowed.contains(sources.count) else {
      throw failure(
        "the layer has \(sources.count) sources",
        allowed.upperBound == 1 ? "give one; 'residual' adds up several" : "give one or two")
    }
    if let empty = (sources + options.residuals).first(where: { !(1...Int(Int32.max) ~= $0.size) })
    {
      throw failure(
        "its source \(empty.name) has no size that a group can have",
        "give the group a positive size")
    }
  }

  /// Refuses what a kind has no use for.
  func refuse(
    activation: Bool = false, weight: Bool = false, bias: Bool = false, residuals: Bool = false,
    share: Bool = false
  ) throws(CyclogradError) {
    let given = [
      ("an activation", activation && options.activation != nil),
      ("a weight", weight && options.weight != nil), ("a bias", bias && options.bias != nil),
      ("groups to add", residuals && !options.residuals.isEmpty),
      ("parameters to share", share && options.share != nil),
    ]
    guard let first = given.first(where: { $0.1 }) else { return }
    throw failure("a layer of this kind has no use for \(first.0)", "leave it out")
  }

  /// A rule of this layer's, shared under the layer's common name if it has one.
  func rule(_ rule: ParameterRule?, _ part: String, tying: ParameterRule.Tying = .none)
    -> ParameterRule
  {
    var rule = rule ?? .default
    if rule.tying == .none { rule.tying = tying }
    if rule.share == nil, let share = options.share { rule.share = "\(share).\(part)" }
    return rule
  }

  func size(_ value: Int, _ what: String) throws(CyclogradError) -> Int {
    guard 1...Int(Int32.max) ~= value else {
      throw failure("\(what) is \(value)", "give a positive number of neurons")
    }
    return value
  }

  /// Refuses what would not fit into memory, before it is made.
  func require(edges: [Int], units: [Int] = []) throws(CyclogradError) {
    func product(_ factors: [Int]) -> Int {
      // Far beyond any memory, and no overflow when it is added up.
      factors.reduce(1) { total, factor in
        let (result, overflow) = total.multipliedReportingOverflow(by: factor)
        return overflow ? 1 << 60 : min(result, 1 << 60)
      }
    }
    guard product(edges) <= Int(Int32.max) else {
      throw CyclogradError(
        .tooLarge, "the layer has more than \(Int32.max) edges",
        at: .init(subject: "layer \(name)"), advice: "make it smaller")
    }
    do throws(GraphPartError) {
      try MemoryBudget.check(edges: product(edges), units: units.isEmpty ? 0 : product(units))
    } catch {
      throw CyclogradError(
        error.code, error.message, at: .init(subject: "layer \(name)"), advice: error.advice)
    }
  }

  /// Edges that pass on one group to another, each with the weight 1.
  static func passing(
    _ source: String, to target: String, unit: Int = 0, weight: Double = 1
  ) -> Connection {
    Connection(source, to: target, unit: unit, .oneToOne, weight: .frozen(.constant(weight)))
  }

  /// Edges to neuron i from neuron first + i.
  static func slice(
    _ source: String, from first: Int, count: Int, to target: String, unit: Int = 0
  ) -> Connection {
    let entries = SparseEntries(
      rows: (0..<Int32(count)).map { $0 }, columns: (0..<Int32(count)).map { Int32(first) + $0 })
    return Connection(source, to: target, unit: unit, .entries(entries), weight: .frozen(1))
  }

  /// Edges that add the groups of `adding`.
  func residualConnections(to target: Group) throws(CyclogradError) -> [Connection] {
    for group in options.residuals where group.size != target.size {
      throw failure(
        "\(group.name) has \(group.size) neurons and cannot be added to \(target.size)",
        "add a group of the same size, for example a convolution with a kernel of 1")
    }
    return options.residuals.map { Self.passing($0.name, to: target.name) }
  }
}
