/// Scales the rows and columns of a sparse matrix A by powers of two, so that those of diag(r) A diag(c) are of about
/// the same size.
///
/// Geometric means of the largest and the smallest entry come first, because they undo scalings of many decades in few
/// passes; sums of magnitudes follow (Sinkhorn & Knopp 1967). Powers of two make no rounding errors.
struct Equilibration: Sendable {
  /// r: one factor for each row.
  private(set) var rowScales: [Double]
  /// c: one factor for each column.
  private(set) var columnScales: [Double]
  private var sums: [Double]
  private var smallest: [Int]
  private var largest: [Int]

  init(order: Int) {
    rowScales = Array(repeating: 1, count: order)
    columnScales = rowScales
    sums = rowScales
    smallest = Array(repeating: 0, count: order)
    largest = smallest
  }

  var order: Int { rowScales.count }

  /// Chooses r and c from finite entries, in nine passes over them.
  ///
  /// Rows of diag(r) A diag(c) then have sums of magnitudes between √½ and √2; those of columns are near 1 only where
  /// the passes sufficed. Rows and columns of zeros keep the factor 1.
  mutating func balance(_ pattern: SparsePattern, _ values: UnsafeBufferPointer<Double>) {
    for i in rowScales.indices {
      rowScales[i] = 1
      columnScales[i] = 1
    }
    for _ in 0..<2 {
      centreRows(pattern, values)
      centreColumns(pattern, values)
    }
    for _ in 0..<2 {
      _ = normalizeRows(pattern, values)
      normalizeColumns(pattern, values)
    }
    _ = normalizeRows(pattern, values)
  }

  /// Multiplies c by these factors, rounded to powers of two, over the largest of them; then makes the sums of rows
  /// about 1, and returns the largest, ‖diag(r) A diag(c)‖∞.
  mutating func rescaleColumns(
    by factors: [Double], _ pattern: SparsePattern, _ values: UnsafeBufferPointer<Double>
  ) -> Double {
    let highest = factors.reduce(0) { max($0, Self.exponent($1)) }
    for j in columnScales.indices {
      columnScales[j] = Self.scale(columnScales[j], Self.exponent(factors[j]) - highest)
    }
    return normalizeRows(pattern, values)
  }

  private mutating func centreRows(
    _ pattern: SparsePattern, _ values: UnsafeBufferPointer<Double>
  ) {
    for row in 0..<order {
      var low = Int.max
      var high = Int.min
      for entry in pattern.entries(ofRow: row) where values[entry] != 0 {
        let exponent =
          values[entry].exponent + columnScales[Int(pattern.columns[entry])].exponent
        low = min(low, exponent)
        high = max(high, exponent)
      }
      rowScales[row] = low > high ? 1 : Self.scale(1, -((low + high) >> 1))
    }
  }

  private mutating func centreColumns(
    _ pattern: SparsePattern, _ values: UnsafeBufferPointer<Double>
  ) {
    for column in 0..<order {
      smallest[column] = Int.max
      largest[column] = Int.min
    }
    for row in 0..<order {
      let rowExponent = rowScales[row].exponent
      for entry in pattern.entries(ofRow: row) where values[entry] != 0 {
        let column = Int(pattern.columns[entry])
        let exponent = values[entry].exponent + rowExponent
        smallest[column] = min(smallest[column], exponent)
        largest[column] = max(largest[column], exponent)
      }
    }
    for column in 0..<order {
      let (low, high) = (smallest[column], largest[column])
      columnScales[column] = low > high ? 1 : Self.scale(1, -((low + high) >> 1))
    }
  }

  /// Makes the sums of rows about 1, and returns the largest.
  private mutating func normalizeRows(
    _ pattern: SparsePattern, _ values: UnsafeBufferPointer<Double>
  ) -> Double {
    var norm = 0.0
    for row in 0..<order {
      var sum = 0.0
      for entry in pattern.entries(ofRow: row) {
        sum += Self.magnitude(
          values[entry], rowScales[row], columnScales[Int(pattern.columns[entry])])
      }
      let before = rowScales[row]
      rowScales[row] = Self.scale(before, -Self.exponent(sum))
      norm = max(norm, sum * (rowScales[row] / before))
    }
    return norm
  }

  private mutating func normalizeColumns(
    _ pattern: SparsePattern, _ values: UnsafeBufferPointer<Double>
  ) {
    for column in 0..<order { sums[column] = 0 }
    for row in 0..<order {
      for entry in pattern.entries(ofRow: row) {
        let column = Int(pattern.columns[entry])
        sums[column] += Self.magnitude(values[entry], rowScales[row], columnScales[column])
      }
    }
    for column in 0..<order {
      columnScales[column] = Self.scale(columnScales[column], -Self.exponent(sums[column]))
    }
  }

  /// |value| r c. Since r and c lie between 2⁻¹⁰⁰⁰ and 2¹⁰⁰⁰, what overflows or underflows on the way is nowhere near 1.
  private static func magnitude(_ value: Double, _ r: Double, _ c: Double) -> Double {
    abs(value) * r * c
  }

  /// The exponent of the power of two nearest to a sum; 0 for 0, and that of the largest one for infinity.
  private static func exponent(_ sum: Double) -> Int {
    guard sum > 0 else { return 0 }
    guard sum.isFinite else { return 1024 }
    return sum.exponent + (sum.significand > 2.0.squareRoot() ? 1 : 0)
  }

  /// The power of two `scale` times 2 to the `exponent`, kept where it and its inverse are normal numbers.
  private static func scale(_ scale: Double, _ exponent: Int) -> Double {
    Double(
      sign: .plus, exponent: min(max(scale.exponent + exponent, -1000), 1000), significand: 1)
  }
}
