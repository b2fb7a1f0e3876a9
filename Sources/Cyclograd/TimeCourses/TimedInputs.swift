/// Inputs in time: rows that each hold from their time until that of the next.
public struct TimedInputs: Hashable, Sendable {
  /// A row for each time, a column for each input.
  public let rows: Matrix
  /// When each row begins to hold, ascending; the first holds from the beginning where there is only one.
  public let times: [Double]

  /// Creates inputs that change at given times.
  ///
  /// - Throws: ``CyclogradError`` with the code `shape-mismatch` for another number of times than of rows,
  ///   `invalid-value` for times that do not ascend.
  public init(_ rows: Matrix, times: [Double]) throws(CyclogradError) {
    guard rows.rows == times.count, rows.rows > 0 else {
      throw CyclogradError(
        .shapeMismatch, "there are \(rows.rows) rows of inputs and \(times.count) times",
        advice: "give a time for each row")
    }
    try Self.check(times, of: "inputs", strictly: true)
    self.rows = rows
    self.times = times
  }

  /// Creates inputs that never change.
  ///
  /// - Precondition: there is one row.
  public init(constant row: Matrix) {
    precondition(row.rows == 1, "constant inputs are one row, not \(row.rows)")
    rows = row
    times = [-.infinity]
  }

  /// Other rows that hold at the same times.
  func replacing(rows: Matrix) -> TimedInputs { TimedInputs(unchecked: rows, times) }

  private init(unchecked rows: Matrix, _ times: [Double]) {
    (self.rows, self.times) = (rows, times)
  }

  /// Refuses times that are not finite or do not ascend.
  static func check(
    _ times: [Double], of what: String, strictly: Bool
  ) throws(CyclogradError) {
    for (index, time) in times.enumerated() {
      guard time.isFinite else {
        throw CyclogradError(
          .invalidValue, "a time is \(time)", at: .init(subject: "\(what), row \(index)"),
          advice: "times must be finite numbers")
      }
      if index > 0, strictly ? time <= times[index - 1] : time < times[index - 1] {
        throw CyclogradError(
          .invalidValue, "the time \(time) does not follow \(times[index - 1])",
          at: .init(subject: "\(what), row \(index)"), advice: "times must ascend")
      }
    }
  }

  /// The row that holds from a time on.
  func row(at time: Double) -> Int {
    max(0, (0..<times.count).partitioningIndex { times[$0] > time } - 1)
  }

  /// The times within an open interval at which another row begins to hold.
  func changes(after start: Double, before end: Double) -> ArraySlice<Double> {
    let first = (0..<times.count).partitioningIndex { times[$0] > start }
    let last = (0..<times.count).partitioningIndex { times[$0] >= end }
    return first < last ? times[first..<last] : []
  }
}
