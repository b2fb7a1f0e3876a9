#if GPLSolvers
  import CUMFPACK

  /// Owns an UMFPACK symbolic object.
  struct UMFPACKSymbolicHandle: ~Copyable, @unchecked Sendable {
    // Sendable, because umfpack_di_numeric only reads it.
    let pointer: UnsafeMutableRawPointer

    init(owning pointer: UnsafeMutableRawPointer) { self.pointer = pointer }

    deinit {
      var pointer: UnsafeMutableRawPointer? = pointer
      umfpack_di_free_symbolic(&pointer)
    }
  }

  /// Owns an UMFPACK numeric object, or nothing.
  struct UMFPACKNumericHandle: ~Copyable {
    private(set) var pointer: UnsafeMutableRawPointer?

    init(owning pointer: UnsafeMutableRawPointer? = nil) { self.pointer = pointer }

    mutating func free() { umfpack_di_free_numeric(&pointer) }

    deinit {
      var pointer = pointer
      umfpack_di_free_numeric(&pointer)
    }
  }

  extension FactorizationError {
    init(umfpack status: Int32, _ phase: String) {
      let code: Code
      switch status {
      case UMFPACK_WARNING_singular_matrix: code = .singular
      case UMFPACK_ERROR_out_of_memory: code = .outOfMemory
      default: code = .internalError
      }
      let what = code == .singular ? "met a zero pivot" : "failed"
      self.init(code, "UMFPACK's \(phase) \(what)", libraryStatus: Int(status))
    }
  }

  /// UMFPACK's settings: it prints nothing and refines nothing, which ``IterativeRefinement`` does.
  func umfpackControl() -> [Double] {
    var control = [Double](repeating: 0, count: Int(UMFPACK_CONTROL))
    umfpack_di_defaults(&control)
    control[Int(UMFPACK_PRL)] = 0
    control[Int(UMFPACK_IRSTEP)] = 0
    return control
  }
#endif
