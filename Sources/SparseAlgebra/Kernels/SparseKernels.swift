internal import CKernels

/// What a step changes, for each lane; see ``SparseKernels/step(_:rows:a:drive:z:running:next:change:lanes:)``.
public struct StepChange {
  /// max |next[r] − z[r]|, NaN where one is not finite.
  public var change: UnsafeMutablePointer<Double>
  /// max |next[r]|.
  public var size: UnsafeMutablePointer<Double>
  /// max |next[r] − z[r]| / max(t[r], least) with t[r] = |z[r]| + |drive[r]| + Σ |values[e] · a[columns[e]]|, and
  /// `least`, positive numbers; `nil` where it is not measured.
  public var error: (largest: UnsafeMutablePointer<Double>, least: UnsafePointer<Double>)?

  /// Creates a place for measurements.
  public init(
    change: UnsafeMutablePointer<Double>, size: UnsafeMutablePointer<Double>,
    error: (largest: UnsafeMutablePointer<Double>, least: UnsafePointer<Double>)? = nil
  ) {
    self.change = change
    self.size = size
    self.error = error
  }
}

/// The few loops over matrix entries in which the time goes.
///
/// They are written in C, for the widest vector instructions that the processor has, and check
/// nothing: callers own the bounds.
///
/// Rows of the same columns without gaps are recognised where they stand and multiplied as a dense block, from whatever
/// format they came. Dense blocks are not handed to BLAS, which would add in another order; such layers
/// are mostly small, and packing them would cost more than it saves.
///
/// A row's sum runs over its entries one after the other, in the order of their columns, without fused
/// operations; a start of −0 counts as 0. So it is the same for one sample and for several, for rows in bundles and
/// rows by themselves, and for every instruction set.
///
/// Vectors hold 1, 8 or 16 samples side by side as *lanes*: element r of lane b is at
/// r · lanes + b, so that one matrix entry is one vector operation and each gather fetches a whole
/// cache line.
public enum SparseKernels {
  /// The numbers of lanes that there are loops for, ascending.
  public static let laneCounts = [1, 8, 16]

  /// Stops the program at another number of lanes than those: the loops in C would take it for the largest, and write
  /// beyond vectors of fewer.
  ///
  /// Owners of vectors call it when they are made, so that sweeps need not.
  package static func check(lanes: Int) {
    precondition(laneCounts.contains(lanes), "there are no loops for \(lanes) lanes")
  }

  /// Copies `width` numbers of each of some rows, which begin some strides apart; the arrays must not overlap.
  public static func copyRows(
    _ count: Int, width: Int, from source: UnsafePointer<Double>, stride sourceStride: Int,
    to target: UnsafeMutablePointer<Double>, stride targetStride: Int
  ) {
    ck_copy_rows(count, width, source, sourceStride, target, targetStride)
  }

  /// y[r] += Σ values[e] · x[columns[e]] for the rows r of a range.
  public static func addProduct(
    _ matrix: SparseRows, rows: Range<Int>, x: UnsafePointer<Double>,
    to y: UnsafeMutablePointer<Double>, lanes: Int = 1
  ) {
    withUnsafePointer(to: matrix.rows) {
      ck_product($0, rows.lowerBound, rows.count, x + matrix.shift * lanes, y, lanes)
    }
  }

  /// y[columns[e]] += values[e] · x[r] for the entries e of the rows 0..<count, of one lane: the
  /// product with the transpose, each of whose sums runs in the order of its entries. It reads the values in their
  /// order, which pays where they outgrow the caches, and passes over rows whose x is 0.
  public static func addTransposedProduct(
    _ matrix: SparseRows, rows count: Int, x: UnsafePointer<Double>,
    to y: UnsafeMutablePointer<Double>
  ) {
    withUnsafePointer(to: matrix.rows) { ck_transposed_product($0, count, x, y + matrix.shift) }
  }

  /// result[e] = factor · Σ_b u[r · samples + b] · x[columns[e] · samples + b] for the entries e
  /// of the rows 0..<count: the outer product of two batches, on a pattern.
  public static func setOuterProduct(
    _ matrix: SparseRows, rows count: Int, u: UnsafePointer<Double>, x: UnsafePointer<Double>,
    samples: Int, factor: Double, result: UnsafeMutablePointer<Double>
  ) {
    withUnsafePointer(to: matrix.rows) {
      ck_outer_product(
        $0, count, u, x + matrix.shift * samples, samples, factor, nil, nil, result)
    }
  }

  /// result[targets[e]] += factors[e] · what ``setOuterProduct(_:rows:u:x:samples:factor:result:)`` sets for e, entry after
  /// entry; without factors these are 1.
  public static func addOuterProduct(
    _ matrix: SparseRows, rows count: Int, u: UnsafePointer<Double>, x: UnsafePointer<Double>,
    samples: Int, factor: Double, targets: UnsafePointer<Int32>,
    factors: UnsafePointer<Double>?, to result: UnsafeMutablePointer<Double>
  ) {
    withUnsafePointer(to: matrix.rows) {
      ck_outer_product(
        $0, count, u, x + matrix.shift * samples, samples, factor, targets, factors, result)
    }
  }

  /// next[r] = drive[r] + Σ values[e] · a[columns[e]] for the rows r of a range; what it changes is measured before
  /// lanes are held back.
  ///
  /// - Parameter running: for each lane all bits, or none: then next[r] is z[r]. Not read for one.
  public static func step(
    _ matrix: SparseRows, rows: Range<Int>, a: UnsafePointer<Double>,
    drive: UnsafePointer<Double>, z: UnsafePointer<Double>, running: UnsafePointer<Int64>,
    next: UnsafeMutablePointer<Double>, change: StepChange, lanes: Int
  ) {
    let result = ck_change(
      change: change.change, size: change.size, error: change.error?.largest)
    let a = a + matrix.shift * lanes
    withUnsafePointer(to: matrix.rows) { matrix in
      withUnsafePointer(to: result) {
        ck_step(
          matrix, rows.lowerBound, rows.count, a, drive, z, running, next, $0,
          change.error?.least, lanes)
      }
    }
  }

  /// next[r] = slope[r] · (source[r] + Σ values[e] · x[columns[e]]) for the rows r of a range, and for
  /// each lane largest = max |next[r] − d[r]|, NaN where one is not finite, and
  /// scale = max(|next[r]|, |d[r]|).
  ///
  /// - Parameter running: as in ``step(_:rows:a:drive:z:running:next:change:lanes:)``.
  public static func adjointStep(
    _ matrix: SparseRows, rows: Range<Int>, x: UnsafePointer<Double>,
    source: UnsafePointer<Double>, slope: UnsafePointer<Double>, d: UnsafePointer<Double>,
    running: UnsafePointer<Int64>, next: UnsafeMutablePointer<Double>,
    largest: UnsafeMutablePointer<Double>, scale: UnsafeMutablePointer<Double>, lanes: Int
  ) {
    withUnsafePointer(to: matrix.rows) {
      ck_adjoint_step(
        $0, rows.lowerBound, rows.count, x + matrix.shift * lanes, source, slope, d, running, next,
        largest, scale, lanes)
    }
  }
}
