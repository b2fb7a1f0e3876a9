internal import CKernels

/// Anderson mixing of the iterates of a fixed point in several lanes side by side, each by its own numbers (Walker & Ni, SIAM
/// J. Numer. Anal. 49, 2011).
///
/// Sums run over a vector's elements one after the other, so that a lane comes out the same alone and beside others. It
/// passes over some ten vectors for an iterate, which is little where a row of the map has many more entries than that.
public final class LaneMixing {
  /// How many earlier iterates are combined.
  public static let window = Int(ck_mixing_window)

  private let lanes: Int
  private var length = 0
  private var storage = VectorStorage(count: 0)
  private var capacity = 0
  private var stored = 0
  private var next = 0
  private var hasLast = false

  /// Creates a place for some number of lanes, one of ``SparseKernels/laneCounts``.
  public init(lanes: Int) {
    SparseKernels.check(lanes: lanes)
    self.lanes = lanes
  }

  /// Forgets what it has seen, and begins with vectors of `length` elements a lane.
  public func restart(length: Int) {
    self.length = length
    (stored, next, hasLast) = (0, 0, false)
    let vectors = 2 * Self.window + 2
    let count = (vectors * length + Self.window * Self.window) * lanes
    guard count > capacity else { return }
    storage = VectorStorage(count: count)
    capacity = count
  }

  /// Replaces the image of an iterate by the next iterate, in lanes that run and where the iterates before it tell more.
  ///
  /// - Parameters:
  ///   - now: the iterate.
  ///   - image: what the map makes of it.
  ///   - running: for each lane all bits, or none.
  ///   - sizes: becomes the largest |next iterate| of each lane.
  /// - Complexity: O(window · length · lanes).
  public func advance(
    _ now: UnsafePointer<Double>, image: UnsafeMutablePointer<Double>,
    running: UnsafePointer<Int64>, sizes: UnsafeMutablePointer<Double>
  ) {
    let vector = length * lanes
    let start = storage.start
    let mixing = ck_lane_mixing(
      differences: start, moves: start + Self.window * vector,
      last_residual: start + 2 * Self.window * vector,
      last_image: start + (2 * Self.window + 1) * vector,
      gram: start + (2 * Self.window + 2) * vector)
    let row = next
    if hasLast {
      stored = min(stored + 1, Self.window)
      next = (next + 1) % Self.window
    }
    hasLast = true
    withUnsafePointer(to: mixing) {
      ck_mix_lanes($0, length, stored, row, now, image, running, sizes, lanes)
    }
  }
}
