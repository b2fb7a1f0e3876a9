/// What solvers keep for one component of one worker, so that nothing is allocated or analysed twice: factorizations, room
/// for mixing, a preconditioner, the model of costs.
///
/// Nothing in it may influence a result: ``forget()`` is called before each sample's system.
final class SolverMemory {
  private let component: Component
  private var mixings: [Int: AndersonMixing] = [:]
  private var factorizations: [DirectMethod: JacobianFactorization] = [:]
  private var knownPreconditioner: Preconditioner?

  init(_ component: Component) { self.component = component }

  /// What methods cost here; asked for only where iteration is slow.
  private(set) lazy var costModel = CostModel(component)

  /// Forgets factors and pivots, which were chosen for an earlier system.
  func forget() {
    for factorization in factorizations.values { factorization.forget() }
  }

  /// Room for Anderson mixing of vectors over units.
  func mixing(_ window: Int, _ context: ExecutionContext) -> AndersonMixing {
    let mixing = mixings[window] ?? AndersonMixing(length: component.unitCount, window: window)
    mixings[window] = mixing
    mixing.context = context
    return mixing
  }

  /// Gives back the room of mixing with more iterates than `window`.
  func forgetMixings(above window: Int) { mixings = mixings.filter { $0.key <= window } }

  /// The factorization by a method.
  func factorization(_ method: DirectMethod) throws -> JacobianFactorization {
    if let known = factorizations[method] { return known }
    let made = try JacobianFactorization(component, method)
    factorizations[method] = made
    return made
  }

  /// The factorization by a method, which is the caller's until it gives it back.
  func lend(_ method: DirectMethod) throws -> JacobianFactorization {
    try factorizations.removeValue(forKey: method) ?? JacobianFactorization(component, method)
  }

  func giveBack(_ factorization: JacobianFactorization, _ method: DirectMethod) {
    factorizations[method] = factorization
  }

  /// Room for what stands for the inverse of I − Dᵀ W in Krylov methods.
  func preconditioner() throws -> Preconditioner {
    if let knownPreconditioner { return knownPreconditioner }
    let made = try Preconditioner(component)
    knownPreconditioner = made
    return made
  }
}
