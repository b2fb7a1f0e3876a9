/// Activations of which an objective is a function: a row for each sample of an equilibrium, or each time of a course.
protocol ActivationRows {
  /// Those of the output neurons.
  var outputs: Matrix { get }
  /// The number of rows.
  var sampleCount: Int { get }
  /// That of a neuron, by its position in condensation order.
  func activation(of neuron: Int, row: Int) -> Double
}

extension Equilibrium: ActivationRows {
  func activation(of neuron: Int, row: Int) -> Double {
    activations[neuron * sampleCount + row]
  }
}

/// What is differentiated: the mean of a loss over the samples, or Σ v a over samples and neurons.
struct Objective: Sendable {
  private enum Form {
    /// With prepared targets.
    case mean(any Loss, targets: Matrix)
    case sum(AdjointSource, factor: Double)
  }

  private let form: Form
  private let network: Network

  /// The mean of a loss.
  ///
  /// - Throws: ``CyclogradError`` for targets that do not fit the loss, and for a network without outputs.
  init(
    meanOf loss: any Loss, targets: Matrix, samples: Int, _ network: Network
  ) throws(CyclogradError) {
    try Self.requireOutputs(network)
    let targets = try loss.prepare(targets, samples: samples, outputs: network.outputCount)
    self.init(form: .mean(loss, targets: targets), network: network)
  }

  /// Σ v a.
  ///
  /// - Throws: ``CyclogradError`` for a cotangent that does not fit.
  init(sumOf cotangent: Cotangent, samples: Int, _ network: Network) throws(CyclogradError) {
    if case .outputs = cotangent { try Self.requireOutputs(network) }
    try cotangent.check(samples: samples, network)
    self.init(sumOf: cotangent.source(network), network)
  }

  /// A factor times Σ v a over some neurons; the numbers v are finite, and there is a row for each sample.
  init(sumOf source: AdjointSource, times factor: Double = 1, _ network: Network) {
    self.init(form: .sum(source, factor: factor), network: network)
  }

  private static func requireOutputs(_ network: Network) throws(CyclogradError) {
    guard network.outputCount > 0 else {
      throw CyclogradError(
        .invalidGraph, "the graph has no outputs, so there is no loss",
        advice: "give a group the role output, or list outputs")
    }
  }

  /// Whether the samples are averaged, not summed.
  var isMean: Bool {
    switch form {
    case .mean: true
    case .sum: false
    }
  }

  /// The prepared targets of a loss.
  var targets: Matrix? {
    switch form {
    case .mean(_, let targets): targets
    case .sum: nil
    }
  }

  /// What the sum over so many samples is multiplied with.
  func factor(samples: Int) -> Double {
    switch form {
    case .mean: 1 / Double(samples)
    case .sum(_, let factor): factor
    }
  }

  /// The mean, or the sum, of the samples' values.
  func total(_ values: [Double]) -> Double {
    let sum = values.reduce(0, +)
    return switch form {
    case .mean: sum / Double(values.count)
    case .sum(_, let factor): factor * sum
    }
  }

  /// Whether derivatives are good with such a value: that of a loss must be finite, Σ v a need not.
  func accepts(_ value: Double) -> Bool { value.isFinite || !isMean }

  /// The error that samples overflow together of which none does by itself.
  func overflow(samples: Int) -> CyclogradError {
    CyclogradError(
      .overflow,
      "the \(isMean ? "mean" : "sum") over \(samples) samples overflows, although each sample's numbers are finite",
      advice: "scale the loss down, or differentiate fewer samples at once")
  }

  /// The value of some samples, in their order.
  func values(_ found: some ActivationRows, rows: [Int]) -> [Double] {
    switch form {
    case .mean(let loss, let targets):
      loss.values(rows: rows, outputs: found.outputs, targets: targets)
    case .sum(let source, _): rows.map { Self.product(source, found, $0) }
    }
  }

  /// Each sample's value, and its derivatives by activations; NaN and 0 for samples not among `rows`.
  func evaluate(_ found: some ActivationRows, rows: [Int]) -> (
    values: [Double], source: AdjointSource
  ) {
    switch form {
    case .mean(let loss, let targets):
      var derivatives = Matrix(rows: found.sampleCount, columns: network.outputCount)
      let values = loss.evaluate(
        rows: rows, outputs: found.outputs, targets: targets, derivatives: &derivatives)
      return (values, AdjointSource(values: derivatives, neurons: network.outputNeurons))
    case .sum(let source, _):
      var values = [Double](repeating: .nan, count: found.sampleCount)
      for row in rows { values[row] = Self.product(source, found, row) }
      return (values, source)
    }
  }

  private static func product(
    _ source: AdjointSource, _ found: some ActivationRows, _ row: Int
  ) -> Double {
    var sum = 0.0
    for (column, k) in source.neurons.enumerated() {
      sum += source.values[row, column] * found.activation(of: Int(k), row: row)
    }
    return sum
  }

  /// Why a sample has no derivatives, if its value or its derivatives by activations are not finite.
  func failure(_ value: Double, _ derivatives: ArraySlice<Double>) -> String? {
    if !accepts(value) {
      return value.isNaN ? "its loss is not a number" : "its loss overflows"
    }
    guard let index = derivatives.firstIndex(where: { !$0.isFinite }) else { return nil }
    return "the derivative of its loss with respect to the output "
      + "\(network.outputNames[index - derivatives.startIndex]) is \(derivatives[index])"
  }

  /// The loss whose mean it is, with prepared targets; `nil` for a sum.
  var meanLoss: (loss: any Loss, targets: Matrix)? {
    switch form {
    case .mean(let loss, let targets): (loss, targets)
    case .sum: nil
    }
  }

  /// The part of some samples, in the order given.
  func selecting(_ rows: [Int]) -> Objective {
    let part: Form =
      switch form {
      case .mean(let loss, let targets): .mean(loss, targets: targets.selecting(rows: rows))
      case .sum(let source, let factor):
        .sum(
          AdjointSource(values: source.values.selecting(rows: rows), neurons: source.neurons),
          factor: factor)
      }
    return Objective(form: part, network: network)
  }

  private init(form: Form, network: Network) {
    self.form = form
    self.network = network
  }

  /// Encloses the derivatives of one sample by the activations of all neurons, in condensation order.
  ///
  /// - Parameter activations: enclosures of all neurons' activations.
  /// - Throws: ``NoCertificate`` where the loss has no derivative, or none that can be enclosed.
  func enclosures(
    sample: Int, _ activations: [Interval]
  ) throws(NoCertificate) -> [Interval] {
    let neurons: [Int32]
    let derivatives: [Interval]
    switch form {
    case .mean(let loss, let targets):
      neurons = network.outputNeurons
      derivatives = try loss.derivativeEnclosures(
        neurons.map { activations[Int($0)] }, Array(targets[row: sample]))
    case .sum(let source, _):
      neurons = source.neurons
      derivatives = source.values[row: sample].map { Interval($0) }
    }
    var result = [Interval](repeating: .zero, count: network.neuronCount)
    for (k, value) in zip(neurons, derivatives) { result[Int(k)] = result[Int(k)] + value }
    return result
  }
}
