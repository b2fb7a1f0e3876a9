import SparseAlgebra

/// Which part of each row of W, or of its transpose, a product runs over.
enum MatrixPart {
  case all
  /// The edges within a component.
  case inner(Component)
  /// The edges between a stage and the rest, which are all of an acyclic one's; with the component of a cyclic one.
  case outer(Component?)
}

extension Network {
  /// The wanted part of some units' rows of W, counted from the first of them.
  ///
  /// - Parameters:
  ///   - units: those of a stage, or others whose rows have one shift.
  ///   - order: the order in which rows are taken, if it is another.
  func withRows(
    _ units: Range<Int>, _ part: MatrixPart, _ weights: UnsafePointer<Double>?,
    order: RowOrder? = nil, _ body: (SparseRows) -> Void
  ) {
    guard !units.isEmpty, storedEdgeCount > 0 else { return }
    rows.columns.withUnsafeBufferPointer { columns in
      Self.withBounds(rows, units, part, split: \.innerStarts, innerFirst: false) { begin, end in
        Self.withOrder(order) {
          body(
            SparseRows(
              begin: begin, end: end, columns: columns.baseAddress!, values: weights, order: $0,
              shift: rows.shift(units.lowerBound)))
        }
      }
    }
  }

  /// The wanted part of some neurons' rows of Wᵀ, counted from the first of them.
  ///
  /// - Parameters:
  ///   - neurons: those of a stage, or others whose rows have one shift.
  ///   - transposed: the weights in the order of Wᵀ's entries, where there are such.
  ///   - order: the order in which rows are taken, if it is another.
  func withTransposedRows(
    _ neurons: Range<Int>, _ part: MatrixPart, _ weights: UnsafePointer<Double>,
    transposed: UnsafePointer<Double>? = nil, order: RowOrder? = nil,
    _ body: (SparseRows) -> Void
  ) {
    guard !neurons.isEmpty, storedEdgeCount > 0 else { return }
    let (transpose, part) = transposeAndPart(part)
    transpose.rows.columns.withUnsafeBufferPointer { units in
      transpose.places.withUnsafeBufferPointer { places in
        Self.withBounds(
          transpose.rows, neurons, part, split: \.outRows.outerStarts, innerFirst: true
        ) {
          begin, end in
          Self.withOrder(order) {
            body(
              SparseRows(
                begin: begin, end: end, columns: units.baseAddress!,
                places: transposed == nil ? places.baseAddress! : nil,
                values: transposed ?? weights, order: $0,
                shift: transpose.rows.shift(neurons.lowerBound)))
          }
        }
      }
    }
  }

  /// About how many edges a product with a part of some neurons' rows of Wᵀ goes through.
  func transposedEdgeCount(_ neurons: Range<Int>, _ part: MatrixPart) -> Int {
    transposeAndPart(part).0.rows.edgeCount(neurons)
  }

  /// Where the wanted part of Wᵀ stands: the whole is not asked for what is between stages.
  private func transposeAndPart(_ part: MatrixPart) -> (Transpose, MatrixPart) {
    if case .outer = part, let transpose = transposes.betweenStages { return (transpose, .all) }
    return (transpose, part)
  }

  private static func withOrder(
    _ order: RowOrder?, _ body: (UnsafePointer<Int32>?) -> Void
  ) {
    guard let order else { return body(nil) }
    order.rows.withUnsafeBufferPointer { body($0.baseAddress) }
  }

  /// Where the wanted part of each row begins and ends, counted from the range's first row.
  private static func withBounds(
    _ rows: TopologyRows, _ range: Range<Int>, _ part: MatrixPart, split: (Component) -> [Int32],
    innerFirst: Bool, _ body: (UnsafePointer<Int32>, UnsafePointer<Int32>) -> Void
  ) {
    rows.withBounds(range) { begin, end in
      switch part {
      case .all, .outer(nil): body(begin, end)
      case .inner(let component):
        split(component).withUnsafeBufferPointer {
          innerFirst ? body(begin, $0.baseAddress!) : body($0.baseAddress!, end)
        }
      case .outer(let component?):
        split(component).withUnsafeBufferPointer {
          innerFirst ? body($0.baseAddress!, end) : body(begin, $0.baseAddress!)
        }
      }
    }
  }
}
