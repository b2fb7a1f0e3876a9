import Cyclograd

/// A network with samples: what every contestant of a race gets, the very same numbers.
///
/// Every neuron has one unit; all but those of the autoencoders have the same activation.
struct Problem: Sendable {
  /// The family and the size, `uniform 1e4`.
  var name: String
  var network: Network
  var parameters: Parameters
  var inputs: Matrix
  var targets: Matrix
  var loss: any Loss = .halfSquaredError
  var activation: Activation
  /// The largest λ_PF(|W|) of a component; 0 without cycles, `nil` where it is not known.
  var eigenvalue: Double?
  /// The widths of consecutive layers, where the network has them.
  var layers: [Int] = []

  /// The direction of products with the Hessian, a number for each parameter.
  var direction: [Double] {
    (0..<network.parameterCount).map { Double($0 % 7) / 7 - 0.4 }
  }

  /// How far two answers may lie apart that both have residuals of at most `tolerance`:
  /// the error of an equilibrium is up to residual / (1 − λ), and Adam's division by the square root
  /// of a small derivative's square makes little errors larger.
  func agreement(_ tolerance: Double, _ task: Entry.Task) -> Double {
    if task == .training { return 1e-5 }
    // Gradients that are differentiated once more.
    if task == .hessianProduct { return 1e-8 }
    let contraction = 1 - (eigenvalue ?? 0.9)
    return max(1e-8, 10 * tolerance / max(contraction, 1e-6))
  }
}

extension Problem {
  /// Compiles a graph and draws its samples from its seed.
  init(
    _ name: String, _ graph: Graph, activation: Activation, samples: Int = 1,
    eigenvalue: Double? = nil, layers: [Int] = []
  ) throws {
    let (network, parameters) = try graph.compile()
    self.init(
      name: name, network: network, parameters: parameters,
      inputs: try RandomSamples.inputs(network, samples: samples),
      targets: RandomSamples.targets(network, samples: samples, loss: .halfSquaredError),
      activation: activation, eigenvalue: eigenvalue, layers: layers)
  }
}
