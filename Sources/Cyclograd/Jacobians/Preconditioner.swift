import SparseAlgebra

/// What may stand for the inverse of a component's matrix, so that GMRES needs fewer products.
public enum Preconditioning: Sendable {
  /// ILU(0) on the component's pattern, unless that would cost too much.
  case incomplete
  /// Nothing.
  case none
}

/// B⁻¹, approximately, for B = I − Dᵀ W of one component; belongs to one worker.
final class Preconditioner {
  private enum Inverse {
    case none, incomplete
  }

  /// ILU(0) is not made where it would cost more than this many products with W.
  private static let mostProducts = 200.0

  private let structure: JacobianPattern
  private var incomplete: IncompleteLU?
  private let products: Double
  private var values: [Double]
  private var inverse = Inverse.none
  /// What it is, or why it is nothing.
  private(set) var description = ""

  init(_ component: Component) throws {
    structure = try component.jacobianPattern()
    let incomplete = IncompleteLU(structure.pattern)
    values = Array(repeating: 0, count: structure.pattern.entryCount)
    products = (incomplete?.work ?? 0) / Double(max(1, structure.pattern.entryCount))
    if products <= Self.mostProducts { self.incomplete = incomplete }
  }

  /// Whether there is anything.
  var isSomething: Bool {
    if case .none = inverse { false } else { true }
  }

  /// Prepares for the workspace's slopes and weights as they are.
  func prepare(_ workspace: ComponentWorkspace) {
    inverse = .none
    guard incomplete != nil else {
      description = "no preconditioner, as ILU(0) would cost \(Int(products)) products"
      return
    }
    structure.fill(&values, workspace)
    guard let shift = incomplete?.factor(values) else {
      description = "no preconditioner, as ILU(0) finds no pivot"
      return
    }
    inverse = .incomplete
    description =
      shift == 0 ? "ILU(0)" : "ILU(0), its diagonal raised by \(shift) because of a zero pivot"
  }

  /// Replaces v, K numbers, by B⁻¹ v or B⁻ᵀ v, approximately.
  func apply(_ v: inout [Double], transposed: Bool) {
    switch inverse {
    case .none: break
    case .incomplete:
      structure.extended(&v) { incomplete?.solve(&$0, transposed: transposed) }
    }
  }
}
