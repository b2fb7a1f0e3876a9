import TestSupport
import Testing

@testable import Cyclograd

/// The oracle is the equilibrium itself, at random inputs of the box.
@Suite("Bounds and sensitivities of monotone operator networks, whose |W| does not contract")
struct MonotoneBoundTests {
  /// x = f(W x + B u + b), y = C x with W = (1 − m) I − AᵀA + Q − Qᵀ (Winston & Kolter 2020).
  private func graph(
    _ random: inout TestRandom, _ activation: Activation, size: Int, modulus: Double
  ) -> Graph {
    let a = (0..<size).map { _ in random.vector(size) }
    let q = (0..<size).map { _ in random.vector(size) }
    let w = (0..<size).map { i in
      (0..<size).map { j -> Double in
        let square = a.reduce(0.0) { $0 + $1[i] * $1[j] }
        let diagonal = i == j ? 1 - modulus : 0
        return diagonal - square + q[i][j] - q[j][i]
      }
    }
    return implicitGraph(
      w, (0..<size).map { _ in random.vector(3) }, (0..<2).map { _ in random.vector(size) },
      bias: random.vector(size), activation: activation)
  }

  /// Random inputs of a box, half of them at its corners.
  private func inputs(
    _ random: inout TestRandom, _ center: [Double], _ radius: Double, count: Int
  ) -> Matrix {
    Matrix(
      (0..<count).map { _ in
        let isCorner = random.chance(0.5)
        return center.map {
          $0 + radius * (isCorner ? (random.chance(0.5) ? 1 : -1) : random.number(-1, 1))
        }
      })
  }

