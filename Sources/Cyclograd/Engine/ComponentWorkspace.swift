import SparseAlgebra

#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// What a solver works with: one component, one sample, and room for its own vectors.
///
/// A workspace belongs to one worker. Vectors over units have ``unitCount`` entries, vectors over
/// neurons ``neuronCount``; both are the component's, in condensation order. Everything that comes
/// from outside the component is already in ``drive`` and in ``source``.
public final class ComponentWorkspace {
  /// The component.
  public let component: Component
  let sample: SampleState
  private var unitVectors: [UnsafeMutableBufferPointer<Double>] = []
  private var neuronVectors: [UnsafeMutableBufferPointer<Double>] = []
  /// How many threads may work on the component; results do not depend on it.
  var threads = 1
  /// Where iterates are taken down; `nil` if nobody wants to know.
  var recorder: ResidualRecorder?
  private lazy var parts = StepParts(component)
  private lazy var rowWeights = SweepWeights(component, isTransposed: false)
  private lazy var transposedWeights = SweepWeights(component, isTransposed: true)
  /// Whether adjoint steps use the transposed weights.
  private var hasTransposedWeights = false
  /// How many residuals were computed since the solver began.
  private var residualCount = 0
  private var mixings: [Int: AndersonMixing] = [:]
  private var linearizations: [DirectMethod: Linearization] = [:]
  private var knownPreconditioner: Preconditioner?
  /// The fingerprint of the state that the factors belong to.
  private var answer: UInt64?

  init(_ component: Component, _ sample: SampleState) {
    self.component = component
    self.sample = sample
  }

  deinit {
    for vector in unitVectors + neuronVectors { vector.deallocate() }
  }

  /// The number of units.
  public var unitCount: Int { component.unitCount }
  /// The number of neurons.
  public var neuronCount: Int { component.neuronCount }

  /// The pre-activations z per unit: on entry where to start, on return the answer.
  public var z: UnsafeMutableBufferPointer<Double> { units(sample.z) }
  /// b + x̂ and what comes from upstream, per unit.
  public var drive: UnsafeMutableBufferPointer<Double> { units(sample.drive) }
  /// The slopes of the activations per unit, as of the last ``activate()``.
  public var slope: UnsafeMutableBufferPointer<Double> { units(sample.slope) }
  /// The activations per neuron, as of the last ``activate()``.
  public var activation: UnsafeMutableBufferPointer<Double> {
    UnsafeMutableBufferPointer(
      start: sample.activation + component.neurons.lowerBound, count: neuronCount)
  }
  /// g and what comes from downstream, per neuron; for adjoint solvers.
  public var source: UnsafeMutableBufferPointer<Double> {
    UnsafeMutableBufferPointer(
      start: sample.lambda + component.neurons.lowerBound, count: neuronCount)
  }
  /// ∂E/∂z per unit: what an adjoint solver must find.
  public var d: UnsafeMutableBufferPointer<Double> { units(sample.d) }

  /// A vector over units for the solver's own use; it keeps its content between calls.
  public func scratch(_ index: Int) -> UnsafeMutableBufferPointer<Double> {
    Self.vector(index, of: &unitVectors, count: unitCount)
  }

  /// A vector over neurons for the solver's own use. ``adjointStep(into:)`` uses number 0.
  public func neuronScratch(_ index: Int) -> UnsafeMutableBufferPointer<Double> {
    Self.vector(index, of: &neuronVectors, count: neuronCount)
  }

  private static func vector(
    _ index: Int, of vectors: inout [UnsafeMutableBufferPointer<Double>], count: Int
  ) -> UnsafeMutableBufferPointer<Double> {
    while vectors.count <= index {
      let vector = UnsafeMutableBufferPointer<Double>.allocate(capacity: count)
      vector.initialize(repeating: 0)
      vectors.append(vector)
    }
    return vectors[index]
  }

  /// Computes the activations and slopes from ``z`` (equation 3).
  public func activate() {
    component.network.activate(
      component.runs, z: sample.z, activation: sample.activation, slope: sample.slope,
      threads: threads)
  }

