import Cyclograd
import CyclogradReports

/// What sweeps cost, as a table, as numbers and as a picture.
struct SweepReport {
  var costs: [SweepCost] = []

  var isEmpty: Bool { costs.isEmpty }

  var text: String {
    var table = TextTable([
      ("problem", .left), ("edges", .right), ("", .left), ("forward", .right),
      ("ns an edge", .right), ("of SciPy's", .right), ("of reading", .right), ("backward", .right),
      ("of SciPy's", .right),
      ("outside", .right), ("first", .right),
    ])
    for cost in costs {
      for (index, sweeper) in (cost.own + [cost.sciPy].compactMap(\.self)).enumerated() {
        let (forward, backward) = (sweeper.forward.sweep, sweeper.backward.sweep)
        table.add([
          index == 0 ? cost.problem : "", index == 0 ? String(cost.edges) : "", sweeper.name,
          Quantity.seconds(forward), number(1e9 * forward / Double(cost.edges)),
          cost.sciPy.map { number(forward / $0.forward.sweep) } ?? "",
          number(forward / sweeper.reading), Quantity.seconds(backward),
          cost.sciPy.map { number(backward / $0.backward.sweep) } ?? "",
          sweeper.first == nil
            ? "" : Quantity.seconds(sweeper.forward.outside + sweeper.backward.outside),
          sweeper.first.map(Quantity.seconds) ?? "",
        ])
      }
    }
    let withdrawn = costs.compactMap { cost in
      cost.withdrawal.map { "\n\(cost.problem): SciPy does not count: \($0)" }
    }
    return """
      a sweep alone, beside reading its entries and vectors once; what a solve and its gradient take outside of sweeps, and \
      what the first of them takes besides
      \(table.text)\(withdrawn.joined())
      """
  }

  private func number(_ value: Double) -> String {
    value.isFinite ? String(shortest: (value * 100).rounded() / 100) : "–"
  }

  var json: JSONValue {
    .list(
      costs.map { cost in
        .object([
          ("problem", .string(cost.problem)), ("family", .string(cost.family.rawValue)),
          ("neurons", .integer(cost.neurons)), ("edges", .integer(cost.edges)),
          ("sweepers", .list((cost.own + [cost.sciPy].compactMap(\.self)).map(Self.json))),
        ])
      })
  }

  private static func json(_ sweeper: SweepCost.Sweeper) -> JSONValue {
    .object([
      ("name", .string(sweeper.name)), ("forward_seconds", .number(sweeper.forward.sweep)),
      ("backward_seconds", .number(sweeper.backward.sweep)),
      ("forward_outside_seconds", .number(sweeper.forward.outside)),
      ("backward_outside_seconds", .number(sweeper.backward.outside)),
      ("first_seconds", .optional(sweeper.first)), ("reading_seconds", .number(sweeper.reading)),
    ])
  }

  /// Nanoseconds an edge against edges: a sweep on one thread, SciPy's product and tanh, and reading once.
  var figure: Figure {
    let families = Family.allCases.filter { family in costs.contains { $0.family == family } }
    func series(
      _ name: String, _ family: Family, _ mark: Figure.Mark = .line,
      _ seconds: (SweepCost) -> Double?
    ) -> Figure.Series {
      let points = costs.filter { $0.family == family }.compactMap { cost in
        seconds(cost).map { (Double(cost.edges), 1e9 * $0 / Double(cost.edges)) }
      }
      return Figure.Series(name, mark, x: points.map(\.0), y: points.map(\.1))
    }
    var all = families.map { series($0.rawValue, $0) { $0.own[0].forward.sweep } }
    all += families.map { series("\($0.rawValue), SciPy", $0) { $0.sciPy?.forward.sweep } }
      .filter { !$0.x.isEmpty }
    if let first = families.first {
      all.append(series("reading once", first, .guide) { $0.own[0].reading })
    }
    return Figure(
      name: "sweeps", title: "Cost of a sweep",
      summary: "Nanoseconds an edge of a forward sweep on one thread, against the edges",
      x: .init("edges", .logarithmic), y: .init("ns an edge", .logarithmic), series: all)
  }
}
