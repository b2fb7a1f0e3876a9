public import Cyclograd

/// How the weights of a network that is read are scaled: to a wanted spectral radius, or neuron by neuron.
public enum WeightScale: Hashable, Sendable {
  /// All by one factor, such that W measures so much.
  case radius(WeightMeasure, Double)
  /// Those of each neuron by a factor of its own, such that its magnitudes have this sum.
  case strength(Side, Double)

  /// Which weights of a neuron are added up.
  public enum Side: String, Sendable, CaseIterable {
    /// Those of the edges that enter a unit: a row of W.
    case inStrength = "in-strength"
    /// Those of the edges that leave a neuron: a column of W.
    case outStrength = "out-strength"
  }

  /// Parses `spectral-radius=0.9`, `lambda-pf=0.9`, `in-strength=1` or `out-strength=1`.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` for other words, and targets that are not positive and finite.
  public init(_ text: String) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let word = String(parts[0])
    let measure = WeightMeasure(rawValue: word)
    let side = Side(rawValue: word)
    guard parts.count == 2, measure != nil || side != nil else {
      let known =
        WeightMeasure.allCases.map { "\($0.rawValue)=0.9" }
        + Side.allCases.map { "\($0.rawValue)=1" }
      throw CyclogradError(
        .invalidOption, "--scale is \(Excerpt.quoted(text))",
        advice: "give " + known.joined(separator: " or "))
    }
    guard let target = Double(parts[1]), target.isFinite, target > 0 else {
      throw CyclogradError(
        .invalidOption, "--scale \(word) is \(Excerpt.quoted(String(parts[1])))",
        advice: "give a number above 0, as in \(word)=0.9")
    }
    if let measure {
      self = .radius(measure, target)
    } else {
      self = .strength(side ?? .inStrength, target)
    }
  }
}

extension ImportedNetwork {
  /// The same network with scaled weights.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` where no factor leads there.
  func scaled(to scale: WeightScale) throws -> ImportedNetwork {
    switch scale {
    case .radius(let measure, let target): try scaled(measure, to: target)
    case .strength(let side, let target): try scaled(side, to: target)
    }
  }

  /// All weights multiplied by one factor, such that W measures what is wanted.
  private func scaled(
    _ weightMeasure: WeightMeasure, to target: Double
  ) throws -> ImportedNetwork {
    let (network, parameters) = try graph.compile(locate: location(of:))
    let measure = weightMeasure.rawValue
    let subject = CyclogradError.Location(file: file)
    let radius: SpectralRadius
    do {
      radius = try network.weightRadius(weightMeasure, of: parameters)
    } catch let error as CyclogradError {
      throw CyclogradError(
        error.code, "--scale: \(error.message)", at: subject, advice: error.advice)
    }
    guard radius.value > 0 else {
      throw CyclogradError(
        .invalidValue,
        "--scale: the \(measure) is 0, because "
          + (network.cyclicComponentCount == 0
            ? "no edge is part of a cycle (W is nilpotent)" : "W is nilpotent"),
        at: subject,
        advice: "no factor changes it; leave out --scale")
    }
    let factor = target / radius.value
    guard factor.isFinite, factor > 0 else {
      throw CyclogradError(
        .invalidValue, "--scale: the \(measure) is \(radius.value), too far from \(target)",
        at: subject)
    }
    let bound = weightMeasure == .perronFrobenius ? "at most " : "about "
    var result = self
    result.graph = graph.multiplyingWeights(by: factor)
    result.remarks.append(
      "all weights multiplied by \(factor): the \(measure) was \(radius.isEstimate ? "about " : "")"
        + "\(radius.value) and is \(radius.isEstimate ? bound : "")\(target)")
    return result
  }
}

extension ImportedNetwork {
  /// The weights of each neuron multiplied by a factor of its own, such that its magnitudes have a wanted sum. Neurons
  /// without weights are left.
  private func scaled(_ side: WeightScale.Side, to target: Double) throws -> ImportedNetwork {
    let (network, old) = try graph.compile(locate: location(of:))
    /// The row or the column that a weight stands in.
    func place(_ use: ParameterUse, _ source: String) -> Place {
      switch side {
      case .inStrength: Place(neuron: use.target, unit: use.unit)
      case .outStrength: Place(neuron: source, unit: 0)
      }
    }
    var sums: [Place: Double] = [:]
    network.forEachParameterUse { use in
      guard let source = use.source else { return }
      sums[place(use, source), default: 0] += abs(old.values[use.parameter] * use.factor)
    }
    var factors: [Int: Double] = [:]
    var values = old
    try network.forEachParameterUse { use in
      guard let source = use.source, let sum = sums[place(use, source)], sum > 0 else { return }
      let factor = target / sum
      guard factor.isFinite, factor > 0 else {
        throw CyclogradError(
          .invalidValue, "--scale: the \(side.rawValue) is \(sum), too far from \(target)",
          at: .init(file: file, subject: "neuron \(place(use, source).neuron)"))
      }
      if let other = factors[use.parameter], abs(other - factor) > 1e-12 * factor {
        throw CyclogradError(
          .invalidOption,
          "--scale: the weight of \(source) to \(use.target) is shared with an edge that would get another factor",
          at: .init(file: file),
          advice: "scale to a spectral radius, or let the weights be separate")
      }
      factors[use.parameter] = factor
      values.values[use.parameter] = old.values[use.parameter] * factor
    }
    var result = taking(values, of: network)
    let number = sums.values.count { $0 > 0 }
    result.remarks.append(
      "the weights of each of \(number) neurons multiplied by a factor of its own: their \(side.rawValue) is \(target)"
    )
    return result
  }

  private struct Place: Hashable {
    var neuron: String
    var unit: Int
  }
}

extension Graph {
  /// The graph whose weights are these, times a factor; biases stay.
  func multiplyingWeights(by factor: Double) -> Graph {
    var graph = self
    var known = Set<String>()
    for index in graph.connections.indices {
      var connection = graph.connections[index]
      // Without a value of its own, a weight is that of its tie's first rule, or of its place in the pattern.
      if connection.weight.initial == nil, case .entries(var entries) = connection.pattern,
        entries.values != nil
      {
        entries.values = entries.values.map { $0.map { $0 * factor } }
        connection.pattern = .entries(entries)
      } else {
        connection.weight.multiply(by: factor, &known)
      }
      if let share = connection.weight.share { known.insert(share) }
      graph.connections[index] = connection
    }
    for index in graph.edges.indices { graph.edges[index].weight.multiply(by: factor, &known) }
    return graph
  }
}

extension ParameterRule {
  fileprivate mutating func multiply(by factor: Double, _ known: inout Set<String>) {
    if let share, !known.insert(share).inserted, initial == nil { return }
    initial = (initial ?? .defaultWeight).multiplied(by: factor)
  }
}

extension InitialValue {
  fileprivate func multiplied(by factor: Double) -> InitialValue {
    switch self {
    case .constant(let value): return .constant(value * factor)
    case .uniform(let lower, let upper, let scaled):
      return .uniform(lower: lower * factor, upper: upper * factor, scaled: scaled)
    case .normal(let deviation, let scaled):
      return .normal(deviation: deviation * factor, scaled: scaled)
    case .list(let values): return .list(values.map { $0 * factor })
    case .entries(var entries):
      entries.values = entries.values.map { $0.map { $0 * factor } }
      return .entries(entries)
    case .file: return self
    }
  }
}
