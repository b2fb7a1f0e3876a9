public import Cyclograd

/// The report on one network: what it is made of, and its dynamics at one sample.
public enum InspectionReport {
  /// The names that figures can have.
  public static let figureNames = [
    "network", "graph", "condensation", "sparsity-file", "sparsity-condensation", "component-sizes",
    "weights", "weight-distribution", "degree-distribution", "activations", "inputs", "slopes",
    "feeds", "jacobian", "eigenvalues", "stability", "phase-portrait", "basins", "equilibria",
  ]

  /// A page on a network.
  ///
  /// - Parameters:
  ///   - parameters: its weights and biases.
  ///   - title: the network's name, as it can be shown.
  ///   - equilibrium: samples, converged or not, the first of which is shown; `nil` where there is none.
  ///   - reason: why there is none, as a sentence.
  ///   - plane: what the network answers over the plane of its two inputs, where it has two.
  ///   - threads: how many may work at once; results do not depend on it.
  public static func page(
    _ network: Network, _ parameters: Parameters, title: String, equilibrium: Equilibrium?,
    reason: String? = nil, plane: InputPlane? = nil, threads: Int = 1
  ) -> ReportPage {
    let topology = NetworkTopology(network)
    let reading = equilibrium.map { NeuronReading($0) }
    let structure = StructureFigures(network)
    let summary = NetworkSummary(network)
    var page = ReportPage(
      title: title,
      summary: "What the network is made of, and how it behaves at one sample.",
      facts: [
        ("neurons", Quantity.count(network.neuronCount)),
        ("units", Quantity.count(network.unitCount)),
        ("edges", Quantity.count(network.edgeCount)),
        ("parameters", Quantity.count(network.parameterCount)),
        ("trainable", Quantity.count(network.trainableParameterCount)),
        ("inputs", Quantity.count(network.inputCount)),
        ("outputs", Quantity.count(network.outputCount)),
        ("components", Quantity.count(network.componentCount)),
        ("cyclic components", Quantity.count(network.cyclicComponentCount)),
        ("largest component", Quantity.count(network.largestComponent, "neuron")),
        ("levels", Quantity.count(network.levelCount)),
        ("compiled topology", Quantity.bytes(summary.bytes)),
      ])
    if let map = NetworkMap(network, parameters, reading: reading) {
      page.figures.append(map)
    } else {
      page.remarks.append(
        "The network neuron by neuron, because its edges would take more than "
          + "\(Quantity.bytes(NetworkMap.mostBytes)) of this page.")
    }
    if let graph = structure.graph() {
      page.figures.append(graph)
    } else {
      page.remarks.append(
        "The graph, because it has more than \(StructureFigures.mostGroups) groups of neurons.")
    }
    page.figures.append(structure.condensation())
    if structure.isFileOrder {
      page.remarks.append(
        "The sparsity of W as given, because the neurons are given in the order of evaluation already."
      )
    } else {
      page.figures.append(structure.sparsity(.file))
    }
    page.figures += [structure.sparsity(.condensation), structure.componentSizes()]
    if network.edgeCount > 0 {
      let weights = WeightFigures(topology, parameters)
      page.figures.append(weights.matrix())
      if let distribution = weights.weightDistribution() { page.figures.append(distribution) }
      page.figures.append(weights.degreeDistribution())
    } else {
      page.remarks.append("Weights, because there is no edge.")
    }
    if let equilibrium, let reading, equilibrium.evidence.first?.status == .converged {
      let activity = ActivityFigures(topology, equilibrium, first: reading)
      addActivity(activity, parameters, threads, to: &page)
    } else {
      page.remarks.append("Activity and sensitivities, because there is no equilibrium.")
    }
    addState(network, equilibrium, reason, to: &page)
    if let blocks = equilibrium.flatMap({ ResidualBlocks($0) }),
      let figure = StabilityFigure.figure(blocks)
    {
      page.figures.append(figure)
    }
    if let plane { page.figures += plane.figures }
    return page
  }

  private static func addActivity(
    _ activity: ActivityFigures, _ parameters: Parameters, _ threads: Int,
    to page: inout ReportPage
  ) {
    let ranges = activity.ranges()
    page.figures += ranges
    if ranges.isEmpty {
      page.remarks.append(
        "Activations by group, because there are more than \(ActivityFigures.mostGroups) groups.")
    }
    if let feeding = activity.feeding(parameters) {
      page.figures.append(feeding.figure)
      page.tables.append(("What leads to outputs", feeding.paths))
    } else {
      page.remarks.append("What feeds outputs, because every term a_j w of their sums is 0.")
    }
    let sensitivity = activity.sensitivity(threads: threads)
    if let figure = sensitivity.figure {
      page.figures.append(figure)
    } else if let reason = sensitivity.reason {
      page.remarks.append("Sensitivities of outputs by input: \(reason).")
    }
  }

