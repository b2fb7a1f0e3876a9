/// A fraction of integers of 128 bits; one without a value, which every sum and product keeps, where these do not do.
struct Fraction: Equatable {
  private(set) var numerator: Int128
  /// Positive; 0 where there is no value.
  private(set) var denominator: Int128

  static let zero = Fraction(0)
  private static let none = Fraction(raw: 0, 0)

  init(_ number: Int, _ denominator: Int = 1) {
    self = Fraction.reduced(Int128(number), Int128(denominator))
  }

  private init(raw numerator: Int128, _ denominator: Int128) {
    (self.numerator, self.denominator) = (numerator, denominator)
  }

  var hasValue: Bool { denominator != 0 }
  var isZero: Bool { hasValue && numerator == 0 }
  var double: Double { Double(numerator) / Double(denominator) }

  private static func divisor(_ a: Int128, _ b: Int128) -> Int128 {
    var (a, b) = (a.magnitude, b.magnitude)
    while b != 0 { (a, b) = (b, a % b) }
    return Int128(a)
  }

  private static func reduced(_ numerator: Int128, _ denominator: Int128) -> Fraction {
    guard denominator != 0 else { return none }
    let common = divisor(numerator, denominator) * (denominator < 0 ? -1 : 1)
    return Fraction(raw: numerator / common, denominator / common)
  }

  static func * (a: Fraction, b: Fraction) -> Fraction {
    guard a.hasValue, b.hasValue else { return none }
    let (x, y) = (reduced(a.numerator, b.denominator), reduced(b.numerator, a.denominator))
    let (top, isTooLarge) = x.numerator.multipliedReportingOverflow(by: y.numerator)
    let (bottom, isTooSmall) = x.denominator.multipliedReportingOverflow(by: y.denominator)
    return isTooLarge || isTooSmall ? none : reduced(top, bottom)
  }

  static func + (a: Fraction, b: Fraction) -> Fraction {
    guard a.hasValue, b.hasValue else { return none }
    let common = divisor(a.denominator, b.denominator)
    let (left, one) = a.numerator.multipliedReportingOverflow(by: b.denominator / common)
    let (right, two) = b.numerator.multipliedReportingOverflow(by: a.denominator / common)
    let (bottom, three) = a.denominator.multipliedReportingOverflow(by: b.denominator / common)
    let (top, four) = left.addingReportingOverflow(right)
    return one || two || three || four ? none : reduced(top, bottom)
  }

  static prefix func - (a: Fraction) -> Fraction { Fraction(raw: -a.numerator, a.denominator) }
  static func - (a: Fraction, b: Fraction) -> Fraction { a + -b }

  static func / (a: Fraction, b: Fraction) -> Fraction {
    guard b.hasValue, b.numerator != 0 else { return none }
    return a * reduced(b.denominator, b.numerator)
  }
}

/// A matrix of fractions, row by row.
struct ExactMatrix: Equatable {
  var rows: [[Fraction]]
  var width: Int

  init(_ height: Int, _ width: Int, _ element: (Int, Int) -> Fraction = { _, _ in .zero }) {
    rows = (0..<height).map { i in (0..<width).map { element(i, $0) } }
    self.width = width
  }

  var height: Int { rows.count }
  var hasValues: Bool { rows.allSatisfy { $0.allSatisfy(\.hasValue) } }
  var doubles: [Double] { rows.flatMap { $0.map(\.double) } }

  static func identity(_ n: Int) -> ExactMatrix {
    ExactMatrix(n, n) { Fraction($0 == $1 ? 1 : 0) }
  }

  static func * (a: ExactMatrix, b: ExactMatrix) -> ExactMatrix {
    ExactMatrix(a.height, b.width) { i, j in
      (0..<a.width).reduce(.zero) { $0 + a.rows[i][$1] * b.rows[$1][j] }
    }
  }

  static func * (a: Fraction, b: ExactMatrix) -> ExactMatrix {
    ExactMatrix(b.height, b.width) { a * b.rows[$0][$1] }
  }

  static func + (a: ExactMatrix, b: ExactMatrix) -> ExactMatrix {
    ExactMatrix(a.height, a.width) { a.rows[$0][$1] + b.rows[$0][$1] }
  }

  /// [a, b; c, d]
  init(_ a: ExactMatrix, _ b: ExactMatrix, _ c: ExactMatrix, _ d: ExactMatrix) {
    rows = zip(a.rows, b.rows).map { $0 + $1 } + zip(c.rows, d.rows).map { $0 + $1 }
    width = a.width + b.width
  }

  /// The two below each other.
  func above(_ other: ExactMatrix) -> ExactMatrix {
    var result = self
    result.rows += other.rows
    return result
  }

