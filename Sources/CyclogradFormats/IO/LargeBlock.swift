import Glibc

/// Blocks of memory that are about to be filled.
enum LargeBlock {
  /// Smaller ones take what pages there are.
  private static let least = 1 << 23
  private static let hugePage = 1 << 21

  /// Asks the system for large pages, since new pages of the usual size cost more than what is put
  /// into them. Only whole large pages inside the block are concerned.
  static func prepare(_ block: UnsafeMutableRawBufferPointer) {
    guard block.count >= least, let base = block.baseAddress else { return }
    let start = (Int(bitPattern: base) + hugePage - 1) & -hugePage
    let end = (Int(bitPattern: base) + block.count) & -hugePage
    guard start < end else { return }
    // A system without them says no, and nothing is lost.
    _ = madvise(UnsafeMutableRawPointer(bitPattern: start), end - start, MADV_HUGEPAGE)
  }

  static func prepare<Element>(_ block: UnsafeMutableBufferPointer<Element>) {
    prepare(UnsafeMutableRawBufferPointer(block))
  }
}
