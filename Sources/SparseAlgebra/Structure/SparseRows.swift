internal import CKernels

/// Rows of a sparse matrix, for the length of a call: the entries of row r are begin[r]..<end[r], and
/// their columns ascend.
public struct SparseRows {
  let rows: ck_rows
  /// What is added to the columns: products read vectors from there on.
  let shift: Int

  /// Rows whose entry e has the value values[e], or values[places[e]] where places are given. Products and
  /// steps take row order[i] in the place of row i where an order is given. The columns of all rows are those given
  /// plus a shift.
  public init(
    begin: UnsafePointer<Int32>, end: UnsafePointer<Int32>, columns: UnsafePointer<Int32>,
    places: UnsafePointer<Int32>? = nil, values: UnsafePointer<Double>? = nil,
    order: UnsafePointer<Int32>? = nil, shift: Int = 0
  ) {
    rows = ck_rows(
      begin: begin, end: end, columns: columns, places: places, values: values, order: order,
      bundles: nil, tiles: nil)
    self.shift = shift
  }

  /// The same rows, eight at a time where bundles say how.
  init(_ rows: SparseRows, bundles: UnsafePointer<ck_bundles>) {
    shift = rows.shift
    var rows = rows.rows
    rows.bundles = bundles
    self.rows = rows
  }

  /// Rows tile by tile, which products and steps of one lane take alone.
  init(tiles: UnsafePointer<ck_tiles>, shift: Int) {
    rows = ck_rows(
      begin: nil, end: nil, columns: nil, places: nil, values: nil, order: nil, bundles: nil,
      tiles: tiles)
    self.shift = shift
  }
}
