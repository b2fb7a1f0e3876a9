/// Which derivative of the loss is taken.
///
/// Everything but ``exact`` is an approximation. The truncated kinds replace the adjoint
/// d = (I − D Wᵀ)⁻¹ D g of each cyclic component by a polynomial in D Wᵀ; between components, and where
/// there is no cycle, they differentiate exactly.
public enum GradientKind: Hashable, Sendable {
  /// The gradient through the equilibrium.
  case exact
  /// The semi-gradient: what neurons receive along recurrent edges is held constant (Sanokowski 2022,
  /// section 3.3).
  ///
  /// An edge is recurrent if it lies on a cycle and leads from a group to the same one or one before
  /// it in the graph, whose groups are taken for layers in that order. The state is that of the whole
  /// network; the adjoint system is solved with W without those edges, which have derivatives
  /// themselves.
  case semi
  /// The truncated Neumann series d = Σ (D Wᵀ)ᵏ D g, with k from 0 to terms − 1: the derivative of that
  /// many plain sweeps that start at the equilibrium. One term is Jacobian-free backpropagation (Fung et
  /// al. 2022). It tends to the exact gradient where the spectral radius of D Wᵀ is below 1.
  case neumann(terms: Int)
  /// The phantom gradient d = τ Σ (τ D Wᵀ + (1 − τ) I)ᵏ D g, with k from 0 to steps − 1 and τ the
  /// damping: the derivative of that many steps a ← (1 − τ) a + τ A(W a + b + x̂) that start at the
  /// equilibrium (Geng, Zhang, Bai, Wang & Lin, *On training implicit models*, NeurIPS 2021; there, their
  /// unrolled form and their Neumann form are the same). τ = 1 is ``neumann(terms:)``.
  case phantom(steps: Int, damping: Double)

  /// How kinds are written.
  public static let forms = "exact, semi, neumann:K, phantom:K:τ"

  /// The most terms or steps.
  public static let mostTerms = 1_000_000

  /// Reads ``name``.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-option`.
  public static func named(_ name: String) throws(CyclogradError) -> GradientKind {
    let parts = name.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    var kind: GradientKind?
    switch (parts[0], parts.count) {
    case ("exact", 1): kind = .exact
    case ("semi", 1): kind = .semi
    case ("neumann", 2): kind = Int(parts[1]).map { .neumann(terms: $0) }
    case ("phantom", 3):
      if let steps = Int(parts[1]), let damping = Double(parts[2]) {
        kind = .phantom(steps: steps, damping: damping)
      }
    default: break
    }
    guard let kind else {
      throw CyclogradError(
        .invalidOption, "there is no kind of gradient '\(name)'",
        advice: "the kinds are \(forms), such as neumann:5 and phantom:5:0.5")
    }
    try kind.validate()
    return kind
  }

  /// As it is written in files and on the command line: `exact`, `semi`, `neumann:5`, `phantom:5:0.5`.
  public var name: String {
    switch self {
    case .exact: "exact"
    case .semi: "semi"
    case .neumann(let terms): "neumann:\(terms)"
    case .phantom(let steps, let damping): "phantom:\(steps):\(damping)"
    }
  }

  /// Whether a sum of given length stands for the solution of adjoint systems.
  public var isTruncated: Bool { truncatedSeries != nil }

  /// Checks that the numbers have a meaning.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-option`.
  public func validate() throws(CyclogradError) {
    guard let series = truncatedSeries else { return }
    guard 1...Self.mostTerms ~= series.terms, series.damping > 0, series.damping <= 1 else {
      throw CyclogradError(
        .invalidOption, "'\(name)' is no kind of gradient",
        advice: "K is from 1 to \(Self.mostTerms), and τ above 0 and at most 1")
    }
  }

  /// What stands for the solution of the adjoint system, in truncated kinds.
  var truncatedSeries: TruncatedSeries? {
    switch self {
    case .exact, .semi: nil
    case .neumann(let terms): TruncatedSeries(terms: terms, damping: 1)
    case .phantom(let steps, let damping): TruncatedSeries(terms: steps, damping: damping)
    }
  }
}

extension Network {
  /// The entries of W that a semi-gradient cuts, in O(edges).
  var recurrentEdges: [Int32] {
    var result: [Int32] = []
    let groups = fileNeuron.map { Int32(layout.locate(neuron: Int($0)).group) }
    for stage in stages where stage.isCyclic {
      let first = Int(unitStarts[Int(stage.neurons.lowerBound)])
      let end = Int(unitStarts[Int(stage.neurons.upperBound)])
      for s in first..<end {
        let target = groups[Int(neuronOfUnit[s])]
        for edge in inEdges(of: s) {
          let source = sourceNeuron(of: edge, into: s)
          guard stage.neurons.contains(Int32(source)), groups[source] >= target else { continue }
          result.append(Int32(edge))
        }
      }
    }
    return result
  }
}
