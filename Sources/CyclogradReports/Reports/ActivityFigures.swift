import Cyclograd
import Foundation

/// Figures of what neurons do at one sample and at many, and of what an output depends on.
struct ActivityFigures {
  private let topology: NetworkTopology
  private let equilibrium: Equilibrium
  private let first: NeuronReading
  private let groups: [Int]
  private var network: Network { topology.network }

  /// Beyond this, groups are left to the table of the network.
  static let mostGroups = 40
  /// Larger Jacobians are not computed.
  private static let mostSensitivities = 4_000_000
  private static let mostSolves = 256
  private static let mostOutputs = 6
  private static let mostSources = 5
  private static let longestPath = 12

  /// - Parameters:
  ///   - equilibrium: samples, the first of them converged.
  ///   - first: what is known of the first.
  init(_ topology: NetworkTopology, _ equilibrium: Equilibrium, first: NeuronReading) {
    (self.topology, self.equilibrium, self.first) = (topology, equilibrium, first)
    groups = topology.groupOfNeuron
  }

  // MARK: Activity

  /// Activations, their inputs and slopes by group: at the first sample, and at all that have an equilibrium.
  func ranges() -> [RangeFigure] {
    guard network.groups.count <= Self.mostGroups else { return [] }
    let others = (1..<max(1, equilibrium.sampleCount)).filter {
      equilibrium.evidence[$0].status == .converged
    }.map { NeuronReading(equilibrium, sample: $0, hasSensitivities: false) }
    var members = [[Int]](repeating: [], count: network.groups.count)
    for (neuron, group) in groups.enumerated() { members[group].append(neuron) }
    func figure(
      _ name: String, _ title: String, _ summary: String, _ label: String,
      _ values: (NeuronReading) -> [Double]
    ) -> RangeFigure {
      let (one, many) = (values(first), ([first] + others).map(values))
      var series = [
        RangeFigure.Series(
          "first sample", members.map { RangeFigure.Summary($0.map { one[$0] }) })
      ]
      if !others.isEmpty {
        series.append(
          .init(
            "\(Quantity.count(many.count)) samples",
            members.map { group in
              RangeFigure.Summary(many.flatMap { sample in group.map { sample[$0] } })
            }))
      }
      return RangeFigure(
        name: name, title: title,
        summary: summary
          + " Bars reach from the lower to the upper quartile, lines to the extremes.",
        label: label, categories: network.groups.map(\.name), series: series)
    }
    return [
      figure(
        "activations", "Activations by group", "What the neurons of each group answer.", "a",
        \.activations),
      figure(
        "inputs", "Inputs of neurons by group",
        "What the neurons of each group get: z = W a + b + x̂, of the first unit of each.", "z",
        \.inputs),
      figure(
        "slopes", "Slopes by group",
        "How the neurons of each group answer to small changes of z; 0 where they are saturated.",
        "slope", \.slopes),
    ]
  }

  // MARK: What feeds outputs

  /// For each of the first outputs the strongest terms a_j w of its sum, and the path that follows the strongest term
  /// of each neuron back.
  func feeding(
    _ parameters: Parameters
  ) -> (figure: BarFigure, paths: FigureTable)? {
    let outputs = topology.outputNeurons.prefix(Self.mostOutputs)
    guard !outputs.isEmpty else { return nil }
    let shown = Set(outputs)
    var strongest = [(source: Int, term: Double)?](repeating: nil, count: network.neuronCount)
    var terms: [Int: [(source: Int, term: Double)]] = [:]
    topology.forEachWeight(parameters) { source, target, weight in
      let term = first.activations[source] * weight
      guard term.isFinite, term != 0 else { return }
      if abs(term) > abs(strongest[target]?.term ?? 0) { strongest[target] = (source, term) }
      if shown.contains(target) { terms[target, default: []].append((source, term)) }
    }
    var (categories, values) = ([String](), [Double?]())
    var paths: [[String]] = []
    for output in outputs {
      let name = topology.name(ofNeuron: output)
      let sorted = (terms[output] ?? []).sorted {
        (-abs($0.term), $0.source) < (-abs($1.term), $1.source)
      }
      for one in sorted.prefix(Self.mostSources) {
        categories.append("\(topology.name(ofNeuron: one.source)) → \(name)")
        values.append(one.term)
      }
      paths.append([
        name, Markup.number(first.activations[output]), path(to: output, strongest),
      ])
    }
    guard !categories.isEmpty else { return nil }
    return (
      BarFigure(
        name: "feeds", title: "What feeds outputs most",
        summary:
          "The largest terms a_j w of the sums that \(outputs.count == 1 ? "the output" : "outputs") are made from, at "
          + "the first sample; "
          + "\(outputs.count < network.outputCount ? "the first \(outputs.count) of \(Quantity.count(network.outputCount)) outputs." : "positive ones raise z, negative ones lower it.")",
        label: "a_j w", categories: categories, series: [.init("term", values)]),
      FigureTable(
        columns: ["output", "activation", "strongest path, with its terms a_j w"], rows: paths)
    )
  }

  private func path(to output: Int, _ strongest: [(source: Int, term: Double)?]) -> String {
    var text = topology.name(ofNeuron: output)
    var (at, seen) = (output, Set([output]))
    for _ in 0..<Self.longestPath {
      guard let step = strongest[at] else { return text }
      text =
        "\(topology.name(ofNeuron: step.source)) –(\(Markup.short(step.term, digits: 3)))→ " + text
      at = step.source
      guard seen.insert(at).inserted else { return "… " + text }
    }
    return strongest[at] == nil ? text : "… " + text
  }

  // MARK: Sensitivity

  /// ∂outputs/∂inputs at the first sample; a reason in words where it is not shown.
  func sensitivity(threads: Int) -> (figure: MatrixFigure?, reason: String?) {
    let (inputs, outputs) = (network.inputCount, network.outputCount)
    guard inputs > 0, outputs > 0 else { return (nil, "there are no inputs or no outputs") }
    guard inputs * outputs <= Self.mostSensitivities, min(inputs, outputs) <= Self.mostSolves
    else { return (nil, "there are too many inputs and outputs") }
    let matrix: Matrix
    do { matrix = try equilibrium[0].jacobians(threads: threads)[0] } catch {
      return (nil, (error as? CyclogradError)?.message ?? "\(error)")
    }
    let (inputNames, outputNames) = (network.inputNames, network.outputNames)
    return (
      MatrixFigure(
        name: "jacobian", title: "Sensitivity of outputs by input",
        summary:
          "∂(output)/∂(input) at the first sample, all cycles included; darker cells are larger derivatives.",
        rows: .init("output", count: outputs, bands: Self.bands(outputNames)) { outputNames[$0] },
        columns: .init("input", count: inputs, bands: Self.bands(inputNames)) { inputNames[$0] },
        valueLabel: "derivative"
      ) { add in
        for row in 0..<outputs {
          for column in 0..<inputs { add(row, column, matrix[row, column]) }
        }
      }, nil
    )
  }

  /// Each name by itself where they are few, and else neighbours of one group together.
  private static func bands(_ names: [String]) -> [MatrixFigure.Band] {
    guard names.count > 30 else {
      return names.enumerated().map { .init($0.element, $0.offset..<$0.offset + 1) }
    }
    var result: [MatrixFigure.Band] = []
    for (index, name) in names.enumerated() {
      let group = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
      if let last = result.last, last.name == group {
        result[result.count - 1].range = last.range.lowerBound..<index + 1
      } else {
        result.append(.init(group, index..<index + 1))
      }
    }
    return result
  }
}
