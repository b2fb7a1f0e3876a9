import SparseAlgebra

/// The outermost eigenvalues of the Hessian of a mean loss by the parameters that training may change, or of its
/// Gauss–Newton approximation.
public struct CurvatureSpectrum: Sendable {
  /// An eigenvalue, and how far an exact one is from it at most.
  public struct Value: Hashable, Sendable {
    /// The eigenvalue.
    public var value: Double
    /// Lanczos's bound; 0 where all eigenvalues were had from the matrix.
    public var bound: Double
  }

  /// Ascending: as many of each end as were asked for, or all.
  public let values: [Value]
  /// How many products with vectors it took.
  public let products: Int

  /// Finds the eigenvalues.
  ///
  /// - Parameters:
  ///   - simulator: of the network.
  ///   - equilibrium: of the same network.
  ///   - loss: the loss.
  ///   - targets: what the loss takes.
  ///   - count: how many of each end.
  ///   - isGaussNewton: whether the approximation is meant.
  /// - Throws: ``CyclogradError`` as ``Curvature/hessianProduct(of:targets:along:at:)`` does; `invalid-option` for a
  ///   network without trained parameters; `not-converged` where ARPACK does not find them.
  public init(
    _ simulator: Simulator, _ equilibrium: Equilibrium, _ loss: any Loss, _ targets: Matrix,
    count: Int = 1, isGaussNewton: Bool = false
  ) throws {
    let network = simulator.network
    let trained = (0..<network.parameterCount).filter { network.isTrainable(parameter: $0) }
    guard !trained.isEmpty else {
      throw CyclogradError(
        .invalidOption, "the network has no parameters that training may change",
        advice: "let some of them be trainable")
    }
    let curvature = try Curvature(simulator)
    var products = 0
    let random = CounterRandom(seed: network.seed, purpose: .eigenvalues, index: 1)
    let start = trained.indices.map { random.uniform($0) - 0.5 }
    let method = ExtremeEigenvalues(count: count)
    let found = try method.of(from: start) { v in
      products += 1
      var direction = [Double](repeating: 0, count: network.parameterCount)
      for (place, value) in zip(trained, v) { direction[place] = value }
      let image =
        isGaussNewton
        ? try curvature.gaussNewtonProduct(
          of: loss, targets: targets, along: direction, at: equilibrium)
        : try curvature.hessianProduct(
          of: loss, targets: targets, along: direction, at: equilibrium
        ).parameters
      return trained.map { image[$0] }
    }
    guard let found else {
      throw CyclogradError(
        .notConverged, "the outermost eigenvalues were not found within \(products) products",
        advice: "ask for fewer eigenvalues")
    }
    values = found.map { Value(value: $0.value, bound: $0.bound) }
    self.products = products
  }
}
