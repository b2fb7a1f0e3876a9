import SparseAlgebra

/// What the methods cost on one component, in seconds as measured on one core of a 2-core virtual
/// machine; only the ratios matter for a choice.
struct CostModel {
  /// One sweep: every edge once, every activation once.
  let sweep: Double
  /// One factorization with its solves; `nil` where a direct method does not apply.
  let factorization: Double?

  /// Newton's method mostly takes four or five steps.
  static let newtonSteps = 5.0
  private static let secondsPerEdge = 0.7e-9
  private static let secondsPerUnit = 3e-9
  private static let secondsPerSparseFlop = 2.5e-10
  private static let secondsPerDenseFlop = 4e-11
  private static let secondsPerFactorization = 1e-6

  private static let secondsPerAnalysedEntry = 1.2e-7
  /// Up to so many units an analysis takes no longer than the thought.
  private static let alwaysAnalysed = 4096

  /// Whether so many sweeps take long enough that a component may be analysed to find out what a factorization costs: on a lattice of
  /// 1e5 neurons an analysis takes as long as a hundred sweeps, and what comes after it takes longer.
  static func paysToAnalyse(_ component: Component, insteadOf sweeps: Double) -> Bool {
    component.unitCount <= alwaysAnalysed
      || sweeps * sweep(component)
        > 2 * secondsPerAnalysedEntry * Double(component.edgeCount + component.unitCount)
  }

  static func sweep(_ component: Component) -> Double {
    secondsPerEdge * Double(component.edgeCount) + secondsPerUnit * Double(component.unitCount)
  }

  /// Asks for the analysis of the component's matrix, which is made at most once.
  init(_ component: Component) {
    sweep = Self.sweep(component)
    guard let choice = try? component.jacobianPattern().choice() else {
      factorization = nil
      return
    }
    let order = Double(choice.symbolic.pattern.rowCount)
    let flops =
      choice.method == .dense
      ? 2 / 3 * order * order * order * Self.secondsPerDenseFlop
      : choice.symbolic.estimatedFlops * Self.secondsPerSparseFlop
        + choice.symbolic.estimatedFactorNonzeros * 1e-8
    factorization = Self.secondsPerFactorization + flops + 2 * sweep
  }
}
