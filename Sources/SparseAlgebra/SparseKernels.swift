/// The few loops over matrix entries in which the time goes.
///
/// They are concrete, work on pointers, and check nothing: callers own the bounds.
public enum SparseKernels {
  /// y[r] += Σ values[e] · x[columns[e]] over e in begin[r]..<end[r], for the rows r of a range.
  public static func addProduct(
    rows: Range<Int>, begin: UnsafePointer<Int32>, end: UnsafePointer<Int32>,
    columns: UnsafePointer<Int32>, values: UnsafePointer<Double>, x: UnsafePointer<Double>,
    to y: UnsafeMutablePointer<Double>
  ) {
    for r in rows {
      var sum = y[r]
      for e in Int(begin[r])..<Int(end[r]) { sum += values[e] * x[Int(columns[e])] }
      y[r] = sum
    }
  }

  /// y[columns[e]] += values[e] · x[r] for the entries e of the rows of a range: the product with the
  /// transpose. It reads the values in their order, which pays where they outgrow the caches, and
  /// passes over rows whose x is 0.
  public static func addTransposedProduct(
    rows: Range<Int>, begin: UnsafePointer<Int32>, end: UnsafePointer<Int32>,
    columns: UnsafePointer<Int32>, values: UnsafePointer<Double>, x: UnsafePointer<Double>,
    to y: UnsafeMutablePointer<Double>
  ) {
    for r in rows {
      let factor = x[r]
      if factor == 0 { continue }
      for e in Int(begin[r])..<Int(end[r]) { y[Int(columns[e])] += values[e] * factor }
    }
  }

  /// y[r] += Σ values[places[e]] · x[columns[e]]: the same for a transpose that refers to its
  /// values by their places.
  public static func addGatheredProduct(
    rows: Range<Int>, begin: UnsafePointer<Int32>, end: UnsafePointer<Int32>,
    columns: UnsafePointer<Int32>, places: UnsafePointer<Int32>, values: UnsafePointer<Double>,
    x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>
  ) {
    for r in rows {
      var sum = y[r]
      for e in Int(begin[r])..<Int(end[r]) { sum += values[Int(places[e])] * x[Int(columns[e])] }
      y[r] = sum
    }
  }

  /// result[e] += factor · Σ_b u[r · batch + b] · x[columns[e] · batch + b] for the entries e of
  /// the rows of a range: the outer product of two batches, on a pattern.
  public static func addOuterProduct(
    rows: Range<Int>, begin: UnsafePointer<Int32>, end: UnsafePointer<Int32>,
    columns: UnsafePointer<Int32>, u: UnsafePointer<Double>, x: UnsafePointer<Double>, batch: Int,
    factor: Double, _ store: (_ entry: Int, _ value: Double) -> Void
  ) {
    for r in rows {
      let left = u + r * batch
      for e in Int(begin[r])..<Int(end[r]) {
        let right = x + Int(columns[e]) * batch
        var sum = 0.0
        for b in 0..<batch { sum += left[b] * right[b] }
        store(e, factor * sum)
      }
    }
  }
}
