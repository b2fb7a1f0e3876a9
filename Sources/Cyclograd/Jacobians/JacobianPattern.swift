import SparseAlgebra
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// How a component's linear systems are to be factored.
public enum DirectMethod: Hashable, Sendable {
  /// By structure: dense LU for small components, CHOLMOD where weights are symmetric and slopes
  /// not negative, otherwise KLU or UMFPACK by the predicted fill.
  case automatic
  /// The method of that name.
  case only(Name)

  /// The methods that can be forced.
  public enum Name: String, Hashable, Sendable, CaseIterable {
    /// LAPACK's dense LU.
    case dense
    /// KLU, for circuits and other sparse matrices with little fill.
    case klu
    /// UMFPACK, for large unsymmetric matrices.
    case umfpack
    /// CHOLMOD, for symmetric weights and activations that do not decrease.
    case cholmod

    var factorization: FactorizationMethod {
      switch self {
      case .dense: .dense
      case .klu: .klu
      case .umfpack: .umfpack
      case .cholmod: .cholmod
      }
    }
  }
}

/// The pattern of B = I − Dᵀ W on one component, K × K, and where each edge stands in it.
///
/// Both systems of equilibrium and gradient reduce to B, which is smaller than I − D Wᵀ where
/// neurons have several units: δa = B⁻¹ Dᵀ ρ gives Newton's step δz = ρ + W δa, and λ = B⁻ᵀ g gives
/// d = D λ. A softmax group, whose D is full, takes one more row and column for the mean
/// μ = Σ a_s δz_s, so that its rows keep the sparsity of W.
///
/// Shifted Newton steps need nothing else: (1 + σ) I − W Dᵀ is 1 + σ times the same matrix with slopes divided by
/// 1 + σ.
final class JacobianPattern: Sendable {
  // Not the component, which holds the pattern.
  private let neuronCount: Int
  let pattern: SparsePattern
  /// For each inner edge, in the order of W's rows, its place in B.
  let slots: [Int32]
  /// For each edge into a softmax unit, in order, its place in the row of its group's mean.
  let meanSlots: [Int32]
  /// The place of each diagonal element.
  let diagonal: [Int32]
  /// For each softmax neuron, in order, the place of its group's mean in its row.
  let meanColumnSlots: [Int32]
  /// The softmax groups: their neurons, counted from the component's first.
  let softmaxGroups: [Range<Int>]
  /// Whether the Cholesky factorization may be tried: one unit a neuron, slopes never negative, and
  /// every edge has an opposite one.
  let isCholeskyCandidate: Bool

  private struct Analyses {
    var choice: MethodChoice?
    var symbolic: [FactorizationMethod: any SymbolicFactorization] = [:]
  }
  private let analyses = Mutex(Analyses())

  init(_ component: Component) throws {
    neuronCount = component.neuronCount
    let network = component.network
    let firstNeuron = component.neurons.lowerBound
    let neurons = component.neuronCount
    var groups: [Range<Int>] = []
    var isNondecreasing = component.unitCount == neurons
    for run in component.runs.map({ network.runs[Int($0)] }) {
      switch network.evaluations[Int(run.group)] {
      case .softmax:
        groups.append(
          Int(run.neurons.lowerBound) - firstNeuron..<Int(run.neurons.upperBound) - firstNeuron)
        isNondecreasing = false
      case .single(let activation):
        isNondecreasing = isNondecreasing && activation.isNondecreasing
      case .product, .max, .select: isNondecreasing = false
      }
    }
    softmaxGroups = groups

    var builder = PatternBuilder(component, groups)
    builder.addNeuronRows()
    builder.addMeanRows()
    pattern = try SparsePattern(
      rowCount: builder.rowStarts.count - 1, columnCount: builder.rowStarts.count - 1,
      rowStarts: builder.rowStarts, columns: builder.columns)
    slots = builder.slots
    meanSlots = builder.meanSlots
    diagonal = builder.diagonal
    meanColumnSlots = builder.meanColumnSlots
    isCholeskyCandidate = isNondecreasing && pattern.isStructurallySymmetric
  }

  /// Whether the weights of a component of this pattern are symmetric, value for value. The pattern must be.
  static func hasSymmetricWeights(
    _ component: Component, _ weights: UnsafePointer<Double>
  ) -> Bool {
    let transpose = component.network.transpose
    for k in 0..<component.neuronCount {
      let row = component.innerEdges(of: k)
      let out = transpose.edges(of: component.neurons.lowerBound + k).lowerBound
      for (i, edge) in row.enumerated()
      where weights[edge] != weights[Int(transpose.places[out + i])] { return false }
    }
    return true
  }

