import Cyclograd

extension CoordinateMatrix {
  /// Refuses to write what could not be read back.
  func check(for path: String) throws {
    let location = CyclogradError.Location(file: path)
    let count = rowIndices.count
    guard columnIndices.count == count, values?.count ?? count == count else {
      throw CyclogradError(
        .shapeMismatch, "the lists of rows, columns and values differ in length", at: location)
    }
    let limit = 0...Int(Int32.max)
    guard limit.contains(rows), limit.contains(columns),
      rowIndices.allSatisfy({ 0..<rows ~= Int($0) }),
      columnIndices.allSatisfy({ 0..<columns ~= Int($0) })
    else {
      throw CyclogradError(.shapeMismatch, "an entry lies outside the matrix", at: location)
    }
    if let place = duplicate() {
      throw CyclogradError(
        .invalidValue, "entry (\(place.row), \(place.column)), counted from 0, is there twice",
        at: location)
    }
    guard values?.allSatisfy(\.isFinite) ?? true else {
      throw CyclogradError(
        .invalidValue, "matrices with NaN or infinities are not written", at: location)
    }
  }
}
