import CKLU
import Glibc

/// A guess, cheap beside a factorization, of what a direct factorization would cost.
///
/// Small patterns get KLU's ordering and its counts, which are precise. Ordering a large pattern
/// without small separators takes minutes for an answer nobody can use, so that large patterns get
/// a measure taken in time O(n + entries): what is left of the symmetrized pattern, when dense
/// rows are set aside and vertices of degree up to 2 are eliminated, is searched breadth-first from
/// a vertex at its edge. A level separates what comes before it from what comes after it, and so
/// the widest level's width stands for the order of the largest dense front.
///
/// Measured on one core of a 2-core virtual machine, times in seconds; the number after a
/// pattern counts the entries of a row beside the diagonal; "levels" is the front predicted from levels alone:
///
/// | pattern                | n   | klu_analyze | umfpack symbolic | KLU's flops | levels | in  |
/// |:-----------------------|:----|------------:|-----------------:|------------:|-------:|----:|
/// | random digraph, 10     | 10⁴ | 0.03        | 0.04             | 2.3e11      | 5253   | 0.003 |
/// | random digraph, 10     | 10⁵ | 0.70        | 1.1              | 2.3e14      | 51389  | 0.07  |
/// | random digraph, 10     | 10⁶ | 109         | 297              | 2.3e17      | 708931 | 1.6   |
/// | random digraph, 2      | 10⁵ | 0.09        |                  | 6.0e12      | 34835  | 0.01  |
/// | random digraph, 2      | 10⁶ | 5.8         |                  | 6.1e15      | 367628 | 0.4   |
/// | lattice, 8             | 10⁴ | 0.002       | 0.007            | 3.8e7       | 199    | 0.001 |
/// | lattice, 8             | 10⁵ | 0.02        | 0.11             | 1.4e9       | 631    | 0.01  |
/// | lattice, 8             | 10⁶ | 0.41        | 2.6              | 4.5e10      | 1999   | 0.14  |
/// | 3-D lattice, 6         | 10⁵ | 0.04        |                  | 2.0e11      | 1587   | 0.01  |
/// | band, 2 × 100          | 10⁵ | 0.65        |                  | 2.0e9       | 100    | 0.4   |
/// | binary tree, star      | 10⁶ | 0.1         |                  | 3.0e6       | 0 … 1  | 0.1   |
/// | lattice, 1 % rewired   | 10⁵ | 0.05        |                  | 4.4e11      | 26576  | 0.01  |
/// | small world, 1 %       | 10⁵ | 0.02        |                  | 4.3e10      | 15734  | 0.01  |
///
/// The last two lines show the measure's weakness: levels grow wide wherever distances are short,
/// and so a large pattern with a few shortcuts, or one of modules joined like a tree, is judged
/// worse than it is. They are one reason to prefer the ordering where it takes less than a second.
/// In a reducible pattern, edges between strongly connected components count although they cause
/// no fill in KLU; such components are best predicted one by one.
public struct FillPrediction: Hashable, Sendable {
  /// How a prediction was made.
  public enum Basis: String, Hashable, Sendable {
    /// From a fill-reducing ordering, with precise counts.
    case ordering
    /// From the widths of breadth-first levels.
    case levels
  }

  /// How the prediction was made.
  public let basis: Basis
  /// The order of the pattern.
  public let order: Int
  /// The order of the largest dense submatrix that the elimination works on; from an ordering, of
  /// one whose elimination alone would take ``flops``.
  public let largestFront: Int
  /// The operations: of the whole factorization, or from levels those of the largest front.
  public let flops: Double
  /// The bytes: of the factors, or from levels those of the largest front.
  public let bytes: Double

  /// Predicts the fill of a square pattern.
  public init(_ pattern: SparsePattern) {
    precondition(pattern.isSquare, "only square matrices are factored")
    if pattern.rowCount <= Self.largestOrderedOrder, pattern.entryCount > 0,
      let prediction = try? FillPrediction(orderingOf: pattern)
    {
      self = prediction
    } else {
      self.init(levelsOf: pattern)
    }
  }

  init(orderingOf pattern: SparsePattern) throws {
    let handle = try KLUSymbolicFactorization.analyze(pattern)
    let symbolic = handle.pointer.pointee
    basis = .ordering
    order = pattern.rowCount
    flops = max(symbolic.est_flops, 0)
    let equivalentFront = cbrt(1.5 * flops).rounded(.up)
    largestFront = min(Int(symbolic.maxblock), Int(equivalentFront))
    // KLU counts nonzeros in 32 bits; where that overflowed, the equivalent front is the better guess.
    let counted = symbolic.lnz + symbolic.unz
    let overflowed = symbolic.lnz < 0 || counted >= 0x1p31
    let nonzeros = overflowed ? max(counted, equivalentFront * equivalentFront) : counted
    bytes = Double(MemoryLayout<Double>.size + MemoryLayout<Int32>.size) * nonzeros
  }

  init(levelsOf pattern: SparsePattern) {
    basis = .levels
    order = pattern.rowCount
    let graph = EliminationGraph(pattern)
    largestFront = min(graph.predictedFront(), graph.predictedFrontWithoutDenseVertices())
    let front = Double(largestFront)
    flops = 2.0 / 3.0 * front * front * front
    bytes = 8 * front * front
  }

  /// Whether a direct factorization would keep within these limits.
  ///
  /// A prediction from levels leaves out all fronts but the largest: on lattices the factorization
  /// takes 8 times the flops. After the analysis, its estimates are the ones to trust. The default
  /// limits are what one core does in a few minutes; orders up to 5000 always pass.
  public func isFeasible(maximumBytes: Double = 8e9, maximumFlops: Double = 1e12) -> Bool {
    order <= Self.alwaysFeasibleOrder || (bytes <= maximumBytes && flops <= maximumFlops)
  }

  /// Up to this order even a full matrix is factored in seconds.
  static let alwaysFeasibleOrder = 5_000

  /// Up to this order no pattern of moderate degree takes a second to order.
  static let largestOrderedOrder = 100_000
}