  @Test("the certificate's modulus lies below the least eigenvalue, and near it")
  func modulus() throws {
    var random = TestRandom(5)
    for _ in 0..<10 {
      // A = 0, so that the symmetric part is m I for certain.
      let modulus = random.number(0.01, 1)
      let q = random.number(1, 5)
      let (network, parameters) = try implicitGraph(
        [[1 - modulus, q], [-q, 1 - modulus]], [[1], [1]], [[1, 1]], activation: .relu
      ).compile()
      let stage = try #require(network.stages.first { $0.isCyclic })
      let found = try #require(
        MonotoneCondition.modulus(network, network.weights(parameters), stage))
      #expect(found < modulus && found > 0.999 * modulus)
    }
  }

  @Test(
    "bounds are finite, and no state leaves them",
    arguments: [Activation.relu, .leakyReLU(slope: 0.2), .softplus, .elu(alpha: 1), .tanh])
  func states(activation: Activation) throws {
    var random = TestRandom(11)
    for round in 0..<4 {
      let (network, parameters) = try graph(
        &random, activation, size: 5, modulus: [1, 0.3][round % 2]
      ).compile()
      let simulator = try Simulator(network)
      let center = random.vector(3)
      let radius = [0.1, 2][round / 2]
      let box = try InputBox(around: Matrix([center]), radius: radius)
      let row = try Bounds(
        of: parameters, over: box, by: simulator, options: .init(keepsStates: true)
      ).rows[0]
      let certificate = try GlobalCertificate(network, parameters)
      let component = try #require(certificate.components.first { $0.isCyclic })
      #expect(component.theorem == .monotone)
      #expect(row.isBounded && row.scope == .unique, "round \(round)")
      let states = try #require(row.states)
      let found = try simulator.equilibrium(
        parameters, inputs: inputs(&random, center, radius, count: 400))
      let order = network.unitsInFileOrder.map { Int($0) }
      for sample in 0..<found.sampleCount where found.evidence[sample].status == .converged {
        for (place, s) in order.enumerated() {
          let z = found.z[s * found.sampleCount + sample]
          #expect(states.lower[place] - 1e-6 <= z && z <= states.upper[place] + 1e-6)
        }
        for j in 0..<2 {
          let y = found.outputs[sample, j]
          #expect(row.lower[j] - 1e-6 <= y && y <= row.upper[j] + 1e-6)
        }
      }
    }
  }

  @Test("a component that contracts may feed one that is monotone, and the other way round")
  func chain() throws {
    let graph = Graph("chain") {
      Group("u", size: 1, role: .input)
      Group("p", size: 2, activation: .relu)
      Group("q", size: 2, activation: .relu)
      Group("r", size: 2, activation: .softplus)
      Group("y", size: 1, role: .output)
      Connection("u", to: "p", weight: ParameterRule(.list([1, -1])))
      Connection("p", to: "p", weight: ParameterRule(.list([0.3, -0.4, 0.4, 0.2])))
      Connection("p", to: "q", weight: ParameterRule(.list([1, 1, -1, 1])))
      Connection("q", to: "q", weight: ParameterRule(.list([-3, 4, -4, 0.5])))
      Connection("q", to: "r", weight: ParameterRule(.list([1, -2, 1, 1])))
      Connection("r", to: "r", weight: ParameterRule(.list([0.2, -0.5, 0.5, 0.1])))
      Connection("r", to: "y", weight: ParameterRule(.list([1, -1])))
    }
    let (network, parameters) = try graph.compile()
    let simulator = try Simulator(network)
    let row = try Bounds(
      of: parameters, over: InputBox(around: Matrix([[0.5]]), radius: 3), by: simulator
    ).rows[0]
    #expect(row.isBounded && row.scope == .unique)
    let values = Matrix((0...120).map { step -> [Double] in [-2.5 + 0.05 * Double(step)] })
    let outputs = try simulator.equilibrium(parameters, inputs: values).outputs
    let most = try Sensitivity(network, parameters).infinityNorm()
    #expect(most.isProved && most.lower <= most.upper)
    for sample in 0..<outputs.rows {
      let y = outputs[sample, 0]
      #expect(row.lower[0] - 1e-6 <= y && y <= row.upper[0] + 1e-6)
      guard sample > 0 else { continue }
      #expect(abs(y - outputs[sample - 1, 0]) <= most.upper * 0.05 + 1e-6)
    }
  }

  @Test("changes of few inputs are bounded as well")
  func fewChanges() throws {
    var random = TestRandom(3)
    let (network, parameters) = try graph(&random, .relu, size: 4, modulus: 0.5).compile()
    let simulator = try Simulator(network)
    let center = random.vector(3)
    let box = try InputBox(around: Matrix([center]), radius: 1.5, changes: 1)
    let row = try Bounds(of: parameters, over: box, by: simulator).rows[0]
    #expect(row.isBounded)
    let samples = Matrix(
      (0..<300).map { index -> [Double] in
        var x = center
        x[index % 3] += random.number(-1.5, 1.5)
        return x
      })
    let outputs = try simulator.equilibrium(parameters, inputs: samples).outputs
    for sample in 0..<samples.rows {
      for j in 0..<2 {
        let y = outputs[sample, j]
        #expect(row.lower[j] - 1e-6 <= y && y <= row.upper[j] + 1e-6)
      }
    }
  }

  @Test("sensitivities hold for pairs of inputs at any distance, and agree with each other")
  func sensitivity() throws {
    var random = TestRandom(8)
    for round in 0..<6 {
      let (network, parameters) = try graph(
        &random, round % 2 == 0 ? .relu : .softplus, size: 4, modulus: 0.4
      ).compile()
      let simulator = try Simulator(network)
      let s = try Sensitivity(network, parameters)
      let rows = try s.rows(0..<2)
      let columns = try s.columns(0..<3)
      let sums = (0..<2).map { rows[row: $0].reduce(0, +) }
      #expect(try abs(s.infinityNorm().upper - sums.max()!) < 1e-9 * sums.max()!)
      let columnSums = (0..<3).map { columns[row: $0].reduce(0, +) }
      #expect(try abs(s.oneNorm().upper - columnSums.max()!) < 1e-9 * columnSums.max()!)
      let two = try s.twoNorm()
      #expect(two.isProved && two.lower <= two.upper && two.upper < .infinity)
      let x = inputs(&random, [0, 0, 0], 5, count: 60)
      let y = try simulator.equilibrium(parameters, inputs: x).outputs
      for i in 0..<60 {
        for j in 0..<i {
          var (square, moved) = (0.0, 0.0)
          for input in 0..<3 {
            let step = x[i, input] - x[j, input]
            square += step * step
          }
          for output in 0..<2 {
            let change = abs(y[i, output] - y[j, output])
            moved += change * change
            var bound = 1e-6
            for input in 0..<3 { bound += rows[output, input] * abs(x[i, input] - x[j, input]) }
            #expect(change <= bound)
          }
          #expect(moved.squareRoot() <= two.upper * square.squareRoot() + 1e-6)
        }
      }
      for i in 0..<2 {
        for j in 0..<3 { #expect(abs(rows[i, j] - columns[j, i]) <= 1e-9 * rows[i, j]) }
      }
    }
  }

  @Test("what one neuron's sensitivity is said to be is what it is")
  func exact() throws {
    // y = relu(−2 y + x): m = 3, and δy = δx / 3 above 0.
    let (network, parameters) = try selfLoop(.relu, -2)
    let norm = try Sensitivity(network, parameters).infinityNorm()
    #expect(norm.lower > 1 / 3.001 && norm.upper >= 1.0 / 3 && norm.upper < 1.0 / 2.999)
  }
}