  private static func addState(
    _ network: Network, _ equilibrium: Equilibrium?, _ reason: String?, to page: inout ReportPage
  ) {
    guard network.cyclicComponentCount > 0 else {
      page.remarks.append(
        "Eigenvalues of D Wᵀ and a phase portrait, because without a cycle all eigenvalues are 0.")
      return
    }
    guard let equilibrium, let evidence = equilibrium.evidence.first else {
      page.remarks.append(reason ?? "Eigenvalues of D Wᵀ, because nothing was solved.")
      return
    }
    let isConverged = evidence.status == .converged
    page.facts.append(("state", evidence.status.rawValue))
    page.facts.append(("residual", Quantity.small(evidence.residual)))
    if isConverged {
      addSpectrum(equilibrium, to: &page)
    } else {
      page.remarks.append(
        "Eigenvalues of D Wᵀ, because no equilibrium was found (\(evidence.status.rawValue)"
          + "\(evidence.detail.map { ": \($0)" } ?? "")).")
    }
    let sizes = ComponentMap.sizes(network)
    guard let small = sizes.firstIndex(where: { $0 <= 2 }) else {
      page.remarks.append(
        "A phase portrait, because no cyclic component has one or two neurons.")
      return
    }
    if let map = ComponentMap(equilibrium, component: small),
      let portrait = StateFigures.phasePortrait(map, isEquilibrium: isConverged)
    {
      page.figures.append(portrait.figure)
      let found = portrait.restPoints
      page.facts.append(
        (
          "equilibria of \(map.neurons.joined(separator: ", "))",
          found.count > [RestPoint].mostCounted
            ? "more than \([RestPoint].mostCounted)"
            : "\(Quantity.count(found.count)), \(Quantity.count(found.count(where: \.isStable))) stable"
        ))
    } else {
      page.remarks.append("A phase portrait, because nothing finite was found upstream.")
    }
  }

  private static func addSpectrum(_ equilibrium: Equilibrium, to page: inout ReportPage) {
    do {
      let spectrum = try Spectrum(equilibrium)
      if let figure = StateFigures.eigenvalues(spectrum) {
        page.figures.append(figure)
        page.facts.append(("largest |eigenvalue|", String(shortest: spectrum.radius)))
        page.facts.append(("largest real part", String(shortest: spectrum.abscissa)))
      }
      addModes(try SpectralMode.leading(equilibrium), spectrum, to: &page)
      if !spectrum.skipped.isEmpty {
        let sizes = spectrum.skipped.map(\.size)
        page.remarks.append(
          "Eigenvalues of \(Quantity.count(sizes.count, "cyclic component")) of up to "
            + "\(Quantity.count(sizes.max() ?? 0, "neuron")), because they would take too long.")
      }
    } catch {
      page.remarks.append("Eigenvalues of D Wᵀ: \(error)")
    }
  }

  /// The eigenvalues that decide about stability, and the neurons that their eigenvectors are made of.
  private static func addModes(
    _ modes: [SpectralMode], _ spectrum: Spectrum, to page: inout ReportPage
  ) {
    if spectrum.components.contains(where: { $0.size > SpectralMode.largestSize }) {
      page.remarks.append(
        "Eigenvectors of cyclic components of more than \(SpectralMode.largestSize) neurons.")
    }
    guard !modes.isEmpty else { return }
    page.tables.append(
      (
        "Modes that decide about stability",
        FigureTable(
          columns: [
            "eigenvalue of D Wᵀ", "magnitude", "plain iteration", "rate model",
            "neurons of its eigenvector, with their shares",
          ],
          rows: modes.map { mode in
            let (real, imaginary) = (mode.value.real, mode.value.imaginary)
            let parts = mode.parts.filter { $0.share >= 0.005 }.map {
              "\($0.neuron) \(Int((100 * $0.share).rounded())) %"
            }
            return [
              imaginary == 0
                ? Markup.number(real) : "\(Markup.number(real)) ± \(Markup.number(imaginary)) i",
              Markup.number(mode.value.magnitude),
              mode.value.magnitude < 1 ? "dies out" : "persists or grows",
              real < 1 ? "dies out" : "persists or grows",
              parts.joined(separator: ", "),
            ]
          })
      ))
  }
}
