/// One batch in the layout of ``Equilibrium``, shared by the workers that fill it.
struct Batch: @unchecked Sendable {
  /// The number of samples.
  var count: Int
  /// W's values in CSR order, and the biases by unit.
  var weights: UnsafePointer<Double>
  var biases: UnsafePointer<Double>
  /// The array that the weights stand in.
  var weightArray: [Double]
  var inputs: Matrix
  /// States to start from, unit-major in condensation order: one for all samples or one for each; `nil`, and rows of
  /// NaN, start from a = 0.
  var start: UnsafePointer<Double>?
  var startCount: Int
  var z: UnsafeMutablePointer<Double>
  var activations: UnsafeMutablePointer<Double>
  /// The factors of the equilibrium whose states these are; `nil` while they are sought.
  var factors: KeptFactors?
  /// The first of the schedule's stages at which adjoints are asked for; those before it keep none.
  var firstStage = 0
  /// Where iterates are recorded.
  var trace: ResidualTrace?

  /// Whether a sample has a state to start from.
  func isWarm(_ sample: Int) -> Bool {
    start.map { !$0[startIndex(0, sample)].isNaN } ?? false
  }

  /// The place of a sample's number of a unit in the start.
  func startIndex(_ s: Int, _ sample: Int) -> Int {
    s * startCount + (startCount == 1 ? 0 : sample)
  }
}
