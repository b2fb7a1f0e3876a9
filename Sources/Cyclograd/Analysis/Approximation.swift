#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

extension Comparison {
  /// How far an approximate gradient is from the exact one, both as vectors of the derivatives of all trained
  /// parameters.
  public struct Approximation: Sendable {
    /// The kind.
    public var kind: GradientKind
    /// The first status of a sample that is not `converged`.
    public var status: SolveStatus
    /// Why there is no gradient.
    public var detail: String?
    /// How far it is; `nil` where there is no gradient.
    public var distance: GradientDistance?

    init(_ kind: GradientKind, _ outcome: GradientOutcome, _ exact: Gradient, _ network: Network) {
      self.kind = kind
      let (status, detail) = outcome.ending
      self.status = status
      guard let gradient = outcome.gradient else {
        self.detail = detail
        return
      }
      let trained = exact.parameters.indices.filter { network.isTrainable(parameter: $0) }
      distance = GradientDistance(
        of: trained.map { gradient.parameters[$0] }, from: trained.map { exact.parameters[$0] })
    }
  }
}

extension GradientOutcome {
  /// The first status of a sample that is not `converged`, or that the samples overflow together, and the detail.
  var ending: (SolveStatus, String?) {
    if let overflow { return (.notFinite, overflow.message) }
    return Comparison.worst(evidence)
  }
}

/// How far a vector is from another one.
public struct GradientDistance: Hashable, Sendable {
  /// The cosine of the angle between them; NaN if one is zero.
  public let cosine: Double
  /// The angle in degrees, from 0 to 180, to all digits also near 0; NaN if one of them is zero.
  public let degrees: Double
  /// ‖x − y‖₂ / ‖y‖₂; 0 if both are zero, infinite if only y is.
  public let relativeError: Double
  /// ‖x‖₂ / ‖y‖₂; NaN if both are zero, infinite if only y is.
  public let relativeLength: Double

  /// Compares x with y, of the same length, in linear time.
  public init(of x: [Double], from y: [Double]) {
    // Scaled, so that no square overflows or vanishes.
    let scale = max(Self.largest(x), Self.largest(y))
    let error = Self.length(x.indices.map { x[$0] / scale - y[$0] / scale })
    let (length, exact) = (Self.length(x.map { $0 / scale }), Self.length(y.map { $0 / scale }))
    relativeError = scale == 0 ? 0 : error / exact
    relativeLength = length / exact
    // Kahan's formula: half the angle between unit vectors, from their difference and their sum.
    let (u, v) = (Self.unit(x), Self.unit(y))
    let difference = Self.length(u.indices.map { u[$0] - v[$0] })
    let sum = Self.length(u.indices.map { u[$0] + v[$0] })
    degrees = 2 * atan2(difference, sum) * 180 / .pi
    cosine = zip(u, v).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private static func largest(_ x: [Double]) -> Double { x.reduce(0) { max($0, abs($1)) } }

  private static func length(_ x: [Double]) -> Double {
    x.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  private static func unit(_ x: [Double]) -> [Double] {
    let scale = largest(x)
    let scaled = x.map { $0 / scale }
    let length = length(scaled)
    return scaled.map { $0 / length }
  }
}
