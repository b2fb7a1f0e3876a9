import SparseAlgebra

/// Computes one or several samples side by side: the schedule's stages forwards for states, and backwards for adjoints.
///
/// Acyclic neurons are evaluated for all lanes at once. In a component all lanes make sweeps together, if the
/// backend's solver begins with such; a lane that these do not bring to its end, and every lane of other solvers, is
/// finished by itself in the component's workspace. Every choice is made from a lane's own numbers. Evidence is
/// measured: the residual of a component is that of the state which is kept, and acyclic neurons have none.
final class BatchSolver {
  let schedule: Schedule
  let state: StateVectors
  /// A component's map for all lanes, and its workspace for one; that of a single lane is the same.
  let maps: [ComponentOperator]
  let workspaces: [ComponentWorkspace]
  var evidence: [SampleEvidence] = []
  /// Whether a lane has a state to start from.
  var isWarm: [Bool] = []
  var progress: SweepProgress
  var measured: MeasuredLanes
  /// Where the iterates of each lane are recorded, in the present component.
  var recorders: [ResidualRecorder?] = []
  private(set) lazy var stateSweeps = StateSweeps(self)
  private lazy var polish = NewtonPolish(state)
  /// What mixes the iterates of sweeps through components whose rows are long.
  private(set) lazy var mixing = LaneMixing(lanes: lanes)
  private(set) lazy var adjointSweeps = AdjointSweeps(self)
  private(set) lazy var linearSweeps = LinearSweeps(self)
  /// For small components; made when it is first needed.
  private var factorization: LaneFactorization?
  /// What iterates are ascribed to whose method has no other name.
  private var solverName = ""
  var network: Network { schedule.network }
  var lanes: Int { state.lanes }
  /// The vectors that a lane is finished in.
  let single: StateVectors

  /// Up to this size a factorization of all lanes costs about as much as four sweeps.
  static let mostFactoredNeurons = 32
  /// Without exchanges of rows a factor with larger entries than this may have lost too much.
  static let mostGrowth = 16.0

  /// - Parameters:
  ///   - state: the vectors of all lanes.
  ///   - single: those of one lane, on which the workspaces work; the same where there is one lane.
  init(
    _ schedule: Schedule, _ state: StateVectors, single: StateVectors,
    _ workspaces: [ComponentWorkspace]
  ) {
    self.schedule = schedule
    self.state = state
    self.single = single
    self.workspaces = workspaces
    maps =
      state === single
      ? workspaces.map(\.map) : schedule.components.map { ComponentOperator($0, state) }
    progress = SweepProgress(lanes: state.lanes)
    measured = MeasuredLanes(lanes: state.lanes)
  }

  /// Runs `body` with the weights bound, and returns the evidence that it gathered.
  func withEvidence(
    _ count: Int, _ batch: Batch, _ body: () throws -> Void
  ) rethrows -> [SampleEvidence] {
    evidence = Array(repeating: SampleEvidence(status: .converged, residual: 0), count: count)
    if state === single {
      try state.withWeights(batch.weights, of: batch.weightArray, body)
    } else {
      try state.withWeights(batch.weights, of: batch.weightArray) {
        try single.withWeights(batch.weights, of: batch.weightArray, body)
      }
    }
    return evidence
  }

  /// Whether a lane has a sample for which all went well so far.
  func isActive(_ lane: Int) -> Bool {
    lane < evidence.count && evidence[lane].status == .converged
  }

  // MARK: Small components

  /// What factors a component in all lanes at once, where it is so small that this costs no more than
  /// a few sweeps.
  func factorization(_ component: Component) -> LaneFactorization? {
    guard component.neuronCount <= Self.mostFactoredNeurons, !component.hasSoftmax else {
      return nil
    }
    let result =
      factorization ?? LaneFactorization(capacity: Self.mostFactoredNeurons, lanes: lanes)
    factorization = result
    return result
  }

  /// Brings states of a small component to rounding level in the lanes where sweeps have come near; `nil` where that
  /// is not done.
  func polished(_ map: ComponentOperator) -> NewtonPolish? {
    guard NewtonPolish.applies(to: map.component), let factorization = factorization(map.component)
    else { return nil }
    polish.run(map, factorization, takesPart: { progress.status[$0] == .converged }) {
      factor(map, factorization)
    }
    return polish
  }

  /// Factors B = I − Dᵀ W at the present slopes.
  func factor(_ map: ComponentOperator, _ factorization: LaneFactorization) {
    let component = map.component
    let units = component.units
    network.withRows(units, .inner(component), state.weights) { rows in
      network.neuronOfUnit.withUnsafeBufferPointer {
        factorization.factor(
          rows, units: units.count, neuronOfUnit: $0.baseAddress! + units.lowerBound,
          firstNeuron: component.neurons.lowerBound, order: component.neuronCount,
          slope: state.slope + map.firstUnit)
      }
    }
  }

  // MARK: Evidence

  /// Begins to record iterates of a component, in the lanes that are traced.
  func beginTrace(
    _ phase: ResidualTrace.Phase, _ samples: Range<Int>, _ batch: Batch, component number: Int
  ) {
    solverName = phase == .equilibrium ? schedule.state.name : schedule.adjoint.name
    guard let trace = batch.trace else {
      recorders.removeAll()
      return
    }
    recorders = samples.enumerated().map { lane, sample in
      isActive(lane)
        ? ResidualRecorder(
          trace, phase, sample: sample, schedule.components[number], number: number) : nil
    }
  }

  /// Hands a lane's recorder to the solver that goes on with it, and back.
  func recording(
    _ lane: Int, in workspace: ComponentWorkspace, _ body: () throws -> SolverOutcome
  ) rethrows -> SolverOutcome {
    workspace.recorder = lane < recorders.count ? recorders[lane] : nil
    let outcome = try body()
    if lane < recorders.count { recorders[lane] = workspace.recorder }
    return outcome
  }

  /// The sweeps' verdict on a lane, as what a solver would have reported.
  func outcome(_ lane: Int, _ name: String) -> SolverOutcome {
    let count = progress.iterations[lane]
    if progress.status[lane] == .converged {
      return SolverOutcome(.converged, iterations: count, detail: name)
    }
    return SolverOutcome(
      .iterationLimit, iterations: count, detail: "\(name) has not settled after \(count) steps")
  }

  func add(
    _ outcome: SolverOutcome, residual: Double, _ lane: Int, _ component: Component,
    _ options: SolverOptions
  ) {
    if lane < recorders.count {
      recorders[lane]?.end(
        residual, after: outcome.iterations, by: outcome.detail ?? solverName)
    }
    evidence[lane].add(
      outcome, of: component, isWhole: !schedule.isSplit, listsComponents: options.listsComponents)
    if !(residual <= evidence[lane].residual) { evidence[lane].residual = residual }
  }

  /// Whether numbers of some vector are not finite, in one look that is mostly the last.
  static func hasNonFinite(_ vector: UnsafePointer<Double>, _ count: Int) -> Bool {
    // The exponent of what is not finite overflows into the sign's place.
    let (exponent, one) = (UInt64(0x7FF) << 52, UInt64(1) << 52)
    var bits: UInt64 = 0
    for i in 0..<count { bits |= (vector[i].bitPattern & exponent) &+ one }
    return bits >> 63 != 0
  }
}
