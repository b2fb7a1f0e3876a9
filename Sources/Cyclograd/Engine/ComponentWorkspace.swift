import SparseAlgebra

/// What a solver works with: one component, one sample, and room for its own vectors.
///
/// A workspace belongs to one worker. Vectors over units have ``unitCount`` entries, vectors over
/// neurons ``neuronCount``; both are the component's, in condensation order. Everything that comes
/// from outside the component is already in ``drive`` and in ``source``.
public final class ComponentWorkspace {
  /// The component.
  public let component: Component
  /// Its map at the sample's state.
  let map: ComponentOperator
  /// Where iterates are recorded; `nil` if nobody wants to know.
  var recorder: ResidualRecorder?
  let unitScratch: ScratchStack
  let neuronScratch: ScratchStack
  /// What solvers keep from one call to the next.
  let memory: SolverMemory
  /// The factors of the equilibrium that is differentiated; `nil` while a state is sought.
  var factors: SampleFactors?
  /// How many residuals were computed since the solver began.
  private var residualCount = 0
  /// min(‖W‖₁, ‖W‖∞) of a call's weights; see ``weightNorm``.
  var knownWeightNorm: (call: Int, value: Double)?
  /// Where nothing drives the component, and 0 is an equilibrium of it: max |z| from which on the state counts as 0.
  private var zeroBound: Double?

  var state: StateVectors { map.state }

  init(_ component: Component, _ state: StateVectors) {
    self.component = component
    map = ComponentOperator(component, state)
    unitScratch = ScratchStack(length: component.unitCount)
    neuronScratch = ScratchStack(length: component.neuronCount)
    memory = SolverMemory(component)
  }

  /// The number of units.
  public var unitCount: Int { component.unitCount }
  /// The number of neurons.
  public var neuronCount: Int { component.neuronCount }

  /// The pre-activations z per unit: on entry where to start, on return the answer.
  public var z: Vector { units(state.z) }
  /// b + x̂ and what comes from upstream, per unit.
  public var drive: Vector { units(state.drive) }
  /// The slopes of the activations per unit, as of the last ``activate()``.
  public var slope: Vector { units(state.slope) }
  /// The activations per neuron, as of the last ``activate()``.
  public var activation: Vector { neurons(state.activation) }
  /// g and what comes from downstream, per neuron; for adjoint solvers.
  public var source: Vector { neurons(state.source) }
  /// ∂E/∂z per unit: what an adjoint solver must find.
  public var d: Vector { units(state.d) }

  private func units(_ vector: UnsafeMutablePointer<Double>) -> Vector {
    Vector(start: vector + component.units.lowerBound, count: unitCount)
  }

  private func neurons(_ vector: UnsafeMutablePointer<Double>) -> Vector {
    Vector(start: vector + component.neurons.lowerBound, count: neuronCount)
  }

  /// Whether the call is to end, by its ``CancellationToken``. A solver whose iterations ask neither for
  /// ``residual(into:)`` nor for ``adjointStep(into:)`` has to look here.
  public var isCancelled: Bool { state.context.isCancelled }

  /// Ends the call if it is to end.
  func checkCancellation() throws(CyclogradError) { try state.context.checkCancellation() }

  // MARK: The state

  /// Computes the activations and slopes from ``z`` (equation 3).
  ///
  /// - Complexity: O(units).
  public func activate() { map.activate(isValueOnly: false) }

  /// Computes the activations at ``z`` and r = z − (W a + drive); returns the criterion of convergence (see
  /// ``SampleEvidence/residual``), which is NaN if anything is not finite, and when the call ``isCancelled``.
  ///
  /// - Complexity: O(edges).
  public func residual(into result: Vector) -> Double {
    if isCancelled { return .nan }
    residualCount += 1
    return measuredResidual(into: result)
  }

  /// The same without slopes, which iterations do not need before they end.
  func residualWithoutSlopes(into result: Vector) -> Double {
    if isCancelled { return .nan }
    residualCount += 1
    return measuredResidual(into: result, isValueOnly: true)
  }

  /// The same without counting: for what is measured after a solver has ended.
  func measuredResidual(into result: Vector, isValueOnly: Bool = false) -> Double {
    guard let r = result.baseAddress, let z = z.baseAddress else { return 0 }
    var size = 0.0
    SweepMeasures.raise(&size, to: z, count: unitCount, lanes: 1)
    if let zeroBound, size > 0, size <= zeroBound {
      size = 0
      self.z.update(repeating: 0)
    }
    map.activate(isValueOnly: isValueOnly)
    let measures = state.measures
    measures.least[0] = Self.least(size)
    map.withRows(many: residualCount > Self.fewSweeps) {
      map.step($0, z: z, into: r, measuresError: true)
    }
    state.forEachPart(of: 0..<unitCount, Parallel.pieces(unitCount)) { _, part in
      for s in part { r[s] = z[s] - r[s] }
    }
    return measures.error[0].isFinite ? measures.error[0] : .nan
  }

  /// What a unit's backward error is relative to at least, where max |z| is `size`: what is smaller by eight decimal
  /// orders does not have to be followed to its own last digits.
  static func least(_ size: Double) -> Double { max(.leastNormalMagnitude, 0x1p-27 * size) }

  /// After so many sweeps it is likely that many more will come.
  static let fewSweeps = 3

