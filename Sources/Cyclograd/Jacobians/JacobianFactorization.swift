import SparseAlgebra

/// Why a linear system of a component could not be factored or solved.
struct JacobianError: Error {
  var status: SolveStatus
  var detail: String
}

/// The factored linear systems of one component at one state; belongs to one worker.
///
/// Two ways lead to the same solutions: LU of B = I − Dᵀ W, or, where W is symmetric and D ≥ 0,
/// Cholesky of I − D^½ W D^½ (see ``JacobianPattern``).
final class JacobianFactorization {
  private let structure: JacobianPattern
  private let method: DirectMethod
  private var lu: (any NumericFactorization)?
  private var cholesky: (any NumericFactorization)?
  private var isCholesky = false
  /// The matrix that is factored, and room for the next.
  private var values: [Double]
  private var candidate: [Double] = []
  /// Whether what is factored next, and what is factored now, depends on nothing that was factored before.
  private var isForgotten = true
  private var isFresh = false
  private var rightHandSide: [Double]
  private var solution: [Double]
  private var roots: [Double] = []
  private var refinement: IterativeRefinement
  private var estimator: ConditionEstimator
  /// Of the last solution, as ``IterativeRefinement`` measures it.
  private(set) var backwardError = Double.nan
  /// The method that factored last, with a remark where another had to take over.
  private(set) var description = ""

  init(_ component: Component, _ method: DirectMethod) throws {
    structure = try component.jacobianPattern()
    self.method = method
    let order = structure.pattern.rowCount
    values = Array(repeating: 0, count: structure.pattern.entryCount)
    rightHandSide = Array(repeating: 0, count: order)
    solution = rightHandSide
    refinement = IterativeRefinement(order: order)
    estimator = ConditionEstimator(order: 0)
  }

  /// Factors at the workspace's slopes divided by 1 + shift, which is the matrix of the shifted
  /// (pseudo-transient) Newton step (1 + shift) I − W Dᵀ, up to that factor.
  ///
  /// After ``forget()`` a matrix that was factored as if nothing had been before is not factored again.
  func factor(_ workspace: ComponentWorkspace, shift: Double = 0) throws {
    try workspace.checkCancellation()
    let weights = workspace.state.weights
    do {
      switch method {
      case .automatic:
        let symmetric =
          Self.prefersCholesky(structure)
          && JacobianPattern.hasSymmetricWeights(workspace.component, weights)
        if try symmetric && factorCholesky(workspace, shift) { return }
        try factorLU(workspace, shift, try structure.choice().symbolic)
        description = symmetric ? "\(lu!.method.rawValue) (not positive definite)" : "\(lu!.method)"
      case .only(.cholmod):
        guard JacobianPattern.hasSymmetricWeights(workspace.component, weights) else {
          throw NotApplicable("CHOLMOD needs symmetric weights, and these are not")
        }
        if try factorCholesky(workspace, shift) { return }
        try factorLU(workspace, shift, try structure.symbolic(.umfpack))
        description = "umfpack, because the matrix is not positive definite"
      case .only(let name):
        try factorLU(workspace, shift, try structure.symbolic(name.factorization))
        description = name.rawValue
      }
    } catch let error as FactorizationError {
      throw Self.translated(error)
    } catch let error as NotApplicable {
      throw JacobianError(status: .notApplicable, detail: error.reason)
    }
  }

  /// Makes what follows independent of what was factored before.
  func forget() { isForgotten = true }

  /// Takes the candidate for the matrix to be factored; `false` where it is factored already.
  private func takeCandidate(_ numeric: any NumericFactorization, isCholesky: Bool) -> Bool {
    if isForgotten, isFresh, self.isCholesky == isCholesky, values == candidate {
      return false
    }
    swap(&values, &candidate)
    if isForgotten { numeric.forgetPivots() }
    isFresh = false
    self.isCholesky = isCholesky
    return true
  }

