import CKLU
import Cyclograd
import CyclogradReports
import Foundation

#if GPLSolvers
  import CUMFPACK
#endif

/// Gradients with a factorization against nothing but the library's C calls on the same matrix:
/// numeric factorization and one solve, the symbolic analysis done once.
enum RawFactorization {
  static func measure(neurons: Int, _ settings: Settings) throws -> [Measurement] {
    let problem = try Families.local(neurons)
    let options = SolverOptions(threads: 1)
    let equilibrium = try Simulator(problem.network, options: options)
      .equilibrium(problem.parameters, inputs: problem.inputs).requireConverged()
    let matrix = ReducedMatrix(problem, equilibrium)
    var result = [try measure(problem, equilibrium, .klu, RawKLU(matrix), settings)]
    #if GPLSolvers
      result.append(try measure(problem, equilibrium, .umfpack, RawUMFPACK(matrix), settings))
    #endif
    return result
  }

  private static func measure(
    _ problem: Problem, _ equilibrium: Equilibrium, _ method: DirectMethod.Name,
    _ raw: any RawSolver, _ settings: Settings
  ) throws -> Measurement {
    let simulator = try Simulator(problem.network, backend: .direct(method))
    var own: [Double] = []
    var calls: [Double] = []
    for round in 0..<settings.rounds + 1 {
      // An equilibrium keeps its factors, and this one has none yet.
      let fresh = equilibrium[0]
      let (_, first) = try Stopwatch.time {
        try simulator.gradient(of: problem.loss, targets: problem.targets, at: fresh)
      }
      let ((), second) = try Stopwatch.time { try raw.factorAndSolve() }
      guard round > 0 else { continue }
      own.append(first)
      calls.append(second)
    }
    let times = (own.median() ?? .nan, calls.median() ?? .nan)
    return Measurement(
      name: "\(method.rawValue) over raw calls, \(problem.name)", value: times.0 / times.1,
      target: 1.1, unit: "×",
      detail: "\(Quantity.seconds(times.0)) a gradient, \(Quantity.seconds(times.1)) for the calls")
  }
}

/// I − D W at an equilibrium, by rows, its entries in ascending columns.
struct ReducedMatrix {
  var starts: [Int32] = [0]
  var columns: [Int32] = []
  var values: [Double] = []
  var count: Int { starts.count - 1 }

  init(_ problem: Problem, _ equilibrium: Equilibrium) {
    let layout = problem.network.parameterLayout
    let a = equilibrium.neuronActivations
    for row in 0..<problem.network.neuronCount {
      let slope = 1 - a[0, row] * a[0, row]
      var entries = [Int32(row): 1.0]
      for edge in layout.rowStarts[row]..<layout.rowStarts[row + 1] {
        let weight = problem.parameters.values[Int(layout.weights[edge])]
        entries[layout.columns[edge], default: 0] -= slope * weight
      }
      for (column, value) in entries.sorted(by: { $0.key < $1.key }) {
        columns.append(column)
        values.append(value)
      }
      starts.append(Int32(columns.count))
    }
  }
}

protocol RawSolver {
  func factorAndSolve() throws
}

private final class RawKLU: RawSolver {
  private let order: Int32
  private var starts: [Int32]
  private var columns: [Int32]
  private var values: [Double]
  private var common = klu_common()
  private var symbolic: UnsafeMutablePointer<klu_symbolic>?
  private var b: [Double]

  init(_ matrix: ReducedMatrix) {
    order = Int32(matrix.count)
    starts = matrix.starts
    columns = matrix.columns
    values = matrix.values
    b = Array(repeating: 1, count: matrix.count)
    klu_defaults(&common)
    symbolic = klu_analyze(order, &starts, &columns, &common)
  }

  deinit { klu_free_symbolic(&symbolic, &common) }

  func factorAndSolve() throws {
    var numeric = klu_factor(&starts, &columns, &values, symbolic, &common)
    defer { klu_free_numeric(&numeric, &common) }
    // The rows are taken for columns, so this solves with the transpose, as the adjoint needs.
    guard numeric != nil, klu_solve(symbolic, numeric, order, 1, &b, &common) == 1
    else { throw Withdrawal(reason: "KLU: status \(common.status)") }
  }
}

#if GPLSolvers
  private final class RawUMFPACK: RawSolver {
    private let matrix: ReducedMatrix
    private var symbolic: UnsafeMutableRawPointer?
    private var x: [Double]

    init(_ matrix: ReducedMatrix) {
      self.matrix = matrix
      x = Array(repeating: 0, count: matrix.count)
      let count = Int32(matrix.count)
      umfpack_di_symbolic(
        count, count, matrix.starts, matrix.columns, matrix.values, &symbolic, nil, nil)
    }

    deinit { umfpack_di_free_symbolic(&symbolic) }

    func factorAndSolve() throws {
      var numeric: UnsafeMutableRawPointer?
      defer { umfpack_di_free_numeric(&numeric) }
      let b = [Double](repeating: 1, count: matrix.count)
      guard
        umfpack_di_numeric(
          matrix.starts, matrix.columns, matrix.values, symbolic, &numeric, nil, nil) == UMFPACK_OK,
        umfpack_di_solve(
          UMFPACK_A, matrix.starts, matrix.columns, matrix.values, &x, b, numeric, nil, nil)
          == UMFPACK_OK
      else { throw Withdrawal(reason: "UMFPACK failed") }
    }
  }
#endif
