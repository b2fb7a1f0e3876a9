extension Layer {
  /// Batch normalization at inference: (x − mean) / √(variance + ε) · scale + shift, for each channel.
  ///
  /// Lists have a number for each channel of a grid, or for each neuron of a group without one; one number counts for
  /// all. Kept statistics are constants, so nothing of it is trained.
  public struct Normalization: Hashable, Sendable {
    /// The running mean.
    public var mean: [Double]
    /// The running variance.
    public var variance: [Double]
    /// γ, PyTorch's `weight`.
    public var scale: [Double]
    /// β, PyTorch's `bias`.
    public var shift: [Double]
    /// ε.
    public var epsilon: Double

    /// Creates a normalization.
    public init(
      mean: [Double], variance: [Double], scale: [Double] = [1], shift: [Double] = [0],
      epsilon: Double = 1e-5
    ) {
      self.mean = mean
      self.variance = variance
      self.scale = scale
      self.shift = shift
      self.epsilon = epsilon
    }

    /// The factor and the shift of each channel.
    func folded(
      _ channels: Int, _ plan: LayerPlan
    ) throws(CyclogradError) -> (factors: [Double], shifts: [Double]) {
      func list(_ values: [Double], _ what: String) throws(CyclogradError) -> [Double] {
        guard values.count == 1 || values.count == channels, values.allSatisfy(\.isFinite) else {
          throw plan.failure(
            "\(what) has \(values.count) numbers for \(channels) channels, or one that is not finite",
            "give one finite number for each channel, or one for all")
        }
        return values.count == channels ? values : Array(repeating: values[0], count: channels)
      }
      let (means, variances) = (try list(mean, "the mean"), try list(variance, "the variance"))
      let (scales, shifts) = (try list(scale, "the weight"), try list(shift, "the bias"))
      guard epsilon >= 0, variances.allSatisfy({ $0 >= 0 && $0 + epsilon > 0 }) else {
        throw plan.failure(
          "a variance plus epsilon is not positive", "give variances and an epsilon above 0")
      }
      let factors = zip(scales, variances).map { $0 / ($1 + epsilon).squareRoot() }
      return (factors, factors.indices.map { shifts[$0] - factors[$0] * means[$0] })
    }

    /// W ← diag(g) W, b ← g (b − μ) + β.
    func fold(
      into weight: inout ParameterRule, _ bias: inout ParameterRule, channels: Int, weights: Int,
      _ plan: LayerPlan
    ) throws(CyclogradError) {
      let (factors, shifts) = try folded(channels, plan)
      func numbers(
        _ rule: ParameterRule, _ count: Int, else missing: Double?, _ what: String
      ) throws(CyclogradError) -> [Double] {
        switch rule.initial {
        case .list(let values)? where values.count == count: return values
        case .constant(let value)?: return Array(repeating: value, count: count)
        case nil where missing != nil: return Array(repeating: missing ?? 0, count: count)
        default:
          throw plan.failure(
            "a normalization can be folded into \(count) \(what) that are given as numbers only",
            "list them, or make the normalization a layer of its own")
        }
      }
      guard weight.tying != .single, bias.tying != .single else {
        throw plan.failure(
          "a normalization cannot be folded into a single weight for all channels",
          "make it a layer of its own")
      }
      let (total, overflow) = channels.multipliedReportingOverflow(by: weights)
      guard !overflow else { throw plan.failure("it has too many weights", "make it smaller") }
      try plan.require(edges: [total])
      let old = try numbers(weight, total, else: nil, "weights")
      weight.initial = .list(old.indices.map { old[$0] * factors[$0 / weights] })
      let offsets = try numbers(bias, channels, else: 0, "biases")
      bias.initial = .list(offsets.indices.map { factors[$0] * offsets[$0] + shifts[$0] })
    }
  }

  mutating func addNormalization(
    _ plan: LayerPlan, _ normalization: Normalization
  ) throws(CyclogradError) {
    try plan.refuse(weight: true, bias: true, share: true)
    let source = plan.source
    let channels = source.shape.count == 1 ? source.size : source.grid.channels
    let (factors, shifts) = try normalization.folded(channels, plan)
    let width = source.size / channels
    try plan.require(edges: [source.size])
    func each(_ values: [Double]) -> [Double] { (0..<source.size).map { values[$0 / width] } }
    connections.append(
      Connection(source.name, to: name, .oneToOne, weight: .frozen(.list(each(factors)))))
    try finish(
      Group(
        name, shape: source.shape, activation: plan.options.activation ?? .identity,
        bias: .frozen(.list(each(shifts)))), plan)
  }
}