  private func factorCandidate(_ numeric: any NumericFactorization, isCholesky: Bool) throws {
    guard takeCandidate(numeric, isCholesky: isCholesky) else { return }
    try numeric.factor(values)
    isFresh = isForgotten
    isForgotten = false
  }

  /// What it keeps in memory, as its analysis foretold.
  var bytes: Double {
    let numeric = isCholesky ? cholesky : lu
    let symbolic = numeric.flatMap { try? structure.symbolic($0.method) }
    return 16 * (Double(values.count) + (symbolic?.estimatedFactorNonzeros ?? 0))
  }

  private static func translated(_ error: FactorizationError) -> JacobianError {
    switch error.code {
    case .singular, .notPositiveDefinite:
      JacobianError(status: .singular, detail: "I − D Wᵀ is singular: \(error.message)")
    case .notFinite:
      JacobianError(status: .notFinite, detail: "a slope or a weight is not finite")
    default: JacobianError(status: .notApplicable, detail: error.message)
    }
  }

  private func factorLU(
    _ workspace: ComponentWorkspace, _ shift: Double, _ symbolic: any SymbolicFactorization
  ) throws {
    fillCandidate { structure.fill(&$0, workspace, slopeFactor: 1 / (1 + shift)) }
    let numeric =
      try lu.flatMap { $0.method == symbolic.method ? $0 : nil } ?? symbolic.makeNumeric()
    if numeric !== lu { isFresh = false }
    lu = numeric
    try factorCandidate(numeric, isCholesky: false)
  }

  /// Returns false where the matrix is not positive definite.
  private func factorCholesky(_ workspace: ComponentWorkspace, _ shift: Double) throws -> Bool {
    let numeric = try cholesky ?? structure.symbolic(.cholmod).makeNumeric()
    cholesky = numeric
    fillCandidate { fillCholesky(&$0, workspace, 1 / (1 + shift)) }
    do {
      try factorCandidate(numeric, isCholesky: true)
    } catch let error as FactorizationError where error.code == .notPositiveDefinite {
      return false
    }
    description = "cholmod"
    return true
  }

  private func fillCandidate(_ fill: (inout [Double]) -> Void) {
    if candidate.count != values.count { candidate = values }
    fill(&candidate)
  }

  private func fillCholesky(
    _ values: inout [Double], _ workspace: ComponentWorkspace, _ factor: Double
  ) {
    let component = workspace.component
    let weights = workspace.state.weights
    roots = workspace.slope.map { ($0 * factor).squareRoot() }
    for entry in values.indices { values[entry] = 0 }
    for entry in structure.diagonal { values[Int(entry)] = 1 }
    var inner = 0
    for s in 0..<component.unitCount {
      for edge in component.innerEdges(of: s) {
        let source = component.innerSource(of: edge, into: s)
        values[Int(structure.slots[inner])] -= roots[s] * weights[edge] * roots[source]
        inner += 1
      }
    }
  }

  /// step = δz with δz − W Dᵀ δz / (1 + shift) = ρ / (1 + shift): Newton's step for −r = ρ.
  func solveState(
    _ workspace: ComponentWorkspace, rho: UnsafeMutableBufferPointer<Double>, shift: Double = 0,
    step: UnsafeMutableBufferPointer<Double>
  ) throws {
    let component = workspace.component
    let factor = 1 / (1 + shift)
    for s in 0..<component.unitCount { step[s] = rho[s] * factor }
    for k in rightHandSide.indices { rightHandSide[k] = 0 }
    if isCholesky {
      for s in 0..<component.unitCount { rightHandSide[s] = roots[s] * step[s] }
    } else {
      // Dᵀ ρ, and for each softmax group its mean, which the shift leaves alone.
      for s in 0..<component.unitCount {
        let k =
          Int(component.network.neuronOfUnit[component.units.lowerBound + s])
          - component.neurons.lowerBound
        rightHandSide[k] += workspace.slope[s] * step[s]
      }
      for (index, group) in structure.softmaxGroups.enumerated() {
        for k in group { rightHandSide[component.neuronCount + index] += rightHandSide[k] }
      }
      for k in 0..<component.neuronCount { rightHandSide[k] *= factor }
    }
    try solve(transposed: false)
    // δz = ρ + W δa
    workspace.withNeuronScratch { delta in
      for k in 0..<component.neuronCount {
        delta[k] = isCholesky ? roots[k] * solution[k] : solution[k]
      }
      workspace.addInnerProduct(of: delta, to: step)
    }
  }

