#if PETSc
  import CPETScEngine
  package import Cyclograd
  import SparseAlgebra

  extension CyclogradError.Code {
    /// PETSc has failed, or was asked for what it does wrongly.
    package static let linearSolver = CyclogradError.Code(rawValue: "linear-solver")
  }

  /// PETSc's Krylov methods for systems with M = I − Dᵀ W and with Mᵀ, by products alone. The matrix is put together
  /// only for preconditioners that need it. What PETSc says of a solution is not believed.
  final class KrylovSolver {
    private let map: SliceOperator
    private let handle: OpaquePointer?
    private let needsMatrix: Bool
    private(set) var method: String

    /// - Throws: ``CyclogradError`` for preconditioners that give wrong transposed solutions, or have not been tried.
    init(_ map: SliceOperator) throws {
      self.map = map
      // The operator outlives this object, which alone calls the handle.
      let context = Unmanaged.passUnretained(map).toOpaque()
      var handle: OpaquePointer?
      try Processes.check(
        cpe_system_create(
          Int32(map.neuronCount),
          { context, x, y in
            guard let context, let x, let y else { return }
            Unmanaged<SliceOperator>.fromOpaque(context).takeUnretainedValue()
              .multiply(x, into: y)
          },
          { context, x, y in
            guard let context, let x, let y else { return }
            Unmanaged<SliceOperator>.fromOpaque(context).takeUnretainedValue()
              .multiplyTransposed(x, into: y)
          }, context, map.processes.isAlone ? 1 : 0, &handle))
      self.handle = handle
      if let reason = cpe_system_refusal(handle) {
        throw CyclogradError(
          .linearSolver, "the preconditioner " + String(cString: reason),
          advice: "the preconditioners are none, bjacobi, asm, gamg, and lu with "
            + "-pc_factor_mat_solver_type mumps")
      }
      needsMatrix = cpe_system_needs_matrix(handle) != 0
      method = String(cString: cpe_system_method(handle))
      guard !needsMatrix || !map.map.hasSoftmax else {
        throw CyclogradError(
          .linearSolver,
          "a preconditioner needs the matrix, which is dense where a group has a softmax",
          advice: "leave -pc_type out")
      }
    }

    deinit { cpe_system_destroy(handle) }

    /// Puts the matrix together anew where the preconditioner needs it: the slopes have changed.
    func update() throws {
      guard needsMatrix else { return }
      try setMatrix()
    }

    /// Row k of M is that of I less the sum of the rows of its units, weighted by their slopes; that of I alone outside the
    /// system.
    private func setMatrix() throws {
      let isCore = map.ends.isCore
      let first = map.neurons.lowerBound
      var starts: [Int32] = [0]
      var columns: [Int32] = []
      var values: [Double] = []
      var row: [Int32: Double] = [:]
      map.map.forEachNeuron { neuron, units in
        row.removeAll(keepingCapacity: true)
        row[Int32(first + neuron)] = 1
        for unit in isCore[map.exchange.below + neuron] ? units : 0..<0 {
          for edge in Int(map.rowStarts[unit])..<Int(map.rowStarts[unit + 1]) {
            let place = Int(map.columns[edge])
            guard isCore[place] else { continue }
            let column = map.exchange.neuron(atPlace: place, own: map.neurons)
            row[Int32(column), default: 0] -= map.slope[unit] * map.weights[edge]
          }
        }
        for (column, value) in row.sorted(by: { $0.key < $1.key }) {
          columns.append(column)
          values.append(value)
        }
        starts.append(Int32(columns.count))
      }
      try Processes.check(cpe_system_set_matrix(handle, starts, columns, values))
    }

    /// Solves M x = b, or Mᵀ x = b, as far as PETSc claims: ‖b − M x‖ is to be `tolerance` times ‖b‖.
    func solve(
      transposed: Bool, _ b: UnsafePointer<Double>, into x: UnsafeMutablePointer<Double>,
      tolerance: Double, limit: Int
    ) throws -> (isSolved: Bool, iterations: Int) {
      var (iterations, reason): (Int32, Int32) = (0, 0)
      try Processes.check(
        cpe_system_solve(
          handle, transposed ? 1 : 0, tolerance, Int32(clamping: limit), b, x, &iterations, &reason)
      )
      return (reason > 0, Int(iterations))
    }
  }
#endif
