import Cyclograd

extension DataRecipe {
  /// Samples whose inputs are drawn, and whose targets are what a network answers to them.
  public struct Teacher: Hashable, Sendable {
    /// What inputs are drawn from.
    public enum Distribution: Hashable, Sendable {
      /// Every number of an interval.
      case uniform(lower: Double, upper: Double)
      /// Normal with mean 0 and this deviation.
      case normal(deviation: Double)
    }

    /// The network, in any format that can be read.
    public var graph: String
    /// Its parameters, if they are not those of the graph.
    public var parameters: String?
    /// What the graph's patterns and values are drawn from, if not from the graph's own seed.
    public var graphSeed: UInt64?
    /// How many samples.
    public var samples: Int
    /// What inputs are drawn from.
    public var distribution: Distribution
    /// The seed of the inputs; each part has a stream of its own.
    public var seed: UInt64 = 0
    /// The number of the stream.
    public var stream = 0
    /// Whether the target is the number of the largest output, and not all outputs.
    public var isLargestTarget = false

    /// Draws the inputs and finds the targets.
    ///
    /// - Throws: ``Cyclograd/CyclogradError`` for whatever is wrong with the network, and where a sample has no equilibrium.
    func draw() throws -> PreparedData.Samples {
      var imported = try NetworkFormat.read(graph)
      try imported.require([.activation, .inputs, .outputs], for: "computing targets")
      if let graphSeed { imported.graph.seed = graphSeed }
      let (network, own) = try imported.graph.compile(locate: imported.location(of:))
      let values = try parameters.map { try ParametersFile.read($0, for: network) } ?? own
      let width = network.inputCount
      let (numbers, overflow) = samples.multipliedReportingOverflow(
        by: width + network.outputCount)
      try Memory.require(
        overflow || numbers > .max >> 4 ? .max : 16 * numbers, for: "the samples", file: graph)
      let random = CounterRandom(seed: seed, purpose: .inputs, index: stream)
      let elements = (0..<samples * width).map { place in
        switch distribution {
        case .uniform(let lower, let upper): lower + (upper - lower) * random.uniform(place)
        case .normal(let deviation): deviation * random.normal(place)
        }
      }
      let inputs = Matrix(rows: samples, columns: width, elements: elements)
      return PreparedData.Samples(
        inputs: inputs, targets: try answers(network, values, inputs), labels: nil, origin: graph)
    }

    private func answers(
      _ network: Network, _ parameters: Parameters, _ inputs: Matrix
    ) throws -> Matrix {
      let simulator = try Simulator(network)
      var elements: [Double] = []
      for first in Swift.stride(from: 0, to: samples, by: 1024) {
        let piece = Array(first..<min(first + 1024, samples))
        let equilibrium = try simulator.equilibrium(
          parameters, inputs: inputs.selecting(rows: piece))
        if let failed = equilibrium.evidence.firstIndex(where: { $0.status != .converged }) {
          throw CyclogradError(
            .invalidValue,
            "the teacher has no equilibrium for sample \(first + failed): "
              + equilibrium.evidence[failed].status.rawValue, at: .init(file: graph),
            advice: "draw smaller inputs, or take another teacher")
        }
        let outputs = equilibrium.outputs
        for row in piece.indices {
          let answer = outputs[row: row]
          guard isLargestTarget else {
            elements += answer
            continue
          }
          let largest = answer.indices.max { answer[$0] < answer[$1] }
          elements.append(Double((largest ?? answer.startIndex) - answer.startIndex))
        }
      }
      return Matrix(rows: samples, columns: elements.count / max(1, samples), elements: elements)
    }
  }
}
