#if GPLSolvers
  import CCHOLMOD

  final class CHOLMODNumericFactorization: NumericFactorization {
    private let symbolic: CHOLMODSymbolicFactorization
    private let common = CHOLMODCommonHandle()
    private let factor: CHOLMODFactorHandle
    private var solution = CHOLMODDenseHandle()
    private var work = CHOLMODDenseHandle()
    private var supernodalWork = CHOLMODDenseHandle()
    private var isFactored = false
    private(set) var reciprocalConditionEstimate = 0.0

    var method: FactorizationMethod { .cholmod }
    var pattern: SparsePattern { symbolic.pattern }

    init(_ symbolic: CHOLMODSymbolicFactorization) throws {
      self.symbolic = symbolic
      guard let copy = cholmod_copy_factor(symbolic.handle.pointer, common.pointer) else {
        throw FactorizationError(cholmod: common.pointer.pointee.status, "copy")
      }
      factor = CHOLMODFactorHandle(owning: copy)
    }

    func factor(_ values: UnsafeBufferPointer<Double>) throws {
      isFactored = false
      reciprocalConditionEstimate = 0
      try checkValues(values)
      try checkSymmetry(values)
      let done = pattern.withCHOLMODMatrix(values.baseAddress) { matrix in
        OpenMPThreads.limitedToOne { cholmod_factorize(matrix, factor.pointer, common.pointer) }
      }
      let status = common.pointer.pointee.status
      guard done != 0, status == CHOLMOD_OK else {
        throw FactorizationError(cholmod: status, "factorization")
      }
      let estimate = cholmod_rcond(factor.pointer, common.pointer)
      guard estimate > 0 else {
        throw FactorizationError(.notFinite, "the factorization overflowed")
      }
      reciprocalConditionEstimate = estimate
      isFactored = true
    }

    /// CHOLMOD reads one triangle, and would silently solve another system.
    private func checkSymmetry(_ values: UnsafeBufferPointer<Double>) throws {
      for (entry, mirror) in symbolic.mirrors.enumerated() {
        let value = values[entry]
        let other = values[Int(mirror)]
        guard abs(value - other) <= 1e-10 * max(abs(value), abs(other)) else {
          throw FactorizationError(
            .invalidArgument, "entry \(entry) is \(value), but its mirror image \(other)")
        }
      }
    }

    func solve(_ x: UnsafeMutableBufferPointer<Double>, rightHandSides: Int) throws {
      try checkFactored(isFactored)
      try forEachColumn(of: x, count: rightHandSides) { try solveColumn($0) }
    }

    private func solveColumn(_ x: UnsafeMutablePointer<Double>) throws {
      var b = cholmod_dense()
      b.nrow = pattern.rowCount
      b.ncol = 1
      b.nzmax = pattern.rowCount
      b.d = pattern.rowCount
      b.x = UnsafeMutableRawPointer(x)
      b.xtype = CHOLMOD_REAL
      b.dtype = CHOLMOD_DOUBLE
      shapeWorkspace()
      let done = OpenMPThreads.limitedToOne {
        cholmod_solve2(
          CHOLMOD_A, factor.pointer, &b, nil, &solution.pointer, nil, &work.pointer,
          &supernodalWork.pointer, common.pointer)
      }
      guard done != 0, let result = solution.pointer?.pointee.x else {
        throw FactorizationError(cholmod: common.pointer.pointee.status, "solve")
      }
      x.update(from: result.assumingMemoryBound(to: Double.self), count: pattern.rowCount)
    }

    /// CHOLMOD reuses workspace of exactly the shape it needs, and itself leaves another behind.
    private func shapeWorkspace() {
      let order = pattern.rowCount
      solution.reshape(rows: order, columns: 1)
      if factor.pointer.pointee.is_super != 0 {
        work.reshape(rows: order, columns: 1)
        supernodalWork.reshape(rows: 1, columns: factor.pointer.pointee.maxesize)
      } else {
        work.reshape(rows: 4, columns: order)
      }
    }

    func solveTransposed(_ x: UnsafeMutableBufferPointer<Double>, rightHandSides: Int) throws {
      try solve(x, rightHandSides: rightHandSides)
    }
  }
#endif
