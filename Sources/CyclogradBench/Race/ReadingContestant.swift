import Cyclograd
import CyclogradFormats

/// Reads a matrix from a file of some format.
final class ReadingContestant: Contestant {
  let name = "cyclograd"
  let isPeer = false
  private let read: () throws -> CoordinateMatrix
  private var matrix: CoordinateMatrix?

  init(_ read: @escaping () throws -> CoordinateMatrix) { self.read = read }

  func run() throws -> Timing {
    matrix = nil
    let (result, seconds) = try Stopwatch.time(read)
    matrix = result
    return Timing(total: seconds)
  }

  /// Sums that any misread entry changes: of the values, by rows, and by columns.
  func answer() throws -> Answer {
    guard let matrix else { throw Withdrawal(reason: "it has not run") }
    var sums = [Double(matrix.rowIndices.count), 0, 0, 0]
    for entry in matrix.rowIndices.indices {
      let value = matrix.values?[entry] ?? 1
      sums[1] += value
      sums[2] += value * Double(matrix.rowIndices[entry])
      sums[3] += value * Double(matrix.columnIndices[entry])
    }
    return Answer(vectors: sums.enumerated().map { ("sum\($0)", [$1]) })
  }
}
