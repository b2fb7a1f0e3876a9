public import Cyclograd

/// The report on backends side by side.
public enum ComparisonReport {
  /// The names that figures can have.
  public static let figureNames = [
    "residual-iterations", "residual-time", "adjoint-iterations", "adjoint-time", "seconds",
    "gradient-difference", "approximate-gradients", "gradient-angles", "cost",
  ]

  /// A page on a comparison that was traced.
  ///
  /// - Parameters:
  ///   - title: the network's name, as it can be shown.
  ///   - remark: where the samples come from.
  public static func page(
    _ comparison: Comparison, of network: Network, title: String, remark: String,
    tolerance: Double
  ) -> ReportPage {
    var page = ReportPage(
      title: "\(title): backends side by side",
      summary: remark + ".",
      facts: [
        ("neurons", Quantity.count(network.neuronCount)),
        ("edges", Quantity.count(network.edgeCount)),
        ("components", Quantity.count(network.componentCount)),
        ("cyclic components", Quantity.count(network.cyclicComponentCount)),
        ("largest component", Quantity.count(network.largestComponent, "neuron")),
        ("tolerance", Quantity.small(tolerance)),
        ("reference", comparison.reference ?? "none: no backend found a gradient"),
      ],
      tables: [("Backends", table(comparison))])
    if !comparison.approximations.isEmpty {
      page.tables.append(("Approximate gradients", table(comparison.approximations)))
    }
    for phase in ResidualTrace.Phase.allCases {
      addResiduals(phase, comparison, tolerance, to: &page)
    }
    page.figures.append(seconds(comparison))
    addDifferences(comparison, to: &page)
    addApproximations(comparison, to: &page)
    addCost(comparison, network, to: &page)
    return page
  }

  private static func table(_ comparison: Comparison) -> FigureTable {
    FigureTable(
      columns: [
        "backend", "status", "residual", "difference", "forward iterations", "backward iterations",
        "analysis", "equilibrium", "gradient", "detail",
      ],
      rows: comparison.rows.map { row in
        [
          row.backend, row.status.rawValue, Quantity.small(row.residual),
          row.backend == comparison.reference ? "reference" : Quantity.small(row.maximumDifference),
          row.equilibriumSeconds == nil ? "–" : Quantity.count(row.equilibriumIterations),
          row.gradientIterations.map { Quantity.count($0) } ?? "–",
          Quantity.seconds(row.analysisSeconds), Quantity.seconds(row.equilibriumSeconds),
          Quantity.seconds(row.gradientSeconds),
          row.detail ?? "",
        ]
      })
  }

  private static func table(_ approximations: [Comparison.Approximation]) -> FigureTable {
    func cell(_ value: Double?) -> String {
      value.flatMap { $0.isFinite ? String(shortest: $0) : nil } ?? "–"
    }
    return FigureTable(
      columns: [
        "gradient", "status", "cosine", "degrees", "relative error", "relative length", "detail",
      ],
      rows: approximations.map { row in
        [
          row.kind.name, row.status.rawValue, cell(row.distance?.cosine),
          cell(row.distance?.degrees), cell(row.distance?.relativeError),
          cell(row.distance?.relativeLength), row.detail ?? "",
        ]
      })
  }

  private static func addResiduals(
    _ phase: ResidualTrace.Phase, _ comparison: Comparison, _ tolerance: Double,
    to page: inout ReportPage
  ) {
    let isState = phase == .equilibrium
    // Of each backend the component that took the most iterations, or else the most time.
    let longest = comparison.rows.compactMap { row -> (String, ResidualTrace.Run)? in
      let runs = row.trace?.runs.filter { $0.phase == phase && !$0.points.isEmpty } ?? []
      let run = runs.max {
        ($0.points.last?.iteration ?? 0, $0.seconds) < ($1.points.last?.iteration ?? 0, $1.seconds)
      }
      return run.map { (row.backend, $0) }
    }
    guard !longest.isEmpty else {
      page.remarks.append(
        "Residuals of \(isState ? "equilibria" : "adjoints"), because "
          + (isState
            ? "nothing is solved iteratively here." : "no system was solved iteratively here."))
      return
    }
    var which: [(component: String, backends: [String])] = []
    for (backend, run) in longest {
      let component =
        run.size == 1
        ? "the neuron \(run.neuron)" : "\(Quantity.count(run.size, "neuron")) around \(run.neuron)"
      if let known = which.firstIndex(where: { $0.component == component }) {
        which[known].backends.append(backend)
      } else {
        which.append((component, [backend]))
      }
    }
    let words = which.map { "\($0.component) (\($0.backends.joined(separator: ", ")))" }
    let unit = TimeUnit(holding: longest.map(\.1.seconds))
    for isTime in [false, true] {
      var series = longest.map { backend, run in
        Figure.Series(
          backend, .line,
          x: run.points.map { isTime ? $0.seconds * unit.perSecond : Double($0.iteration) },
          y: run.points.map(\.residual))
      }
      let end = series.flatMap(\.x).max() ?? 1
      series.append(.init("tolerance", .guide, x: [0, end], y: [tolerance, tolerance]))
      page.figures.append(
        Figure(
          name: "\(isState ? "residual" : "adjoint")-\(isTime ? "time" : "iterations")",
          title:
            "Residual of \(isState ? "the equilibrium" : "the adjoint") against \(isTime ? "time" : "iterations")",
          summary:
            "The first sample; of each backend the component that took the most iterations: "
            + words.joined(separator: "; ") + ".",
          x: .init(isTime ? unit.rawValue : "iteration", isCount: !isTime),
          // One that runs away would leave no room for the others.
          y: .init("relative residual", .logarithmic, limit: 1e12), series: series))
    }
  }

