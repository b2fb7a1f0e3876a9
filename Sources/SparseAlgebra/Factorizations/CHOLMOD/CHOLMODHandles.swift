#if GPLSolvers
  import CCHOLMOD

  /// Owns a `cholmod_common` at a fixed address, with its workspace.
  struct CHOLMODCommonHandle: ~Copyable, @unchecked Sendable {
    // Sendable, because its owners are: one worker, or a symbolic object that only frees with it.
    let pointer: UnsafeMutablePointer<cholmod_common>

    init() {
      pointer = .allocate(capacity: 1)
      cholmod_start(pointer)
      pointer.pointee.print = 0
      pointer.pointee.try_catch = 1
      pointer.pointee.error_handler = nil
      // Cholesky proper: the default simplicial L D Lᵀ would accept indefinite matrices.
      pointer.pointee.final_ll = 1
      pointer.pointee.quick_return_if_not_posdef = 1
      // AMD alone: METIS, the other default, is not safe between threads and ends the process when
      // memory runs out.
      pointer.pointee.nmethods = 1
      pointer.pointee.method.0.ordering = CHOLMOD_AMD
      pointer.pointee.postorder = 1
    }

    deinit {
      cholmod_finish(pointer)
      pointer.deallocate()
    }
  }

  /// Owns a `cholmod_factor`, symbolic or numeric.
  struct CHOLMODFactorHandle: ~Copyable, @unchecked Sendable {
    // Sendable, because cholmod_copy_factor only reads its source.
    let pointer: UnsafeMutablePointer<cholmod_factor>

    init(owning pointer: UnsafeMutablePointer<cholmod_factor>) { self.pointer = pointer }

    deinit {
      let common = CHOLMODCommonHandle()
      var pointer: UnsafeMutablePointer<cholmod_factor>? = pointer
      cholmod_free_factor(&pointer, common.pointer)
    }
  }

  /// Owns a `cholmod_dense` that `cholmod_solve2` allocates and enlarges as needed.
  struct CHOLMODDenseHandle: ~Copyable {
    var pointer: UnsafeMutablePointer<cholmod_dense>?

    /// Declares what there is to have this shape, where it is large enough.
    func reshape(rows: Int, columns: Int) {
      guard let pointer, pointer.pointee.nzmax >= rows * columns else { return }
      pointer.pointee.nrow = rows
      pointer.pointee.ncol = columns
      pointer.pointee.d = rows
    }

    deinit {
      let common = CHOLMODCommonHandle()
      var pointer = pointer
      cholmod_free_dense(&pointer, common.pointer)
    }
  }

  extension FactorizationError {
    init(cholmod status: Int32, _ phase: String) {
      let code: Code
      switch status {
      case CHOLMOD_NOT_POSDEF, CHOLMOD_DSMALL: code = .notPositiveDefinite
      case CHOLMOD_OUT_OF_MEMORY: code = .outOfMemory
      case CHOLMOD_TOO_LARGE: code = .tooLarge
      default: code = .internalError
      }
      let what = code == .notPositiveDefinite ? "met a pivot that is not positive" : "failed"
      self.init(code, "CHOLMOD's \(phase) \(what)", libraryStatus: Int(status))
    }
  }

  extension SparsePattern {
    /// The lower triangle of a symmetric matrix as CHOLMOD sees it: rows as columns, and so the
    /// upper triangle.
    func withCHOLMODMatrix<Result>(
      _ values: UnsafePointer<Double>?, _ body: (UnsafeMutablePointer<cholmod_sparse>) -> Result
    ) -> Result {
      withMutableCSR { starts, columns in
        var matrix = cholmod_sparse()
        matrix.nrow = rowCount
        matrix.ncol = rowCount
        matrix.nzmax = entryCount
        matrix.p = UnsafeMutableRawPointer(starts)
        matrix.i = UnsafeMutableRawPointer(columns)
        matrix.x = values.map { UnsafeMutableRawPointer(mutating: $0) }
        matrix.stype = 1
        matrix.itype = CHOLMOD_INT
        matrix.xtype = values == nil ? CHOLMOD_PATTERN : CHOLMOD_REAL
        matrix.dtype = CHOLMOD_DOUBLE
        matrix.sorted = 1
        matrix.packed = 1
        return body(&matrix)
      }
    }
  }
#endif
