import Cyclograd

extension TrainingReport {
  /// What a log of single steps has besides: terms of the loss, residuals, and norms by where parameters act.
  static func addParts(_ history: TrainingHistory, to page: inout ReportPage) {
    let steps = history.steps
    guard !steps.isEmpty else { return }
    addTerms(steps, to: &page)
    let residuals = steps.filter { $0.residual != nil }
    if !residuals.isEmpty {
      page.figures.append(
        Figure(
          name: "residual", title: "Residuals of equilibria",
          summary: "Of each step the largest relative residual among the samples used.",
          x: .init("step", isCount: true), y: .init("relative residual", .logarithmic),
          series: [
            .init(
              "largest", .line, x: residuals.map { Double($0.step) },
              y: residuals.map { $0.residual ?? .nan })
          ]))
    }
    var names: [String] = []
    for block in steps.flatMap(\.blocks) where !names.contains(block.name) {
      names.append(block.name)
    }
    guard !names.isEmpty else {
      page.remarks.append(
        "Gradients and parameters by group, because the log does not have their norms.")
      return
    }
    func figure(
      _ name: String, _ title: String, _ summary: String, _ value: (BlockNorm) -> Double
    ) -> Figure {
      Figure(
        name: name, title: title, summary: summary, x: .init("step", isCount: true),
        y: .init("norm", .logarithmic),
        series: names.map { block in
          let found = steps.compactMap { step in
            step.blocks.first { $0.name == block }.map { (Double(step.step), value($0)) }
          }
          return .init(block, .line, x: found.map(\.0), y: found.map(\.1))
        })
    }
    page.figures += [
      figure(
        "gradients", "Gradients by group",
        "The Euclidean norm of the gradient, for the weights between two groups and the biases of one.",
        \.gradient),
      figure(
        "parameters", "Parameters by group",
        "The Euclidean norm of the weights between two groups, and of the biases of one, before each update.",
        \.parameters),
    ]
  }

  /// The loss beside what it is the sum of, and what is added to it.
  private static func addTerms(_ steps: [TrainingHistory.Step], to page: inout ReportPage) {
    var series = [
      Figure.Series("loss", .line, x: steps.map { Double($0.step) }, y: steps.map(\.loss))
    ]
    func add(_ terms: (TrainingHistory.Step) -> [TermValue]) -> Bool {
      var names: [String] = []
      for term in steps.flatMap(terms) where !names.contains(term.name) { names.append(term.name) }
      for name in names {
        let found = steps.compactMap { step in
          terms(step).first { $0.name == name }.map { (Double(step.step), $0.value) }
        }
        series.append(.init(name, .line, x: found.map(\.0), y: found.map(\.1)))
      }
      return !names.isEmpty
    }
    let (isSum, isRegularised) = (add(\.lossTerms), add(\.terms))
    guard isSum || isRegularised else { return }
    let values = series.flatMap(\.y).filter(\.isFinite)
    let positive = values.filter { $0 > 0 }
    // Terms may be negative, as entropies are; a logarithmic axis would hide them.
    let isWide =
      values.allSatisfy { $0 >= 0 } && (positive.max() ?? 1) > 20 * (positive.min() ?? 1)
    page.figures.append(
      Figure(
        name: "terms", title: "Terms of the loss",
        summary: "The mean loss of each step"
          + (isSum ? ", the terms that it is the sum of, with their weights" : "")
          + (isRegularised ? ", and what regularisers add to it." : "."),
        x: .init("step", isCount: true), y: .init("value", isWide ? .logarithmic : .linear),
        series: series))
  }
}
