import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

@Suite("Sequences: samples × steps × columns, over tied copies of a cell")
struct SequenceTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// h ← tanh(w s + u h + v x), x = tanh(a x + b h): a cell with a cycle, over some steps.
  private func graph(steps: Int, everyStep: Bool) throws -> String {
    try folder.write(
      """
      format: cyclograd/1
      seed: 3
      groups:
        - {name: h0, size: 2, bias: {value: 0, trainable: false}}
      \(everyStep ? "" : "  - {name: y, size: 1, role: output, bias: {share: by}}")
      connections:
      \(everyStep ? "  []" : "  - {from: h\(steps), to: y, share: y}")
      repeat:
        - index: t
          from: 1
          to: \(steps)
          groups:
            - {name: "s{t}", size: 2, role: input}
            - {name: "x{t}", size: 2, activation: tanh, bias: {share: bx}}
            - {name: "h{t}", size: 2, activation: tanh, bias: {share: bh}}
      \(everyStep ? "      - {name: \"y{t}\", size: 1, role: output, bias: {share: by}}" : "")
          connections:
            - {from: "s{t}", to: "h{t}", share: w}
            - {from: "h{t-1}", to: "h{t}", share: u, weight: {normal: 0.3}}
            - {from: "x{t}", to: "h{t}", share: v, weight: {normal: 0.3}}
            - {from: "x{t}", to: "x{t}", share: a, weight: {normal: 0.2}}
            - {from: "h{t-1}", to: "x{t}", share: b, weight: {normal: 0.4}}
      \(everyStep ? "      - {from: \"h{t}\", to: \"y{t}\", share: y}" : "")

      """, "net.yaml")
  }

  private func number(_ place: Int) -> Double { Double((place * 37 + 11) % 101) / 50 - 1 }

  @Test("The columns of a sample are its steps one after the other", arguments: [true, false])
  func order(streams: Bool) throws {
    let (samples, steps) = (7, 4)
    _ = try graph(steps: steps, everyStep: false)
    let elements = (0..<samples * steps * 2).map(number)
    try NumpyFile.write(elements, shape: [samples, steps, 2], to: folder("x.npy"))
    try NumpyFile.write((0..<samples).map(number), shape: [samples, 1, 1], to: folder("y.npy"))
    let file = try TrainingFile.read(
      try folder.write(
        """
        format: cyclograd-training/1
        graph: net.yaml
        data: {file: x.npy, targets-file: y.npy\(streams ? ", stream: true" : "")}
        optimizer: adam
        rate: 0.01
        epochs: 1
        batch: 7
        shuffle: false

        """, "t.yaml"))
    let setup = try TrainingSetup(file)
    let (inputs, targets) = try setup.trainingSource.samples(Array(0..<samples))
    #expect(inputs.columns == 8 && targets.columns == 1)
    #expect(setup.network.inputNames.prefix(4) == ["s1.0", "s1.1", "s2.0", "s2.1"])
    for sample in 0..<samples {
      #expect(Array(inputs[row: sample]) == Array(elements[sample * 8..<(sample + 1) * 8]))
    }
    // The cell by hand.
    let equilibrium = try setup.simulator.equilibrium(setup.parameters, inputs: inputs)
    let network = setup.network
    let layout = network.parameterLayout
    let (weights, biases) = (
      layout.weightValues(setup.parameters), layout.biasValues(setup.parameters)
    )
    var activations = [Double](repeating: 0, count: network.neuronCount)
    for input in 0..<8 {
      let neuron = 3 + (input / 2) * 6 + input % 2
      activations[neuron] = inputs[2, input]
    }
    for _ in 0..<400 {
      for row in 0..<network.neuronCount where !(row >= 3 && (row - 3) % 6 < 2) && row > 1 {
        var z = biases[row]
        for edge in layout.rowStarts[row]..<layout.rowStarts[row + 1] {
          z += weights[edge] * activations[Int(layout.columns[edge])]
        }
        activations[row] = row == 2 ? z : tanh(z)
      }
    }
    let found = equilibrium.neuronActivations
    for neuron in 0..<network.neuronCount {
      #expect(abs(found[2, neuron] - activations[neuron]) < 1e-8, "neuron \(neuron)")
    }
  }

  @Test("Losses at every step pass over steps that a shorter sequence does not have")
  func ragged() throws {
    let (samples, steps) = (6, 3)
    _ = try graph(steps: steps, everyStep: true)
    var inputs = (0..<samples * steps * 2).map(number)
    var targets = (0..<samples * steps).map { number($0 + 5) }
    for sample in 0..<samples {
      for step in (1 + sample % 3)..<steps {
        targets[sample * steps + step] = .nan
        for column in 0..<2 { inputs[(sample * steps + step) * 2 + column] = 0 }
      }
    }
    try NumpyFile.write(inputs, shape: [samples, steps, 2], to: folder("x.npy"))
    try NumpyFile.write(targets, shape: [samples, steps, 1], to: folder("y.npy"))
    let file = try TrainingFile.read(
      try folder.write(
        """
        format: cyclograd-training/1
        graph: net.yaml
        data: {file: x.npy, targets-file: y.npy, missing: ignore}
        optimizer: adam
        rate: 0.05
        epochs: 30
        warm-start: sample

        """, "t.yaml"))
    var run = try TrainingSetup(file).run()
    let outputs = try run.trainer.simulator.equilibrium(
      run.trainer.parameters,
      inputs: Matrix(rows: samples, columns: steps * 2, elements: inputs)
    ).outputs
    var sum = 0.0
    for (output, target) in zip(outputs.elements, targets) where !target.isNaN {
      sum += (output - target) * (output - target) / 2
    }
    var losses: [Double] = []
    while let event = try run.next() {
      if case .step(let report) = event { losses.append(report.loss) }
    }
    #expect(abs((losses.first ?? 0) - sum / Double(samples)) < 1e-10)
    #expect((losses.last ?? 1) < 0.5 * (losses.first ?? 0))
  }

  @Test("A thousand steps are a chain of components; the gradient goes back through all of them")
  func long() throws {
    let steps = 1000
    _ = try graph(steps: steps, everyStep: false)
    let (network, parameters) = try NetworkFormat.read(folder("net.yaml")).graph.compile()
    #expect(network.cyclicComponentCount == steps)
    let simulator = try Simulator(network, options: SolverOptions(tolerance: 1e-12))
    let inputs = Matrix([(0..<steps * 2).map(number)])
    func loss(_ parameters: Parameters) throws -> Double {
      let output = try simulator.equilibrium(parameters, inputs: inputs).outputs[0, 0]
      return (output - 0.5) * (output - 0.5) / 2
    }
    let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
    let gradient = try simulator.gradient(
      of: .halfSquaredError, targets: Matrix([[0.5]]), at: equilibrium)
    for index in stride(from: 0, to: network.parameterCount, by: 5)
    where network.isTrainable(parameter: index) {
      var (up, down) = (parameters, parameters)
      up.values[index] += 1e-6
      down.values[index] -= 1e-6
      let difference = try (loss(up) - loss(down)) / 2e-6
      #expect(abs(difference - gradient.parameters[index]) < 1e-6 * max(1, abs(difference)))
    }
  }
}
