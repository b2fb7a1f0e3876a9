public import Cyclograd

/// How the weights of a network that is read are scaled: to a wanted spectral radius, say.
public struct WeightScale: Hashable, Sendable {
  /// What is to have a wanted value.
  public var measure: WeightMeasure
  /// The wanted value.
  public var target: Double

  /// Creates a scale.
  public init(_ measure: WeightMeasure, _ target: Double) {
    self.measure = measure
    self.target = target
  }

  /// Parses `spectral-radius=0.9` or `lambda-pf=0.9`.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` for other words, and targets that are not positive and finite.
  public init(_ text: String) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let known = WeightMeasure.allCases.map(\.rawValue)
    guard parts.count == 2, let measure = WeightMeasure(rawValue: String(parts[0])) else {
      throw CyclogradError(
        .invalidOption, "--scale is \(Excerpt.quoted(text))",
        advice: "give " + known.map { "\($0)=0.9" }.joined(separator: " or "))
    }
    guard let target = Double(parts[1]), target.isFinite, target > 0 else {
      throw CyclogradError(
        .invalidOption, "--scale \(measure.rawValue) is \(Excerpt.quoted(String(parts[1])))",
        advice: "give a number above 0, as in \(measure.rawValue)=0.9")
    }
    self.init(measure, target)
  }
}

extension ImportedNetwork {
  /// The same network with all weights multiplied by one factor, such that W measures what is wanted.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` where W measures 0, so that no factor helps.
  func scaled(to scale: WeightScale) throws -> ImportedNetwork {
    let (network, parameters) = try graph.compile(locate: location(of:))
    let (measure, target) = (scale.measure.rawValue, scale.target)
    let subject = CyclogradError.Location(file: file)
    let radius: SpectralRadius
    do {
      radius = try network.weightRadius(scale.measure, of: parameters)
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
    let bound = scale.measure == .perronFrobenius ? "at most " : "about "
    var result = self
    result.graph = graph.multiplyingWeights(by: factor)
    result.remarks.append(
      "all weights multiplied by \(factor): the \(measure) was \(radius.isEstimate ? "about " : "")"
        + "\(radius.value) and is \(radius.isEstimate ? bound : "")\(target)")
    return result
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
