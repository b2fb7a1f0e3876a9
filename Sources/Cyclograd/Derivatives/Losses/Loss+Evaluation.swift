extension Loss {
  /// The loss of one sample and its derivatives, in arrays: for tests of a loss.
  ///
  /// - Precondition: the numbers of outputs and targets are those that the loss takes.
  public func evaluate(
    outputs: [Double], targets: [Double]
  ) -> (value: Double, derivatives: [Double]) {
    var derivatives = [Double](repeating: 0, count: outputs.count)
    var span = derivatives.mutableSpan
    let value = evaluate(outputs: outputs.span, targets: targets.span, derivatives: &span)
    return (value, derivatives)
  }

  /// The losses of some rows, and their derivatives in the same rows of a matrix of zeros.
  ///
  /// - Parameters:
  ///   - rows: which rows; the others' losses are NaN.
  ///   - outputs: samples × outputs.
  ///   - targets: as ``prepare(_:samples:outputs:)`` gave them.
  func evaluate(
    rows: [Int], outputs: Matrix, targets: Matrix, derivatives: inout Matrix
  ) -> [Double] {
    var values = [Double](repeating: .nan, count: outputs.rows)
    let (a, y) = (outputs.elements.span, targets.elements.span)
    let (width, targetWidth) = (outputs.columns, targets.columns)
    derivatives.elements.withUnsafeMutableBufferPointer { elements in
      for row in rows {
        let part = UnsafeMutableBufferPointer(
          rebasing: elements[row * width..<(row + 1) * width])
        var span = part.mutableSpan
        values[row] = evaluate(
          outputs: a.extracting(row * width..<(row + 1) * width),
          targets: y.extracting(row * targetWidth..<(row + 1) * targetWidth), derivatives: &span)
      }
    }
    return values
  }

  /// The losses of some rows, in their order.
  ///
  /// - Parameter targets: as ``prepare(_:samples:outputs:)`` gave them.
  func values(rows: [Int], outputs: Matrix, targets: Matrix) -> [Double] {
    var derivatives = Matrix(rows: outputs.rows, columns: outputs.columns)
    let values = evaluate(
      rows: rows, outputs: outputs, targets: targets, derivatives: &derivatives)
    return rows.map { values[$0] }
  }
}
