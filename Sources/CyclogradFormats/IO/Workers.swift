import Cyclograd
import Glibc

/// Runs independent pieces of work on all processors.
enum Workers {
  static let count = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  /// Calls `body` once for each index below `count`; true if all calls answered true.
  ///
  /// After a call that answered false, no new piece is begun.
  @discardableResult
  static func forEach(_ count: Int, _ body: @Sendable (_ index: Int) -> Bool) -> Bool {
    struct Refusal: Error {}
    do {
      try Parallel.forEach(count, threads: Self.count) { _, index in
        if !body(index) { throw Refusal() }
      }
      return true
    } catch { return false }
  }

  /// The piece of a range of `total` that an index below `count` stands for.
  static func piece(_ index: Int, of count: Int, total: Int) -> Range<Int> {
    let size = (total + count - 1) / count
    return min(index * size, total)..<min((index + 1) * size, total)
  }
}
