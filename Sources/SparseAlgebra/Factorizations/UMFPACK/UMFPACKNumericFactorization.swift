#if GPLSolvers
  import CUMFPACK

  /// UMFPACK reads the CSR arrays as compressed columns, and so factors the transpose.
  final class UMFPACKNumericFactorization: NumericFactorization {
    private let symbolic: UMFPACKSymbolicFactorization
    private var handle = UMFPACKNumericHandle()
    private let control = umfpackControl()
    private var info = [Double](repeating: 0, count: Int(UMFPACK_INFO))
    private let rightHandSide: MallocBuffer<Double>
    private let integerWork: MallocBuffer<Int32>
    private let work: MallocBuffer<Double>
    private(set) var reciprocalConditionEstimate = 0.0

    var method: FactorizationMethod { .umfpack }
    var pattern: SparsePattern { symbolic.pattern }

    init(_ symbolic: UMFPACKSymbolicFactorization) throws {
      self.symbolic = symbolic
      let order = symbolic.pattern.rowCount
      rightHandSide = try MallocBuffer(count: order)
      integerWork = try MallocBuffer(count: order)
      work = try MallocBuffer(count: order)
    }

    func factor(_ values: UnsafeBufferPointer<Double>) throws {
      handle.free()
      reciprocalConditionEstimate = 0
      try checkValues(values)
      var numeric: UnsafeMutableRawPointer?
      let status = umfpack_di_numeric(
        pattern.rowStarts, pattern.columns, values.baseAddress, symbolic.handle.pointer, &numeric,
        control, &info)
      handle = UMFPACKNumericHandle(owning: numeric)
      guard status == UMFPACK_OK, numeric != nil else {
        handle.free()
        if status == UMFPACK_WARNING_singular_matrix, !info[Int(UMFPACK_RSMAX)].isFinite {
          throw FactorizationError(
            .notFinite, "the sum of a column overflowed", libraryStatus: Int(status))
        }
        throw FactorizationError(umfpack: status, "factorization")
      }
      // An infinite pivot makes the estimate 0 or NaN without a warning.
      guard info[Int(UMFPACK_UMAX)].isFinite, info[Int(UMFPACK_RCOND)] > 0 else {
        handle.free()
        throw FactorizationError(.notFinite, "the factorization overflowed")
      }
      reciprocalConditionEstimate = info[Int(UMFPACK_RCOND)]
    }

    func solve(_ x: UnsafeMutableBufferPointer<Double>, rightHandSides: Int) throws {
      try substitute(UMFPACK_At, x, rightHandSides)
    }

    func solveTransposed(_ x: UnsafeMutableBufferPointer<Double>, rightHandSides: Int) throws {
      try substitute(UMFPACK_A, x, rightHandSides)
    }

    private func substitute(
      _ system: Int32, _ x: UnsafeMutableBufferPointer<Double>, _ rightHandSides: Int
    ) throws {
      try checkFactored(handle.pointer != nil)
      try forEachColumn(of: x, count: rightHandSides) { solution in
        rightHandSide.pointer.update(from: solution, count: pattern.rowCount)
        let status = umfpack_di_wsolve(
          system, nil, nil, nil, solution, rightHandSide.pointer, handle.pointer, control, nil,
          integerWork.pointer, work.pointer)
        guard status == UMFPACK_OK else { throw FactorizationError(umfpack: status, "solve") }
      }
    }
  }
#endif