  private static func seconds(_ comparison: Comparison) -> BarFigure {
    let rows = comparison.rows
    let unit = TimeUnit(
      holding: rows.flatMap {
        [$0.analysisSeconds, $0.equilibriumSeconds, $0.gradientSeconds].compactMap { $0 }
      })
    func scaled(_ value: Double?) -> Double? { value.map { $0 * unit.perSecond } }
    return BarFigure(
      name: "seconds", title: "Times",
      summary:
        "What the analysis of the topology, all equilibria, and the gradient took, in \(unit.rawValue); medians, "
        + "each from a cold start. The scale is logarithmic.",
      label: unit.rawValue, kind: .logarithmic, categories: rows.map(\.backend),
      series: [
        .init("analysis", rows.map { scaled($0.analysisSeconds) }),
        .init("equilibrium", rows.map { scaled($0.equilibriumSeconds) }),
        .init("gradient", rows.map { scaled($0.gradientSeconds) }),
      ])
  }

  private static func addDifferences(_ comparison: Comparison, to page: inout ReportPage) {
    guard let reference = comparison.reference else {
      page.remarks.append("Agreement of gradients, because no backend found one.")
      return
    }
    let others = comparison.rows.filter { $0.backend != reference }
    guard others.contains(where: { $0.maximumDifference != nil }) else {
      page.remarks.append(
        "Agreement of gradients, because only \(reference) found one.")
      return
    }
    page.figures.append(
      BarFigure(
        name: "gradient-difference", title: "Agreement of gradients",
        summary:
          "The largest difference of any derivative from that of \(reference), relative to the largest derivative; "
          + "0 is bit for bit. The scale is logarithmic; absolute differences are in the table of backends.",
        label: "largest difference from \(reference), relative", kind: .logarithmic,
        categories: others.map(\.backend),
        series: [.init("relative", others.map(\.relativeDifference))]))
  }

  private static func addApproximations(_ comparison: Comparison, to page: inout ReportPage) {
    let approximations = comparison.approximations
    guard let reference = comparison.reference else {
      page.remarks.append("Approximate gradients, because there is no exact one beside them.")
      return
    }
    guard approximations.contains(where: { $0.distance != nil }) else {
      page.remarks.append(
        "Approximate gradients, because "
          + (approximations.isEmpty ? "none was asked for." : "none of them was found."))
      return
    }
    let kinds = approximations.map(\.kind.name)
    page.figures += [
      BarFigure(
        name: "approximate-gradients", title: "Errors of approximate gradients",
        summary:
          "How far approximations are from the exact gradient of \(reference), over all trained parameters: the "
          + "length of the difference relative to that of the exact one. The scale is logarithmic.",
        label: "relative error", kind: .logarithmic, categories: kinds,
        series: [.init("relative error", approximations.map { $0.distance?.relativeError })]),
      BarFigure(
        name: "gradient-angles", title: "Directions of approximate gradients",
        summary:
          "The angle between approximations and the exact gradient of \(reference), over all trained parameters; "
          + "from 90 degrees on a step along them does not descend.",
        label: "degrees", categories: kinds,
        series: [.init("degrees", approximations.map { $0.distance?.degrees })]),
    ]
  }

  private static func addCost(
    _ comparison: Comparison, _ network: Network, to page: inout ReportPage
  ) {
    let predictions = CostPrediction(network).components
    guard !predictions.isEmpty else {
      page.remarks.append("Costs of components, because none is cyclic.")
      return
    }
    var series = [
      Figure.Series(
        "predicted: sweep", .scatter, x: predictions.map { Double($0.size) },
        y: predictions.map { $0.sweepSeconds * 1e6 })
    ]
    let factored = predictions.filter { $0.factorizationSeconds != nil }
    if !factored.isEmpty {
      series.append(
        .init(
          "predicted: factorization", .scatter, x: factored.map { Double($0.size) },
          y: factored.map { ($0.factorizationSeconds ?? .nan) * 1e6 }))
    }
    for row in comparison.rows {
      let runs = (row.trace?.runs ?? []).filter {
        $0.phase == .equilibrium && ($0.points.last?.iteration ?? 0) > 0
      }
      guard !runs.isEmpty else { continue }
      series.append(
        .init(
          "\(row.backend), measured", .scatter, x: runs.map { Double($0.size) },
          y: runs.map { $0.seconds * 1e6 / Double($0.points.last?.iteration ?? 1) }))
    }
    page.figures.append(
      Figure(
        name: "cost", title: "Cost of an iteration, predicted and measured",
        summary:
          "For each cyclic component what automatic expects of a sweep and of a factorization, and what an iteration "
          + "took, the recording of its residual included. Only ratios of predictions matter.",
        x: .init("neurons of the component", .logarithmic, isCount: true),
        y: .init("microseconds", .logarithmic), series: series))
  }
}
