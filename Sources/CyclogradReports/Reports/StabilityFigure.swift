import Cyclograd
import Foundation

/// The stability of residual blocks of the θ scheme: where R(z) = (1 + (1 − θ) z)/(1 − θ z) shrinks, and where the eigenvalues
/// of h ∂F/∂s are.
enum StabilityFigure {
  /// What |R| is along the contours.
  private static let levels = [0.5, 1, 2]
  private static let points = 180

  /// - Returns: `nil` for blocks with different θ, which have no region in common.
  static func figure(_ found: ResidualBlocks) -> Figure? {
    let blocks = found.blocks
    let theta = blocks[0].theta
    guard blocks.allSatisfy({ $0.theta == theta }) else { return nil }
    let reach = reach(of: blocks)
    var series = levels.compactMap { level in
      contour(theta, level, reach).map {
        Figure.Series("|R| = \(String(shortest: level))", .guide, x: $0.x, y: $0.y)
      }
    }
    if blocks[0].center != 0 {
      let circle = circle(blocks[0].center, 0, blocks[0].radius)
      series.append(.init("limits", .line, x: circle.x, y: circle.y))
    }
    // Few blocks have a colour each.
    let isByBlock = blocks.count <= 6
    for block in blocks where isByBlock {
      series.append(
        .init(
          "block \(block.number)", .scatter, x: block.eigenvalues.map(\.real),
          y: block.eigenvalues.map(\.imaginary)))
    }
    if !isByBlock {
      let values = blocks.flatMap(\.eigenvalues)
      series.append(
        .init("all blocks", .scatter, x: values.map(\.real), y: values.map(\.imaginary)))
    }
    let most = blocks.flatMap(\.amplification).max() ?? 0
    return Figure(
      name: "stability", title: "Stability of \(Quantity.count(blocks.count, "residual block"))",
      summary:
        "Eigenvalues of h ∂F/∂s at the equilibrium, and contours of R(z) = (1 + (1 − θ) z)/(1 − θ z) for θ = "
        + "\(String(shortest: theta)), by which a block multiplies their eigenvectors. The largest |R| of an eigenvalue "
        + "is \(String(shortest: most)): "
        + (most <= 1 ? "no block expands along one." : "some block expands along one."),
      x: .init("real part"), y: .init("imaginary part"), series: series, isIsometric: true)
  }

  /// How far from 0 anything is drawn.
  private static func reach(of blocks: [ResidualBlocks.Block]) -> Double {
    let far = blocks.flatMap(\.eigenvalues).map(\.magnitude).filter(\.isFinite).max() ?? 0
    let limits = blocks[0].center == 0 ? 0 : abs(blocks[0].center) + blocks[0].radius
    return max(3, 1.25 * far, 1.1 * limits)
  }

  /// Where |R| has a value: a circle, or a line where its radius is infinite; `nil` for a circle that lies outside.
  ///
  /// |1 + a z|² = m² |1 − θ z|² with a = 1 − θ is (a² − m² θ²)|z|² + 2 (a + m² θ) Re z + 1 − m² = 0.
  private static func contour(
    _ theta: Double, _ level: Double, _ reach: Double
  ) -> (x: [Double], y: [Double])? {
    let (a, square) = (1 - theta, level * level)
    let quadratic = a * a - square * theta * theta
    let linear = a + square * theta
    if abs(quadratic) < 1e-12 {
      let x = (square - 1) / (2 * linear)
      return abs(x) <= reach ? ([x, x], [-reach, reach]) : nil
    }
    let center = -linear / quadratic
    let radius = (center * center - (1 - square) / quadratic).squareRoot()
    guard radius.isFinite, radius > 0 else { return nil }
    let circle = circle(center, 0, radius)
    // Of a circle that is too large only the part in sight is drawn.
    var (x, y): ([Double], [Double]) = ([], [])
    for (px, py) in zip(circle.x, circle.y) where abs(px) <= reach && abs(py) <= reach {
      x.append(px)
      y.append(py)
    }
    return x.count > 1 ? (x, y) : nil
  }

  private static func circle(
    _ x: Double, _ y: Double, _ radius: Double
  ) -> (x: [Double], y: [Double]) {
    // Begins at the side away from 0, so that a part around 0 is one piece.
    let start = x > 0 ? 0 : Double.pi
    let angles = (0...points).map { start + 2 * Double.pi * Double($0) / Double(points) }
    return (angles.map { x + radius * cos($0) }, angles.map { y + radius * sin($0) })
  }
}