  /// result = W a + drive, with the activations as they are (equation 2).
  public func propagate(into result: UnsafeMutableBufferPointer<Double>) {
    result.copy(from: drive)
    guard let start = result.baseAddress else { return }
    sample.addInnerProduct(component, of: sample.activation, to: start)
  }

  /// Computes the activations at ``z`` and r = z − (W a + drive); returns the largest
  /// |r_s| / max(1, |z_s|), which is NaN if anything is not finite.
  public func residual(into result: UnsafeMutableBufferPointer<Double>) -> Double {
    residualCount += 1
    return measuredAgain(into: result)
  }

  /// The same once more, with sums in the same order, so that it comes to the same.
  func measuredAgain(into result: UnsafeMutableBufferPointer<Double>) -> Double {
    activate()
    guard let r = result.baseAddress, let z = z.baseAddress, let drive = drive.baseAddress else {
      return 0
    }
    sweepMatrix.withRows(many: residualCount > Self.fewSweeps) { rows in
      parts.run(threads) { piece, range in
        SparseKernels.step(
          rows, rows: range, a: sample.activation, drive: drive, z: z, running: parts.running,
          next: r, largest: parts.largest + piece, lanes: 1)
        for s in range { r[s] = z[s] - r[s] }
      }
    }
    return parts.reduced(parts.largest)
  }

  /// After so many sweeps it is likely that many more will come.
  static let fewSweeps = 3

  /// The component's rows of W, which are laid out for speed after the first few sweeps.
  var sweepMatrix: SweepMatrix {
    SweepMatrix(component, isTransposed: false, sample, rowWeights, threads: threads)
  }

  /// The component's rows of Wᵀ, laid out for speed where that serves.
  var transposedSweepMatrix: SweepMatrix {
    SweepMatrix(component, isTransposed: true, sample, usesTransposedWeights(), threads: threads)
  }

  /// Tells the call's ``ResidualTrace``, if there is one, of an iterate.
  ///
  /// - Parameters:
  ///   - residual: the iterate's, as ``residual(into:)`` or ``adjointResidual()`` gives it.
  ///   - iterations: how many this solver made before, counted from 0.
  ///   - method: a name for people.
  public func record(_ residual: Double, after iterations: Int, by method: String) {
    recorder?.record(residual, after: iterations, by: method)
  }

  /// result = D v for a vector v over neurons, with the slopes as they are.
  public func multiplySlopes(
    by v: UnsafeMutableBufferPointer<Double>, into result: UnsafeMutableBufferPointer<Double>
  ) {
    guard let v = v.baseAddress, let result = result.baseAddress else { return }
    component.network.multiplySlopes(
      component.runs, slope: sample.slope, by: v - component.neurons.lowerBound,
      into: result - component.units.lowerBound)
  }

  /// An estimate of ‖(I − W Dᵀ)⁻¹‖ at the state of the last ``activate()``, where z may have run away: in the
  /// direction of what neurons send to each other, pulled by power iteration towards the one that W Dᵀ leaves
  /// alone; and where that looks suspicious, 1 / |1 − θ| for Ritz values θ of that start.
  func stretch() -> Double {
    let product = scratch(20)
    let change = neuronScratch(3)
    guard let changes = change.baseAddress else { return 1 }
    // v ← W Dᵀ v
    func multiply(_ v: UnsafePointer<Double>) {
      component.network.multiplyTransposedSlopes(
        component.runs, slope: sample.slope, by: v - component.units.lowerBound,
        into: changes - component.neurons.lowerBound)
      product.update(repeating: 0)
      addInnerProduct(of: change, to: product)
    }
    var v = zip(z, drive).map { $0 - $1 }
    var result = 1.0
    for _ in 0..<4 {
      multiply(v)
      var norm = 0.0
      var rest = 0.0
      var next = 0.0
      for s in v.indices {
        norm += v[s] * v[s]
        rest += (v[s] - product[s]) * (v[s] - product[s])
        next += product[s] * product[s]
      }
      guard norm > 0 else { return result }
      result = max(result, rest > 0 ? (norm / rest).squareRoot() : .infinity)
      guard next > 0, next.isFinite else { return result }
      for s in v.indices { v[s] = product[s] / next.squareRoot() }
    }
    guard result > 10, result.isFinite else { return result }
    let values = try? ArnoldiEstimate(steps: 30).ritzValues(from: v) { vector, next in
      multiply(vector)
      for s in next.indices { next[s] = product[s] }
    }
    for value in values ?? [] {
      let gap = hypot(1 - value.real, value.imaginary)
      result = max(result, gap > 0 ? 1 / gap : .infinity)
    }
    return result
  }