  /// lambda = λ with λ − Wᵀ D λ = g, refined.
  func solveAdjoint(
    _ workspace: ComponentWorkspace, g: UnsafeMutableBufferPointer<Double>,
    lambda: UnsafeMutableBufferPointer<Double>
  ) throws {
    let component = workspace.component
    for k in rightHandSide.indices { rightHandSide[k] = k < g.count ? g[k] : 0 }
    guard isCholesky else {
      try solve(transposed: true)
      for k in 0..<component.neuronCount { lambda[k] = solution[k] }
      return
    }
    // (I − D^½ W D^½) u = D^½ g, d = D^½ u, λ = g + Wᵀ d
    for k in 0..<g.count { rightHandSide[k] *= roots[k] }
    try solve(transposed: true)
    workspace.withScratch { d in
      for s in 0..<component.unitCount { d[s] = roots[s] * solution[s] }
      lambda.copy(from: g)
      workspace.addInnerTransposedProduct(of: d, to: lambda)
    }
  }

  private func solve(transposed: Bool) throws {
    guard let numeric = isCholesky ? cholesky : lu else {
      throw JacobianError(status: .singular, detail: "there is no factorization")
    }
    do {
      backwardError = try rightHandSide.withUnsafeBufferPointer { b in
        try values.withUnsafeBufferPointer { values in
          try solution.withUnsafeMutableBufferPointer { x in
            try refinement.solve(
              numeric, values: values, rightHandSide: b, solution: x, transposed: transposed)
          }
        }
      }
    } catch let error as FactorizationError {
      throw Self.translated(error)
    }
  }

  // MARK: Condition

  /// An inverse that makes vectors so much longer is looked at more closely.
  private static let suspiciousGrowth = 1e6

  /// An estimate from below of the condition number of the factored matrix.
  ///
  /// One solve with a vector that favours no direction shows most matrices to be harmless. The others, and all of
  /// them where it is asked for, are equilibrated and estimated by ``SparseAlgebra/ConditionEstimator``: units in
  /// which rows and columns are measured do not count.
  ///
  /// - Parameters:
  ///   - growth: by how much a solution is longer than its right-hand side.
  ///   - isPrecise: whether the estimate is wanted in any case.
  /// - Complexity: one solve, or ten.
  func condition(after growth: Double = 1, isPrecise: Bool = false) throws -> Double {
    guard let numeric = isCholesky ? cholesky : lu else { return .infinity }
    do {
      if !isPrecise, growth <= Self.suspiciousGrowth {
        for k in solution.indices {
          solution[k] = ConditionProbe.startValue(k, of: solution.count)
        }
        try solution.withUnsafeMutableBufferPointer {
          try numeric.solveTransposed($0, rightHandSides: 1)
        }
        let largest = solution.reduce(0) { $0.isNaN || $1.isNaN ? .nan : max($0, abs($1)) }
        if largest <= 2 * Self.suspiciousGrowth { return max(1, growth, largest / 2) }
      }
      return try values.withUnsafeBufferPointer { try estimator.estimate(numeric, values: $0) }
    } catch let error as FactorizationError {
      throw Self.translated(error)
    }
  }

  /// What is known of the last solution.
  func quality(condition: Double?) -> LinearSystemQuality {
    LinearSystemQuality(
      backwardError: backwardError, reciprocalCondition: condition.map { 1 / $0 })
  }
}
