#if Clp
  import CClp
#endif

/// Maximises one linear function after the other by Clp's simplex methods, each from the basis of the one before.
///
/// Answers are those of floating point, with Clp's tolerances; nothing about them is proved.
public final class LinearProgramSolver {
  private let program: LinearProgram
  #if Clp
    private let model: UnsafeMutableRawPointer
    private var isFirst = true
  #endif

  /// Copies a program into Clp.
  ///
  /// - Throws: ``FactorizationError`` with `unavailable` in a build without the trait `Clp`, `invalidArgument` for NaN,
  ///   `tooLarge` where numbers of 32 bits do not suffice, `outOfMemory`.
  /// - Complexity: O(coefficients).
  public init(_ program: LinearProgram) throws(FactorizationError) {
    self.program = program
    #if Clp
      let numbers = program.columnLower + program.columnUpper + program.rowLower + program.rowUpper
      guard !numbers.contains(where: \.isNaN), program.values.allSatisfy(\.isFinite) else {
        throw FactorizationError(.invalidArgument, "a number of the linear program is not finite")
      }
      guard program.columns.count < Int(Int32.max) else {
        throw FactorizationError(.tooLarge, "the linear program has too many coefficients")
      }
      guard let model = Clp_newModel() else {
        throw FactorizationError(.outOfMemory, "there is no memory for a linear program")
      }
      self.model = model
      Clp_setLogLevel(model, 0)
      let byColumn = Self.transposed(program)
      Clp_loadProblem(
        model, Int32(program.columnLower.count), Int32(program.rowLower.count), byColumn.starts,
        byColumn.rows, byColumn.values, program.columnLower.map(Self.finite),
        program.columnUpper.map(Self.finite), nil, program.rowLower.map(Self.finite),
        program.rowUpper.map(Self.finite))
      Clp_setDualTolerance(model, 1e-9)
      Clp_setPrimalTolerance(model, 1e-9)
      Clp_setMaximumIterations(model, 100_000)
    #else
      throw FactorizationError(
        .unavailable, "linear programs need a build with the package trait Clp")
    #endif
  }

  #if Clp
    deinit { Clp_deleteModel(model) }

    /// What Clp takes for infinite.
    private static func finite(_ bound: Double) -> Double {
      min(Double.greatestFiniteMagnitude, max(-Double.greatestFiniteMagnitude, bound))
    }

    private static func transposed(
      _ program: LinearProgram
    ) -> (starts: [Int32], rows: [Int32], values: [Double]) {
      let count = program.columnLower.count
      var starts = [Int32](repeating: 0, count: count + 1)
      for column in program.columns { starts[Int(column) + 1] += 1 }
      for column in 0..<count { starts[column + 1] += starts[column] }
      var next = starts
      var rows = [Int32](repeating: 0, count: program.columns.count)
      var values = [Double](repeating: 0, count: program.columns.count)
      for row in program.rowLower.indices {
        for place in program.rowStarts[row]..<program.rowStarts[row + 1] {
          let column = Int(program.columns[place])
          rows[Int(next[column])] = Int32(row)
          values[Int(next[column])] = program.values[place]
          next[column] += 1
        }
      }
      return (starts, rows, values)
    }
  #endif

  /// The largest value of a linear function.
  ///
  /// - Parameter objective: a finite coefficient for each unknown.
  /// - Returns: `nil` where Clp finds no optimum.
  public func maximum(of objective: [Double]) -> LinearProgram.Solution? {
    #if Clp
      guard objective.count == program.columnLower.count, objective.allSatisfy(\.isFinite) else {
        return nil
      }
      // Clp minimises.
      Clp_chgObjCoefficients(model, objective.map { -$0 })
      // Bounded unknowns make the first basis feasible for the dual method; after that the last one is for the
      // primal method, whatever the objective.
      if isFirst { Clp_dual(model, 0) } else { Clp_primal(model, 0) }
      isFirst = false
      guard Clp_status(model) == 0, let columns = Clp_getColSolution(model),
        let duals = Clp_getRowPrice(model)
      else { return nil }
      return LinearProgram.Solution(
        value: -Clp_getObjValue(model),
        columns: Array(UnsafeBufferPointer(start: columns, count: objective.count)),
        duals: UnsafeBufferPointer(start: duals, count: program.rowLower.count).map { -$0 })
    #else
      return nil
    #endif
  }
}
