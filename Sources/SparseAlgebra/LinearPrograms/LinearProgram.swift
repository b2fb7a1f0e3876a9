/// Bounds of unknowns x and of linear functions of them, over which others are to be maximised.
public struct LinearProgram: Sendable {
  /// Whether this build can solve linear programs: whether it has the package trait `Clp`.
  public static var isAvailable: Bool {
    #if Clp
      true
    #else
      false
    #endif
  }

  /// The least value of each unknown; may be −∞.
  public private(set) var columnLower: [Double] = []
  /// The largest value of each unknown; may be ∞.
  public private(set) var columnUpper: [Double] = []
  /// The least value of each linear function; may be −∞.
  public private(set) var rowLower: [Double] = []
  /// The largest value of each linear function; may be ∞.
  public private(set) var rowUpper: [Double] = []
  /// Where the coefficients of each row begin and the last ones end.
  public private(set) var rowStarts: [Int] = [0]
  /// The unknowns of coefficients, each at most once in a row, ascending.
  public private(set) var columns: [Int32] = []
  /// Coefficients.
  public private(set) var values: [Double] = []

  /// A program without unknowns.
  public init() {}

  /// Adds an unknown.
  ///
  /// - Returns: its number.
  public mutating func addColumn(_ lower: Double, _ upper: Double) -> Int {
    columnLower.append(lower)
    columnUpper.append(upper)
    return columnLower.count - 1
  }

  /// Adds a linear function with its bounds; coefficients of the same unknown are added up.
  ///
  /// - Returns: its number.
  /// - Complexity: O(n log n) for n terms.
  @discardableResult public mutating func addRow(
    _ lower: Double, _ upper: Double, _ terms: [(column: Int, value: Double)]
  ) -> Int {
    rowLower.append(lower)
    rowUpper.append(upper)
    let first = columns.count
    for term in terms.sorted(by: { $0.column < $1.column }) {
      if columns.count > first, columns.last == Int32(term.column) {
        values[values.count - 1] += term.value
      } else {
        columns.append(Int32(term.column))
        values.append(term.value)
      }
    }
    rowStarts.append(columns.count)
    return rowLower.count - 1
  }

  /// What was found for an objective.
  public struct Solution: Sendable {
    /// The largest value.
    public var value: Double
    /// The unknowns there.
    public var columns: [Double]
    /// The derivative of ``value`` by the bound of each row that holds with equality; 0 for other rows.
    public var duals: [Double]
  }
}
