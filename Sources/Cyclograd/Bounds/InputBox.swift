/// Which inputs are considered for each sample: those within a box around it, optionally with at most some numbers of
/// them different from the sample's.
public struct InputBox: Sendable {
  /// samples × inputs: the samples themselves.
  public let samples: Matrix
  /// samples × inputs: the least value of each input.
  public private(set) var lower: Matrix
  /// samples × inputs: the largest value of each input.
  public private(set) var upper: Matrix
  /// How many inputs differ from the sample's at most; `nil`: all of them may.
  public let changes: Int?

  /// All inputs with |u − sample| ≤ radius, within a range.
  ///
  /// - Parameters:
  ///   - samples: samples × inputs.
  ///   - radius: σ ≥ 0: one number, one row for all samples, or samples × inputs.
  ///   - range: what inputs are possible at all; `nil`: every number.
  ///   - changes: how many inputs may differ; `nil`: all of them.
  /// - Throws: ``CyclogradError``: `shape-mismatch` for a radius that does not fit, `invalid-value` for a radius that
  ///   is negative or not finite, and for a sample outside the range.
  public init(
    around samples: Matrix, radius: Matrix, range: ClosedRange<Double>? = nil, changes: Int? = nil
  ) throws(CyclogradError) {
    guard
      radius.rows == 1 && (radius.columns == 1 || radius.columns == samples.columns)
        || radius.rows == samples.rows && radius.columns == samples.columns
    else {
      throw CyclogradError(
        .shapeMismatch,
        "the radius is \(radius.rows) × \(radius.columns) for \(samples.rows) samples of "
          + "\(samples.columns) inputs",
        advice: "give one number, one number for each input, or a row for each sample")
    }
    if let index = radius.elements.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
      throw CyclogradError(
        .invalidValue, "a radius is \(radius.elements[index])",
        at: .init(subject: "row \(index / radius.columns), column \(index % radius.columns)"),
        advice: "give finite numbers that are not negative")
    }
    if let changes, changes < 0 {
      throw CyclogradError(
        .invalidOption, "the number of changes is \(changes)", advice: "give 0 or more")
    }
    if let index = samples.elements.firstIndex(where: { !$0.isFinite }) {
      throw CyclogradError(
        .invalidValue, "an input is \(samples.elements[index])",
        at: .init(subject: "row \(index / samples.columns), column \(index % samples.columns)"),
        advice: "give finite numbers")
    }
    var lower = samples
    var upper = samples
    for index in samples.elements.indices {
      let x = samples.elements[index]
      let column = index % samples.columns
      let r =
        radius.columns == 1 && radius.rows == 1
        ? radius.elements[0]
        : radius.elements[radius.rows == 1 ? column : index]
      guard range?.contains(x) ?? true else {
        throw CyclogradError(
          .invalidValue, "the input \(x) lies outside the range \(range!)",
          at: .init(subject: "row \(index / samples.columns), column \(column)"),
          advice: "give a range that contains every sample")
      }
      // x ± r is not rounded outward where it is exact.
      lower.elements[index] = max(range?.lowerBound ?? -.infinity, Self.below(x, r))
      upper.elements[index] = min(range?.upperBound ?? .infinity, -Self.below(-x, r))
    }
    guard (lower.elements + upper.elements).allSatisfy(\.isFinite) else {
      throw CyclogradError(
        .invalidValue, "an end of the box overflows", advice: "give a smaller radius")
    }
    self.samples = samples
    self.lower = lower
    self.upper = upper
    self.changes = changes
  }

  private init(samples: Matrix, lower: Matrix, upper: Matrix, changes: Int?) {
    (self.samples, self.lower, self.upper) = (samples, lower, upper)
    self.changes = changes
  }

  /// The box around the first samples alone.
  package func prefix(_ count: Int) -> InputBox {
    let count = min(count, samples.rows)
    func head(_ matrix: Matrix) -> Matrix {
      Matrix(
        rows: count, columns: matrix.columns,
        elements: Array(matrix.elements.prefix(count * matrix.columns)))
    }
    return InputBox(
      samples: head(samples), lower: head(lower), upper: head(upper), changes: changes)
  }

  /// The same with one radius for every input.
  public init(
    around samples: Matrix, radius: Double, range: ClosedRange<Double>? = nil,
    changes: Int? = nil
  ) throws(CyclogradError) {
    try self.init(
      around: samples, radius: Matrix([[radius]]), range: range, changes: changes)
  }

  /// The largest distance of an input from its sample.
  ///
  /// - Complexity: O(samples · inputs).
  public var largestRadius: Double {
    samples.elements.indices.reduce(0) { largest, index in
      max(
        largest, upper.elements[index] - samples.elements[index],
        samples.elements[index] - lower.elements[index])
    }
  }

  /// The same box with sides that are a fraction as long, towards the samples.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-value` for a fraction that is not between 0 and 1.
  public func scaled(by fraction: Double) throws(CyclogradError) -> InputBox {
    guard 0 <= fraction, fraction <= 1 else {
      throw CyclogradError(
        .invalidValue, "the fraction is \(fraction)", advice: "give a number from 0 to 1")
    }
    var result = self
    for index in samples.elements.indices where fraction < 1 {
      let x = samples.elements[index]
      result.lower.elements[index] = x - fraction * (x - lower.elements[index])
      result.upper.elements[index] = x + fraction * (upper.elements[index] - x)
    }
    return result
  }

  /// The largest number that is not above x − r.
  private static func below(_ x: Double, _ r: Double) -> Double {
    let difference = x - r
    // The rounding error of the difference (Knuth's TwoSum).
    let part = difference - x
    let error = (x - (difference - part)) - (r + part)
    return error < 0 ? difference.nextDown : difference
  }

  /// The part of one sample.
  ///
  /// - Parameter isAroundSample: whether the centre is the sample also where all inputs may change.
  func row(_ sample: Int, isAroundSample: Bool = false) -> Row {
    let samples = Array(samples[row: sample])
    let lower = Array(lower[row: sample])
    let upper = Array(upper[row: sample])
    // Where all may change, the middle of the box is the better point to start from.
    let center =
      changes != nil || isAroundSample
      ? samples
      : samples.indices.map { j in
        upper[j] - samples[j] == samples[j] - lower[j]
          ? samples[j] : min(upper[j], max(lower[j], 0.5 * lower[j] + 0.5 * upper[j]))
      }
    return Row(
      center: center,
      down: samples.indices.map { j in
        changes == 0 || center[j] == lower[j] ? 0 : (center[j] - lower[j]).nextUp
      },
      up: samples.indices.map { j in
        changes == 0 || upper[j] == center[j] ? 0 : (upper[j] - center[j]).nextUp
      },
      changes: changes.flatMap { $0 < samples.count ? $0 : nil })
  }

  /// A box around a centre, as far as one sample goes.
  struct Row: Sendable {
    var center: [Double]
    /// How far each input may lie below and above the centre.
    var down: [Double]
    var up: [Double]
    /// `nil` where every input may change.
    var changes: Int?

    /// max(down, up)
    func radius(_ j: Int) -> Double { max(down[j], up[j]) }

    /// What one input can be.
    func interval(_ j: Int) -> Interval {
      down[j] == 0 && up[j] == 0
        ? Interval(center[j])
        : Interval((center[j] - down[j]).nextDown, (center[j] + up[j]).nextUp)
    }

    /// An upper bound of Σ max g δ over the box, for what each input contributes at most: the sum, or that of the
    /// largest.
    func total(_ contributions: [Double]) -> Double {
      guard let changes else { return contributions.reduce(0, Rounding.sumUp) }
      return contributions.sorted(by: >).prefix(changes).reduce(0, Rounding.sumUp)
    }

    /// An upper bound of max g δ for one input.
    func support(_ g: Interval, _ j: Int) -> Double {
      max(
        Rounding.productUp(max(0, g.upper), up[j]), Rounding.productUp(max(0, -g.lower), down[j]))
    }
  }
}