  /// The size that numbers have where nothing else says it: 1, or where all activations are positively homogeneous, so
  /// that there is no natural unit, the largest |drive|.
  var unitScale: Double {
    guard component.isHomogeneous else { return 1 }
    let largest = drive.reduce(0) { max($0, abs($1)) }
    return largest > 0 && largest.isFinite ? largest : 1
  }

  /// Forgets what belongs to the sample before.
  ///
  /// - Parameter tolerance: where the state starts elsewhere than at a = 0, by what factor it has to shrink to count as 0
  ///   if nothing drives the component; `nil` otherwise.
  func beginState(warmTolerance tolerance: Double?) {
    residualCount = 0
    zeroBound = nil
    memory.forget()
    guard let tolerance, isUndriven else { return }
    let start = z.reduce(0) { max($0, abs($1)) }
    if start > 0, isEquilibriumAtZero { zeroBound = tolerance * start }
  }

  /// Whether nothing drives the component.
  var isUndriven: Bool { drive.allSatisfy { $0 == 0 } }

  /// Whether the state has shrunk to 0, where that is an equilibrium.
  var hasReachedZero: Bool { zeroBound != nil && z.allSatisfy { $0 == 0 } }

  private var isEquilibriumAtZero: Bool {
    withScratch { kept, r in
      kept.copy(from: z)
      z.update(repeating: 0)
      defer { z.copy(from: kept) }
      _ = measuredResidual(into: r)
      return r.allSatisfy { $0 == 0 }
    }
  }

  // MARK: The adjoint

  /// result = D v for a vector v over neurons, with the slopes as they are.
  ///
  /// - Complexity: O(units).
  public func multiplySlopes(by v: Vector, into result: Vector) {
    guard let v = v.baseAddress, let result = result.baseAddress else { return }
    state.multiplySlopes(
      component.runs, by: v - component.neurons.lowerBound,
      into: result - component.units.lowerBound)
  }

  /// result = Dᵀ v per neuron for a vector v over units, with the slopes as they are: how activations
  /// change when pre-activations do.
  func multiplyTransposedSlopes(by v: Vector, into result: Vector) {
    guard let v = v.baseAddress, let result = result.baseAddress else { return }
    component.network.multiplyTransposedSlopes(
      component.runs, slope: state.slope, by: v - component.units.lowerBound,
      into: result - component.neurons.lowerBound)
  }

  /// The largest |d| downstream of the component, to which an adjoint's accuracy is relative where its
  /// own entries are smaller; for adjoint solvers.
  public internal(set) var adjointScale = 0.0

  /// result = D (source + Wᵀ d) with the slopes as they are: the right-hand side of equation 8,
  /// solved for d. Returns ‖result − d‖∞ relative to ‖d‖∞, to the terms of D λ where these are larger (see
  /// ``SampleEvidence/residual``), or to ``adjointScale``; 0 for d = 0 and NaN if anything is not finite,
  /// and when the call ``isCancelled``.
  ///
  /// - Complexity: O(edges).
  @discardableResult
  public func adjointStep(into result: Vector) -> Double {
    guard let d = d.baseAddress, let result = result.baseAddress else { return 0 }
    if isCancelled { return .nan }
    map.withTransposedRows { map.adjointStep($0, d: d, into: result) }
    let (change, scale) = (state.measures.change[0], state.measures.size[0])
    // A size that has overflowed says nothing: no residual vanishes against it.
    return change == 0 ? 0 : change / min(max(scale, adjointScale), .greatestFiniteMagnitude)
  }

  /// The same residual alone.
  public func adjointResidual() -> Double { withScratch { adjointStep(into: $0) } }

  /// Forgets what belongs to the system before.
  func beginAdjoint(scale: Double) {
    adjointScale = scale
    memory.forget()
  }

  // MARK: Products

  /// result += W v over the edges of the component, for a vector v over neurons.
  func addInnerProduct(of v: Vector, to result: Vector) {
    guard let v = v.baseAddress, let result = result.baseAddress else { return }
    map.addProduct(of: v, to: result)
  }

  /// result += Wᵀ v over the edges of the component, for a vector v over units.
  func addInnerTransposedProduct(of v: Vector, to result: Vector) {
    guard let v = v.baseAddress, let result = result.baseAddress else { return }
    map.addTransposedProduct(of: v, to: result)
  }

  /// Calls `body` for every edge of the component: source neuron, target unit and weight, the
  /// indices counted from the component's first neuron and unit. Targets ascend, and for each of them sources.
  ///
  /// - Complexity: O(edges).
  @inline(__always)
  public func forEachEdge(_ body: (_ source: Int, _ target: Int, _ weight: Double) -> Void) {
    let (weights, component) = (state.weights, component)
    for target in 0..<unitCount {
      for edge in component.innerEdges(of: target) {
        body(component.innerSource(of: edge, into: target), target, weights[edge])
      }
    }
  }

  // MARK: Records

  /// Tells the call's ``ResidualTrace``, if there is one, of an iterate.
  ///
  /// - Parameters:
  ///   - residual: the iterate's, as ``residual(into:)`` or ``adjointResidual()`` gives it.
  ///   - iterations: how many this solver made before, counted from 0.
  ///   - method: a name for people.
  public func record(_ residual: Double, after iterations: Int, by method: String) {
    recorder?.record(residual, after: iterations, by: method)
  }
}
