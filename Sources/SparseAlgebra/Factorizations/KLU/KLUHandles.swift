import CKLU

/// Owns a `klu_symbolic`.
struct KLUSymbolicHandle: ~Copyable, @unchecked Sendable {
  // Sendable, because KLU only reads a symbolic object after klu_analyze has made it.
  let pointer: UnsafeMutablePointer<klu_symbolic>

  init(owning pointer: UnsafeMutablePointer<klu_symbolic>) { self.pointer = pointer }

  deinit {
    var common = klu_common()
    klu_defaults(&common)
    var pointer: UnsafeMutablePointer<klu_symbolic>? = pointer
    klu_free_symbolic(&pointer, &common)
  }
}

/// Owns a `klu_numeric`, or nothing.
struct KLUNumericHandle: ~Copyable {
  private(set) var pointer: UnsafeMutablePointer<klu_numeric>?

  init(owning pointer: UnsafeMutablePointer<klu_numeric>? = nil) { self.pointer = pointer }

  mutating func free() {
    guard pointer != nil else { return }
    var common = klu_common()
    klu_defaults(&common)
    klu_free_numeric(&pointer, &common)
    pointer = nil
  }

  deinit {
    var common = klu_common()
    klu_defaults(&common)
    var pointer = pointer
    klu_free_numeric(&pointer, &common)
  }
}