  /// The two beside each other.
  func beside(_ other: ExactMatrix) -> ExactMatrix {
    ExactMatrix(height, width + other.width) {
      $1 < width ? rows[$0][$1] : other.rows[$0][$1 - width]
    }
  }

  /// By elimination; elements without a value where there is none.
  var inverse: ExactMatrix {
    let n = height
    var a = beside(.identity(n))
    for column in 0..<n {
      guard let pivot = (column..<n).first(where: { !a.rows[$0][column].isZero }) else {
        return Fraction(1, 0) * ExactMatrix.identity(n)
      }
      a.rows.swapAt(pivot, column)
      let scale = a.rows[column][column]
      a.rows[column] = a.rows[column].map { $0 / scale }
      for row in 0..<n where row != column {
        let factor = a.rows[row][column]
        a.rows[row] = zip(a.rows[row], a.rows[column]).map { $0 - factor * $1 }
      }
    }
    return ExactMatrix(n, n) { a.rows[$0][n + $1] }
  }
}

/// (A, B, C, D) with biases b of the states and c of the outputs; the algebra of El Ghaoui et al. 2021, section 2.4, for dense
/// matrices, with feedback also where D is not 0.
struct ExactModel {
  var a: ExactMatrix
  var b: ExactMatrix
  var c: ExactMatrix
  var d: ExactMatrix
  var stateBias: ExactMatrix
  var outputBias: ExactMatrix

  var states: Int { a.height }
  var inputs: Int { b.width }
  var outputs: Int { c.height }
  var hasValues: Bool {
    [a, b, c, d, stateBias, outputBias].allSatisfy(\.hasValues)
  }

  static func cascade(_ x: ExactModel, _ y: ExactModel) -> ExactModel {
    ExactModel(
      a: ExactMatrix(y.a, y.b * x.c, ExactMatrix(x.states, y.states), x.a),
      b: (y.b * x.d).above(x.b), c: y.c.beside(y.d * x.c), d: y.d * x.d,
      stateBias: (y.stateBias + y.b * x.outputBias).above(x.stateBias),
      outputBias: y.outputBias + y.d * x.outputBias)
  }

  private static func both(_ x: ExactModel, _ y: ExactModel) -> ExactModel {
    var result = x
    result.a = ExactMatrix(
      x.a, ExactMatrix(x.states, y.states), ExactMatrix(y.states, x.states), y.a)
    result.b = x.b.above(y.b)
    result.stateBias = x.stateBias.above(y.stateBias)
    return result
  }

  static func sum(
    _ x: ExactModel, _ y: ExactModel, _ alpha: Fraction, _ beta: Fraction
  ) -> ExactModel {
    var result = both(x, y)
    result.c = (alpha * x.c).beside(beta * y.c)
    result.d = alpha * x.d + beta * y.d
    result.outputBias = alpha * x.outputBias + beta * y.outputBias
    return result
  }

  static func concatenation(_ x: ExactModel, _ y: ExactModel) -> ExactModel {
    var result = both(x, y)
    result.c = ExactMatrix(
      x.c, ExactMatrix(x.outputs, y.states), ExactMatrix(y.outputs, x.states), y.c)
    result.d = x.d.above(y.d)
    result.outputBias = x.outputBias.above(y.outputBias)
    return result
  }

  /// u = F v + g, output P y + r.
  func affine(_ f: ExactMatrix, _ g: ExactMatrix, _ p: ExactMatrix, _ r: ExactMatrix) -> ExactModel
  {
    ExactModel(
      a: a, b: b * f, c: p * c, d: p * d * f, stateBias: stateBias + b * g,
      outputBias: p * (outputBias + d * g) + r)
  }

  /// u₁ = u + y₂, u₂ = y₁ = y.
  static func feedback(_ x: ExactModel, _ y: ExactModel) -> ExactModel {
    let e = (ExactMatrix.identity(x.outputs) + Fraction(-1) * (x.d * y.d)).inverse
    let (ec, ed) = (e * x.c, e * x.d)
    let g = ExactMatrix.identity(x.inputs) + y.d * ed
    let c = e * (x.outputBias + x.d * y.outputBias)
    let (xd, upper) = (x.b * y.d, x.b * g)
    let a = ExactMatrix(x.a + xd * ec, upper * y.c, y.b * ec, y.a + y.b * (ed * y.c))
    let second = y.d * c + y.outputBias
    return ExactModel(
      a: a, b: upper.above(y.b * ed), c: ec.beside(ed * y.c), d: ed,
      stateBias: (x.stateBias + x.b * second).above(y.stateBias + y.b * c), outputBias: c)
  }
}
