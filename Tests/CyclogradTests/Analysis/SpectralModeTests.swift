import SparseAlgebra
import TestSupport
import Testing

@testable import Cyclograd

@Suite("Modes that decide about stability")
struct SpectralModeTests {
  @Test("Eigenvectors have the direction that inverse iteration finds", arguments: 1...12)
  func vectors(order n: Int) throws {
    var random = TestRandom(UInt64(n))
    // With real eigenvalues: similar to a triangular matrix whose diagonal is known.
    let matrix = (0..<n * n).map { index in
      index / n == index % n
        ? Double(index / n + 1) : index % n > index / n ? random.symmetricUnit() : 0
    }
    let modes = try DenseEigenvalues.modes(matrix, order: n)
    #expect(modes.count == n)
    for mode in modes {
      let place = Int(mode.real.rounded()) - 1
      #expect(abs(mode.real - Double(place + 1)) < 1e-9 && mode.imaginary == 0)
      // Back substitution: x_place = 1, below it 0.
      var x = [Double](repeating: 0, count: n)
      x[place] = 1
      for row in stride(from: place - 1, through: 0, by: -1) {
        let sum = (row + 1..<n).reduce(0) { $0 + matrix[row * n + $1] * x[$1] }
        x[row] = sum / (Double(place + 1) - Double(row + 1))
      }
      let length = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for (found, expected) in zip(mode.magnitudes, x) {
        #expect(abs(found - abs(expected) / length) < 1e-8)
      }
    }
  }

  @Test("A conjugate pair has one magnitude for each element")
  func pair() throws {
    let modes = try DenseEigenvalues.modes([3, 0, 0, 0, 1, -2, 0, 2, 1], order: 3)
    for mode in modes where mode.imaginary != 0 {
      #expect(abs(mode.magnitudes[0]) < 1e-12)
      #expect(mode.magnitudes[1...].allSatisfy { abs($0 - 0.5.squareRoot()) < 1e-12 })
    }
    #expect(modes.count { $0.imaginary != 0 } == 2)
  }

  @Test("The leading modes of a network name the neurons that they live on")
  func network() throws {
    // Two separate cycles: one of strong weights, one of weak ones.
    let (network, parameters) = try Graph("cycles") {
      Group("x", size: 1, role: .input)
      Group("strong", size: 2, activation: .identity)
      Group("weak", size: 2, activation: .identity)
      Group("y", size: 1, role: .output)
      Connection("x", to: "strong", weight: .frozen(.constant(1)))
      Connection("strong", to: "strong", weight: .frozen(.constant(0.4)))
      Connection("weak", to: "weak", weight: .frozen(.constant(-0.1)))
      Connection("x", to: "weak", weight: .frozen(.constant(1)))
      Connection("strong", to: "y", weight: .frozen(.constant(1)))
      Connection("weak", to: "y", weight: .frozen(.constant(1)))
    }.compile()
    let equilibrium = try Simulator(network).equilibrium(parameters, inputs: Matrix([[1]]))
    let modes = try SpectralMode.leading(equilibrium, count: 1)
    #expect(modes.count == 1)
    #expect(abs(modes[0].value.real - 0.8) < 1e-12 && modes[0].size == 2)
    #expect(modes[0].parts.prefix(2).allSatisfy { $0.neuron.hasPrefix("strong.") })
    #expect(modes[0].parts.prefix(2).allSatisfy { abs($0.share - 0.5) < 1e-9 })
    let spectrum = try Spectrum(equilibrium)
    #expect(abs(spectrum.radius - modes[0].value.magnitude) < 1e-12)
  }
}
