import SparseAlgebra

/// Newton steps in all lanes at once for small components, from where sweeps have come near an equilibrium: they bring
/// it to rounding level, in the time of a few sweeps.
///
/// Sweeps have led there, so that these steps do not choose the equilibrium, only its digits.
final class NewtonPolish {
  private let state: StateVectors
  /// The backward error of each lane's state, as far as it has come.
  private(set) var error: [Double]
  /// How many steps each lane has taken.
  private(set) var steps: [Int]
  private var isActive: [Bool]

  /// What states are called that were brought to rounding level.
  static let name = "\(MethodName.newton), side by side"
  /// How near sweeps have to come before.
  static let nearby = 1e-6
  /// Up to this size a step costs no more than a few sweeps.
  private static let mostNeurons = 16
  private static let mostSteps = 3

  init(_ state: StateVectors) {
    self.state = state
    error = Array(repeating: 0, count: state.lanes)
    steps = Array(repeating: 0, count: state.lanes)
    isActive = Array(repeating: false, count: state.lanes)
  }

  static func applies(to component: Component) -> Bool {
    component.neuronCount <= mostNeurons && !component.hasSoftmax
  }

  /// Moves z of some lanes as long as that lowers their backward errors.
  ///
  /// - Parameters:
  ///   - takesPart: the lanes.
  ///   - factor: factors I − Dᵀ W at the present slopes.
  func run(
    _ map: ComponentOperator, _ factorization: LaneFactorization, takesPart: (Int) -> Bool,
    factor: () -> Void
  ) {
    let (lanes, count) = (map.lanes, map.component.unitCount)
    let measures = state.measures
    let (z, next, before) = (
      state.z + map.firstUnit, state.next + map.firstUnit, state.d + map.firstUnit
    )
    for b in 0..<lanes {
      isActive[b] = takesPart(b)
      (steps[b], error[b]) = (0, .infinity)
      measures.running[b] = isActive[b] ? -1 : 0
    }
    for step in 0...Self.mostSteps {
      map.activate(isValueOnly: false)
      for b in 0..<lanes { measures.least[b] = ComponentWorkspace.least(size(z, count, b)) }
      map.withRows(many: false) { map.step($0, z: z, into: next, measuresError: true) }
      for b in 0..<lanes where isActive[b] {
        if measures.error[b] < error[b] {
          error[b] = measures.error[b]
          steps[b] = step
          isActive[b] = error[b] > 8 * .ulpOfOne
        } else {
          for s in 0..<count { z[s * lanes + b] = before[s * lanes + b] }
          isActive[b] = false
        }
      }
      guard step < Self.mostSteps, isActive.contains(true) else { break }
      before.update(from: z, count: count * lanes)
      factor()
      take(map, factorization, z, next)
    }
    map.activate(isValueOnly: true)
  }

  private func size(_ z: UnsafePointer<Double>, _ count: Int, _ lane: Int) -> Double {
    var result = 0.0
    for s in 0..<count { result = max(result, abs(z[s * state.lanes + lane])) }
    return result
  }

  /// z += ρ + W B⁻¹ Dᵀ ρ with ρ = W a + drive − z in the lanes that are active and whose factor is to be trusted.
  private func take(
    _ map: ComponentOperator, _ factorization: LaneFactorization,
    _ z: UnsafeMutablePointer<Double>, _ next: UnsafeMutablePointer<Double>
  ) {
    let component = map.component
    let (lanes, neurons) = (map.lanes, component.neuronCount)
    let sums = state.lambda + map.firstNeuron
    for i in 0..<component.unitCount * lanes { next[i] -= z[i] }
    component.network.multiplyTransposedSlopes(
      component.runs, slope: state.slope, by: next - map.firstUnit, into: state.lambda,
      lanes: lanes)
    factorization.solve(sums, order: neurons)
    component.network.withRows(component.units, .inner(component), state.weights) {
      SparseKernels.addProduct(
        $0, rows: 0..<component.unitCount, x: state.lambda, to: next, lanes: lanes)
    }
    for b in 0..<lanes {
      if isActive[b], !(factorization.growth[b] <= BatchSolver.mostGrowth) { isActive[b] = false }
      guard isActive[b] else { continue }
      for s in 0..<component.unitCount { z[s * lanes + b] += next[s * lanes + b] }
    }
  }
}