  /// result = D (source + Wᵀ d) with the slopes as they are: the right-hand side of equation 8,
  /// solved for d.
  public func adjointStep(into result: UnsafeMutableBufferPointer<Double>) {
    let lambda = neuronScratch(0)
    lambda.copy(from: source)
    guard let start = lambda.baseAddress else { return }
    sample.addInnerTransposedProduct(component, of: sample.d, to: start)
    multiplySlopes(by: lambda, into: result)
  }

  /// The largest |d| downstream of the component, to which an adjoint's accuracy is relative where its
  /// own entries are smaller; for adjoint solvers.
  public internal(set) var adjointScale = 0.0

  /// ‖D (source + Wᵀ d) − d‖∞ relative to ‖d‖∞, to the terms of D λ where these are larger (see
  /// ``SampleEvidence/residual``), or to ``adjointScale``; 0 for d = 0 and NaN if anything is not
  /// finite.
  ///
  /// It leaves D (source + Wᵀ d) in ``scratch(_:)`` number 0.
  public func adjointResidual() -> Double {
    let step = scratch(0)
    var change = 0.0
    var scale = adjointScale
    if hasTransposedWeights {
      (change, scale) = transposedStep(into: step)
    } else {
      adjointStep(into: step)
      scale = component.network.largestSlopeTerm(
        component.runs, slope: sample.slope,
        by: neuronScratch(0).baseAddress! - component.neurons.lowerBound)
      for s in 0..<unitCount {
        let difference = abs(step[s] - d[s])
        if !difference.isFinite { return .nan }
        change = max(change, difference)
        scale = max(scale, abs(d[s]))
      }
    }
    return change == 0 ? 0 : change / max(scale, adjointScale)
  }

  /// Makes ``adjointResidual()`` faster, at the price of about two, until the next call.
  func prepareAdjointSteps() { _ = usesTransposedWeights() }

  /// The weights in the order of Wᵀ; `nil` where they would not serve.
  func usesTransposedWeights() -> SweepWeights? {
    guard component.isPlain else { return nil }
    hasTransposedWeights = true
    return transposedWeights
  }

  /// Forgets what belongs to the call before.
  func beginAdjoint() {
    adjointScale = 0
    hasTransposedWeights = false
  }

  private func transposedStep(
    into step: UnsafeMutableBufferPointer<Double>
  ) -> (change: Double, scale: Double) {
    guard let d = d.baseAddress, let slope = slope.baseAddress, let source = source.baseAddress,
      let step = step.baseAddress
    else { return (0, 0) }
    transposedWeights?.withRows(sample, threads: threads) { rows in
      parts.run(threads) { piece, range in
        SparseKernels.adjointStep(
          rows, rows: range, x: d - component.units.lowerBound, source: source, slope: slope, d: d,
          running: parts.running, next: step, largest: parts.largest + piece,
          scale: parts.scale + piece, lanes: 1)
      }
    }
    return (parts.reduced(parts.largest), parts.reduced(parts.scale))
  }

  /// result += W v over the edges of the component, for a vector v over neurons.
  func addInnerProduct(
    of v: UnsafeMutableBufferPointer<Double>, to result: UnsafeMutableBufferPointer<Double>
  ) {
    guard let v = v.baseAddress, let result = result.baseAddress else { return }
    sample.addInnerProduct(component, of: v - component.neurons.lowerBound, to: result)
  }

