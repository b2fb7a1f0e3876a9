internal import CKernels

/// What a thread does between two looks at a number that another is about to change.
public enum SpinWait {
  /// Tells the processor that this is a loop that waits.
  @inline(__always)
  public static func pause() { ck_pause() }
}
