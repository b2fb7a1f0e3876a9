/// What an adjoint starts from: numbers v by which the derivatives of outputs, or of all neurons, are weighted and
/// summed, a row for each sample.
public enum Cotangent: Hashable, Sendable {
  /// samples × outputs
  case outputs(Matrix)
  /// samples × neurons, in file order
  case neurons(Matrix)

  /// The numbers.
  public var values: Matrix {
    switch self {
    case .outputs(let values), .neurons(let values): values
    }
  }

  /// The part of one sample.
  ///
  /// - Precondition: there is such a row.
  public subscript(sample: Int) -> Cotangent {
    switch self {
    case .outputs(let values): .outputs(values.selecting(rows: [sample]))
    case .neurons(let values): .neurons(values.selecting(rows: [sample]))
    }
  }

  /// Checks the shape, and that the numbers are finite.
  ///
  /// - Throws: ``CyclogradError`` with the code `shape-mismatch` or `invalid-value`.
  func check(samples: Int, _ network: Network) throws(CyclogradError) {
    try check(samples: samples, outputs: network.outputCount, neurons: network.neuronCount)
  }

  /// The same for so many outputs and neurons.
  func check(samples: Int, outputs: Int, neurons: Int) throws(CyclogradError) {
    let (columns, what) =
      switch self {
      case .outputs: (outputs, "output")
      case .neurons: (neurons, "neuron")
      }
    guard values.rows == samples, values.columns == columns else {
      throw CyclogradError(
        .shapeMismatch,
        "the cotangent is \(values.rows) × \(values.columns), but there are \(samples) samples of "
          + "\(columns) \(what)s",
        advice: "give one row for each sample and a column for each \(what)")
    }
    if let index = values.elements.firstIndex(where: { !$0.isFinite }) {
      throw CyclogradError(
        .invalidValue, "a number of the cotangent is \(values.elements[index])",
        at: .init(subject: "cotangent, row \(index / columns), column \(index % columns)"),
        advice: "give finite numbers")
    }
  }

  /// The same numbers with the neurons that they belong to.
  func source(_ network: Network) -> AdjointSource {
    switch self {
    case .outputs(let values): AdjointSource(values: values, neurons: network.outputNeurons)
    case .neurons(let values): AdjointSource(values: values, neurons: network.position)
    }
  }
}

/// ∂E/∂a of some neurons, where an adjoint starts.
struct AdjointSource: Sendable {
  /// A row for each sample, a column for each of the neurons.
  var values: Matrix
  /// The position of each column's neuron in condensation order.
  let neurons: [Int32]

  /// Adds further columns; a neuron may have several.
  mutating func append(_ other: AdjointSource) {
    guard !neurons.isEmpty else { return self = other }
    var elements: [Double] = []
    elements.reserveCapacity(values.elements.count + other.values.elements.count)
    for row in 0..<values.rows { elements += values[row: row] + other.values[row: row] }
    self = AdjointSource(
      values: Matrix(
        rows: values.rows, columns: values.columns + other.values.columns, elements: elements),
      neurons: neurons + other.neurons)
  }
}
