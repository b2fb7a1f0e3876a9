internal import CKernels

/// Dense LU factorizations of small matrices side by side, one a lane, of B = I − Dᵀ W.
///
/// Rows are not exchanged, so that all lanes do the same; ``growth`` tells whose factor is to be
/// trusted. Time for each lane is that of a dense factorization over the width of the vectors.
public final class LaneFactorization {
  /// The largest order there is room for.
  public let capacity: Int
  /// How many matrices there are: 1, 8 or 16.
  public let lanes: Int
  /// For each lane the largest |entry of L|; NaN where the factorization broke down.
  public let growth: UnsafeMutablePointer<Double>
  private let factor: UnsafeMutablePointer<Double>

  /// Makes room for matrices of up to `capacity` rows: 8 · capacity² · lanes bytes.
  ///
  /// - Precondition: `lanes` is one of ``SparseKernels/laneCounts``.
  public init(capacity: Int, lanes: Int) {
    SparseKernels.check(lanes: lanes)
    self.capacity = capacity
    self.lanes = lanes
    growth = .allocate(capacity: lanes)
    growth.initialize(repeating: 0, count: lanes)
    let count = capacity * capacity * lanes
    factor = .allocate(capacity: count)
    factor.initialize(repeating: 0, count: count)
  }

  deinit {
    growth.deallocate()
    factor.deallocate()
  }

  /// Factors B.
  ///
  /// - Parameters:
  ///   - rows: the rows of W for consecutive units, with columns within the matrix.
  ///   - neuronOfUnit: the neuron of each of these units.
  ///   - firstNeuron: the neuron of B's first row and column.
  ///   - slope: D, unit-major; each unit has a slope of its own.
  public func factor(
    _ rows: SparseRows, units: Int, neuronOfUnit: UnsafePointer<Int32>, firstNeuron: Int,
    order: Int, slope: UnsafePointer<Double>
  ) {
    precondition(order <= capacity)
    withUnsafePointer(to: rows.rows) {
      ck_lane_factor(
        $0, neuronOfUnit, units, Int32(firstNeuron), Int32(firstNeuron - rows.shift), slope, order,
        factor, growth, lanes)
    }
  }

  /// x ← B⁻¹ x for all lanes.
  public func solve(_ x: UnsafeMutablePointer<Double>, order: Int) {
    ck_lane_solve(factor, order, x, 0, lanes)
  }

  /// x ← B⁻ᵀ x for all lanes.
  public func solveTransposed(_ x: UnsafeMutablePointer<Double>, order: Int) {
    ck_lane_solve(factor, order, x, 1, lanes)
  }
}
