import Cyclograd
import Foundation
import Testing

@Suite("Damped oscillators")
struct DampedOscillatorTests {
  /// The solution in closed form, for each kind of damping.
  private func exact(_ o: DampedOscillator, _ t: Double) -> Double {
    let (w, d) = (o.frequency, o.damping)
    let square = w * w - d * d
    let a = o.velocity + d * o.position
    if abs(square) < 1e-12 { return exp(-d * t) * (o.position + a * t) }
    if square > 0 {
      let r = square.squareRoot()
      return exp(-d * t) * (o.position * cos(r * t) + a / r * sin(r * t))
    }
    let r = (-square).squareRoot()
    return exp(-d * t) * (o.position * cosh(r * t) + a / r * sinh(r * t))
  }

  @Test(
    "trajectories are those of the closed form",
    arguments: [(1.3, 0.2), (1, 1), (1.1, 1.9), (2, 0), (1.5, 1.5)])
  func closedForm(frequency: Double, damping: Double) {
    let o = DampedOscillator(frequency: frequency, damping: damping, position: 1.7, velocity: -2.4)
    for (index, x) in o.trajectory(points: 60).enumerated() {
      #expect(abs(x - exact(o, 0.1 * Double(index))) < 2e-6)
    }
    let coarse = o.trajectory(points: 60, substeps: 1)
    let fine = o.trajectory(points: 60, substeps: 2)
    let (e1, e2) = (abs(coarse[59] - exact(o, 5.9)), abs(fine[59] - exact(o, 5.9)))
    #expect(e2 < e1 / 8 || e1 < 1e-12, "it is not of fourth order")
  }

  @Test("samples are in their ranges and depend on the seed alone")
  func samples() {
    let (inputs, targets) = DampedOscillator.samples(300, points: 5, seed: 3)
    #expect(inputs.rows == 300 && inputs.columns == 5 && targets.columns == 2)
    #expect(targets.elements.allSatisfy { $0 >= 0 && $0 < 1 })
    let starts = (0..<300).map { inputs[$0, 0] }
    let spread = Spread(starts)
    #expect(abs(spread.mean) < 0.4 && abs((spread.deviation ?? 0) - 2) < 0.3)
    #expect(DampedOscillator.samples(300, points: 5, seed: 3).inputs == inputs)
    #expect(DampedOscillator.samples(300, points: 5, seed: 4).inputs != inputs)
    let o = DampedOscillator(
      frequency: 1 + targets[7, 0], damping: 2 * targets[7, 1], position: inputs[7, 0], velocity: 0)
    let slope = inputs[7, 1] - exact(o, 0.1)
    // The velocity adds to the rest, and is the only thing that is missing.
    let unit = DampedOscillator(
      frequency: o.frequency, damping: o.damping, position: 0, velocity: 1)
    let velocity = slope / exact(unit, 0.1)
    let whole = DampedOscillator(
      frequency: o.frequency, damping: o.damping, position: inputs[7, 0], velocity: velocity)
    #expect(abs(inputs[7, 4] - exact(whole, 0.4)) < 1e-5)
  }
}