  /// The factorization of unsymmetric matrices that suits the pattern, and why.
  func choice() throws -> MethodChoice {
    try analyses.withLock { analyses in
      if let choice = analyses.choice { return choice }
      try checkFill()
      let choice = try FactorizationMethod.choose(for: pattern)
      try Self.checkEstimate(choice.symbolic)
      analyses.choice = choice
      return choice
    }
  }

  /// The pattern as analysed by a method.
  func symbolic(_ method: FactorizationMethod) throws -> any SymbolicFactorization {
    try analyses.withLock { analyses in
      if let known = analyses.symbolic[method] { return known }
      try checkFill()
      let made = try method.analyze(pattern)
      try Self.checkEstimate(made)
      analyses.symbolic[method] = made
      return made
    }
  }

  /// Keeps away from components on which even an ordering would not come back.
  private func checkFill() throws(NotApplicable) {
    let prediction = FillPrediction(pattern)
    if !prediction.isFeasible() {
      throw NotApplicable(
        "a component of \(neuronCount) neurons would fill up: its largest dense part has "
          + "about \(prediction.largestFront) rows (\(Self.readable(prediction.bytes)) bytes); "
          + "use an iterative backend")
    }
  }

  private static func checkEstimate(
    _ symbolic: any SymbolicFactorization
  ) throws(NotApplicable) {
    guard symbolic.estimatedFlops <= 1e14, symbolic.estimatedFactorNonzeros <= 1e9 else {
      throw NotApplicable(
        "the factors would hold about \(readable(symbolic.estimatedFactorNonzeros)) numbers and "
          + "take \(readable(symbolic.estimatedFlops)) operations; use an iterative backend")
    }
  }

  static func readable(_ value: Double) -> String {
    guard value.isFinite else { return "10^308 or more" }
    let exponent = value > 0 ? Int(log10(value)) : 0
    return exponent < 4 ? "\(Int(value))" : "10^\(exponent)"
  }
}

/// Collects the rows of B and the places of the edges.
private struct PatternBuilder {
  let component: Component
  let groups: [Range<Int>]
  var rowStarts: [Int32] = [0]
  var columns: [Int32] = []
  var slots: [Int32] = []
  var meanSlots: [Int32] = []
  var diagonal: [Int32] = []
  var meanColumnSlots: [Int32] = []

  init(_ component: Component, _ groups: [Range<Int>]) {
    self.component = component
    self.groups = groups
    columns.reserveCapacity(component.edgeCount + component.neuronCount)
    slots.reserveCapacity(component.edgeCount)
  }

  /// The inner edges of a unit, counted from the component's first.
  private func row(_ s: Int) -> Range<Int> { component.innerEdges(of: s) }

  private func column(_ edge: Int, _ s: Int) -> Int32 {
    Int32(component.innerSource(of: edge, into: s))
  }

  /// Appends the sorted union of some columns; returns where each of `wanted` stands.
  private mutating func append(_ union: [Int32]) -> (Int32) -> Int32 {
    let first = columns.count
    columns += union
    rowStarts.append(Int32(columns.count))
    return { column in
      Int32(first + (0..<union.count).partitioningIndex { union[$0] >= column })
    }
  }

  private func union(ofUnits units: Range<Int>, and extra: [Int32]) -> [Int32] {
    var all = extra
    for s in units { for edge in row(s) { all.append(column(edge, s)) } }
    all.sort()
    var count = 0
    for column in all where count == 0 || all[count - 1] != column {
      all[count] = column
      count += 1
    }
    all.removeSubrange(count...)
    return all
  }

  mutating func addNeuronRows() {
    let network = component.network
    var group = 0
    for k in 0..<component.neuronCount {
      let position = component.neurons.lowerBound + k
      let units =
        Int(network.unitStarts[position]) - component.units.lowerBound..<Int(
          network.unitStarts[position + 1]) - component.units.lowerBound
      while group < groups.count, groups[group].upperBound <= k { group += 1 }
      let isSoftmax = group < groups.count && groups[group].contains(k)
      let mean = Int32(component.neuronCount + group)
      let place = append(union(ofUnits: units, and: isSoftmax ? [Int32(k), mean] : [Int32(k)]))
      diagonal.append(place(Int32(k)))
      if isSoftmax { meanColumnSlots.append(place(mean)) }
      for s in units { for edge in row(s) { slots.append(place(column(edge, s))) } }
    }
  }

  mutating func addMeanRows() {
    for (index, group) in groups.enumerated() {
      let mean = Int32(component.neuronCount + index)
      // Softmax neurons have one unit each, but other neurons of the component may have more.
      let network = component.network
      let first = Int(network.unitStarts[component.neurons.lowerBound + group.lowerBound])
      let units =
        first - component.units.lowerBound..<first - component.units.lowerBound + group.count
      let place = append(union(ofUnits: units, and: [mean]))
      diagonal.append(place(mean))
      for s in units { for edge in row(s) { meanSlots.append(place(column(edge, s))) } }
    }
  }
}