  /// result += Wᵀ v over the edges of the component, for a vector v over units.
  func addInnerTransposedProduct(
    of v: UnsafeMutableBufferPointer<Double>, to result: UnsafeMutableBufferPointer<Double>
  ) {
    guard let v = v.baseAddress, let result = result.baseAddress else { return }
    sample.addInnerTransposedProduct(component, of: v - component.units.lowerBound, to: result)
  }

  /// Calls `body` for every edge of the component: source neuron, target unit and weight, the
  /// indices counted from the component's first neuron and unit.
  @inline(__always)
  public func forEachEdge(_ body: (_ source: Int, _ target: Int, _ weight: Double) -> Void) {
    let network = component.network
    let weights = sample.weights
    let firstUnit = component.units.lowerBound
    network.outUnits.withUnsafeBufferPointer { units in
      network.outEdges.withUnsafeBufferPointer { places in
        for source in 0..<neuronCount {
          let first = Int(network.outStarts[component.neurons.lowerBound + source])
          for edge in first..<Int(component.outerStarts[source]) {
            body(source, Int(units[edge]) - firstUnit, weights[Int(places[edge])])
          }
        }
      }
    }
  }

  /// What methods cost here; asked for only where iteration is slow.
  private(set) lazy var costModel = CostModel(component)

  /// Whether a factor of the state's solver serves for the slopes and weights as they are.
  func reusesFactor(_ method: DirectMethod) -> Bool {
    linearizations[method]?.reuseFactor(self) ?? false
  }

  /// Room for Anderson mixing of vectors over units.
  func mixing(_ window: Int) -> AndersonMixing {
    let mixing = mixings[window] ?? AndersonMixing(length: unitCount, window: window)
    mixings[window] = mixing
    mixing.threads = threads
    return mixing
  }

  /// Gives back the room of mixing with more iterates than `window`.
  func forgetMixings(above window: Int) { mixings = mixings.filter { $0.key <= window } }

  func linearization(_ method: DirectMethod) throws -> Linearization {
    if let known = linearizations[method] { return known }
    let made = try Linearization(component, method)
    linearizations[method] = made
    return made
  }

  /// A factor that some solver has left for a state of this sample.
  var laggedFactor: Linearization? {
    linearizations.values.filter(\.hasFactor).min { $0.description < $1.description }
  }

  /// Room for what stands for the inverse of I − Dᵀ W in Krylov methods.
  func preconditioner() throws -> Preconditioner {
    if let knownPreconditioner { return knownPreconditioner }
    let made = try Preconditioner(component)
    knownPreconditioner = made
    return made
  }

  // MARK: Independence of earlier samples

  /// Forgets factors and pivots, which were chosen for an earlier sample.
  func beginState() {
    answer = nil
    residualCount = 0
    for linearization in linearizations.values { linearization.forget() }
  }

  /// Keeps the factor for the adjoint, if the sample is the only one: then it is always there, while in
  /// a batch that would depend on which sample the worker has solved last.
  func endState(isOnly: Bool) {
    answer = isOnly && !linearizations.isEmpty ? fingerprint() : nil
  }

  /// Forgets factors and pivots unless they were made on the way to this very state.
  func beginFactors(isOnly: Bool) {
    guard !linearizations.isEmpty else { return }
    if isOnly, let answer, answer == fingerprint() { return }
    beginState()
  }

  /// A hash of the state and of the weights within the component.
  private func fingerprint() -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func take(_ value: Double) {
      hash = (hash ^ value.bitPattern) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 29
    }
    for value in z { take(value) }
    forEachEdge { _, _, weight in take(weight) }
    return hash
  }

  private func units(
    _ vector: UnsafeMutablePointer<Double>
  ) -> UnsafeMutableBufferPointer<Double> {
    UnsafeMutableBufferPointer(start: vector + component.units.lowerBound, count: unitCount)
  }
}
