internal import CKernels

/// Where threads run that wait for each other.
///
/// A kernel may wake a thread on the very processor of the one who wakes it, although another is idle, and leaves it
/// there for milliseconds: Linux 6.18 was seen to do so every other time.
public enum ThreadPlacement {
  /// A thread, for as long as it exists.
  public struct Thread: Hashable, Sendable {
    fileprivate let handle: UInt
    /// The calling thread.
    public static var current: Thread { Thread(handle: UInt(ck_current_thread())) }
  }

  /// The processor that the calling thread runs on at present; negative where nobody knows.
  public static var currentProcessor: Int { Int(ck_current_processor()) }

  /// Lets a thread run wherever the calling one may, but for one processor, if there is another; this takes some 20
  /// microseconds.
  public static func keep(_ thread: Thread, off processor: Int) {
    _ = ck_keep_off(UInt(thread.handle), Int32(truncatingIfNeeded: processor))
  }
}
