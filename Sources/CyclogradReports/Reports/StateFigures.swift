import Cyclograd
import Foundation

/// Figures of an equilibrium.
enum StateFigures {
  /// The eigenvalues of D Wᵀ with the unit circle; `nil` where none were computed.
  static func eigenvalues(_ spectrum: Spectrum) -> Figure? {
    let values = spectrum.components.flatMap(\.values)
    let estimates = spectrum.components.flatMap(\.estimates)
    guard !values.isEmpty || !estimates.isEmpty else { return nil }
    let angles = (0...180).map { Double($0) * .pi / 90 }
    let isComplete = spectrum.components.allSatisfy(\.isComplete)
    let partial = spectrum.partial.count
    let extent =
      partial == 0
      ? "of the cyclic components; those of all else are 0"
      : "of the cyclic components, of \(partial == 1 ? "one" : String(partial)) of which only some with the "
        + "largest magnitudes are known"
    let known = values.map(\.magnitude).max() ?? 0
    let verdict =
      (spectrum.radius < 1
        ? "converges near the equilibrium" : "does not converge to the equilibrium")
      + (isComplete || known >= 1 ? "" : " as far as they tell")
    let isFlowKnown = partial == 0 || spectrum.abscissa >= 1
    let flow =
      (spectrum.abscissa < 1 ? "returns to the equilibrium" : "leaves the equilibrium")
      + (isFlowKnown ? "" : " as far as they tell")
    let heights = (values + estimates).map { abs($0.imaginary) } + [1]
    let height = heights.max() ?? 1
    return Figure(
      name: "eigenvalues", title: "Eigenvalues of D Wᵀ at the equilibrium",
      summary:
        "\(Quantity.count(values.count, "eigenvalue"))"
        + (estimates.isEmpty
          ? "" : " and \(Quantity.count(estimates.count, "estimate")) of further ones")
        + " \(extent). The largest magnitude is "
        + "\(String(shortest: spectrum.radius)): plain iteration \(verdict). The largest real part is "
        + "\(String(shortest: spectrum.abscissa)): the rate model dz/dt = −z + W f(z) + b + x̂ \(flow).",
      x: .init("real part"), y: .init("imaginary part"),
      series: [
        .init("unit circle", .guide, x: angles.map { cos($0) }, y: angles.map { sin($0) }),
        .init("real part 1", .guide, x: [1, 1], y: [-height, height]),
        .init("eigenvalues", .scatter, x: values.map(\.real), y: values.map(\.imaginary)),
        .init("estimates", .scatter, x: estimates.map(\.real), y: estimates.map(\.imaginary)),
      ].filter { !$0.x.isEmpty }, isIsometric: true)
  }

  /// The dynamics of a component of one or two neurons.
  static func phasePortrait(
    _ map: ComponentMap, isEquilibrium: Bool
  ) -> (figure: Figure, restPoints: [RestPoint])? {
    switch map.neurons.count {
    case 1: OneNeuron(map, isEquilibrium: isEquilibrium).portrait
    case 2: TwoNeurons(map, isEquilibrium: isEquilibrium).portrait
    default: nil
    }
  }

  /// An interval that holds what is finite and within reach, with room around it.
  static func range(_ values: [Double], around centre: Double) -> ClosedRange<Double> {
    let reach = 10 * (1 + abs(centre))
    let near = values.filter { $0.isFinite && abs($0 - centre) <= reach } + [0, centre]
    let (low, high) = (near.min() ?? 0, near.max() ?? 0)
    let room = max(0.25 * (high - low), 0.5)
    return low - room...high + room
  }
}
