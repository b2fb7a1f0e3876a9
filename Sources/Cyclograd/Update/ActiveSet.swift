/// The units whose residual is not what it was, and the neurons that wait to be evaluated, by stage of the
/// condensation.
///
/// Everything costs time in proportion to what is in it; the room is made once.
struct ActiveSet {
  /// r = W a + b + x̂ − z of the touched units, at the activations as they are.
  let residual: UnsafeMutablePointer<Double>
  /// What a unit's residual is relative to, as of when it was computed: t_s of ``SampleEvidence/residual``.
  let scale: UnsafeMutablePointer<Double>
  /// The touched units, in the order in which they were met.
  private(set) var touched: [Int32] = []
  private var isTouched: [Bool]
  private var isWaiting: [Bool]
  /// The first neuron that waits in each stage, and the next after each neuron; −1 ends a list.
  private var first: [Int32]
  private var next: [Int32]
  /// How many neurons wait.
  private(set) var waitingCount = 0

  init(_ network: Network) {
    let count = max(1, network.unitCount)
    residual = .allocate(capacity: 2 * count)
    residual.initialize(repeating: 0, count: 2 * count)
    scale = residual + count
    isTouched = Array(repeating: false, count: network.unitCount)
    isWaiting = Array(repeating: false, count: network.neuronCount)
    next = Array(repeating: -1, count: network.neuronCount)
    first = Array(repeating: -1, count: network.stages.count)
  }

  /// Gives back the room.
  func deallocate() { residual.deallocate() }

  /// Takes a unit in; returns whether it is new.
  mutating func touch(_ s: Int) -> Bool {
    if isTouched[s] { return false }
    isTouched[s] = true
    touched.append(Int32(s))
    return true
  }

  /// Lets a neuron wait for its stage, unless it does already.
  mutating func enqueue(_ k: Int32, stage: Int) {
    if isWaiting[Int(k)] { return }
    isWaiting[Int(k)] = true
    next[Int(k)] = first[stage]
    first[stage] = k
    waitingCount += 1
  }

  /// Takes out what waits in a stage.
  mutating func dequeue(stage: Int, into neurons: inout [Int32]) {
    neurons.removeAll(keepingCapacity: true)
    var k = first[stage]
    first[stage] = -1
    while k >= 0 {
      neurons.append(k)
      isWaiting[Int(k)] = false
      k = next[Int(k)]
    }
    waitingCount -= neurons.count
  }

  /// Whether some neuron waits in a stage.
  func isWaiting(stage: Int) -> Bool { first[stage] >= 0 }

  /// Empties it.
  mutating func clear() {
    for s in touched { isTouched[Int(s)] = false }
    touched.removeAll(keepingCapacity: true)
    guard waitingCount > 0 else { return }
    var rest: [Int32] = []
    for stage in first.indices where first[stage] >= 0 { dequeue(stage: stage, into: &rest) }
  }
}
