public import Cyclograd

/// What a network of two inputs answers over a part of their plane, and which equilibria it has there.
public struct InputPlane: Sendable {
  /// How many values of each input.
  public static let side = 30
  /// From how many states equilibria are looked for at each point.
  public static let starts = 6
  /// Larger networks are passed over.
  public static let mostEdges = 20_000

  /// The values of the inputs, `side` of each.
  let values: [[Double]]
  /// For each point, row after row, the distinct equilibria that were met.
  let found: [[EquilibriumSearch.Found]]
  /// For each point the first output of the equilibrium that is reached from a = 0; NaN where there is none.
  let answers: [Double]
  private let names: [String]
  private let output: String

  /// Solves over the plane; `nil` for networks that have not two inputs and a cycle, and for large ones.
  ///
  /// - Parameter samples: points that lie within, samples × inputs.
  /// - Throws: what ``EquilibriumSearch`` throws.
  public init?(
    _ network: Network, _ parameters: Parameters, around samples: Matrix, backend: GradientBackend,
    options: SolverOptions
  ) throws {
    guard network.inputCount == 2, network.outputCount > 0, network.cyclicComponentCount > 0,
      network.edgeCount <= Self.mostEdges
    else { return nil }
    values = (0..<2).map { column in
      let given = (0..<samples.rows).map { samples[$0, column] }.filter(\.isFinite)
      let (low, high) = (given.min() ?? -1, given.max() ?? 1)
      let room = max(0.25 * (high - low), 1e-3, high == low ? 1 : 0)
      return (0..<Self.side).map {
        low - room + (high - low + 2 * room) * Double($0) / Double(Self.side - 1)
      }
    }
    var points: [[Double]] = []
    for row in 0..<Self.side {
      for column in 0..<Self.side {
        // The second input grows upwards.
        points.append([values[0][column], values[1][Self.side - 1 - row]])
      }
    }
    let search = try EquilibriumSearch(
      network, parameters, inputs: Matrix(points), backend: backend, options: options,
      starts: Self.starts)
    found = search.samples
    answers = points.indices.map { index in
      search.first.evidence[index].status == .converged
        ? search.first.outputs[index, 0] : .nan
    }
    names = network.inputNames
    output = network.outputNames[0]
  }

  var figures: [MatrixFigure] {
    let counts = found.map { Double($0.count) }
    let stable = found.map { Double($0.count { $0.stability.abscissa.isStable == true }) }
    let none = counts.count { $0 == 0 }
    let several = counts.count { $0 > 1 }
    return [
      figure(
        "basins", "Answers over the inputs",
        "\(output) at the equilibrium that is reached from a = 0, over both inputs. Where it jumps, the basin of "
          + "another equilibrium begins, or the one before has ceased to be.", output, answers),
      figure(
        "equilibria", "Equilibria over the inputs",
        "How many equilibria were met from \(Self.starts) starts, over both inputs: several at "
          + "\(Quantity.count(several)) and none at \(Quantity.count(none)) of \(Quantity.count(counts.count)) "
          + "points; at most \(Int(stable.max() ?? 0)) of a point are stable for the flow. There may be others.",
        "equilibria", counts),
    ]
  }

  private func figure(
    _ name: String, _ title: String, _ summary: String, _ label: String, _ numbers: [Double]
  ) -> MatrixFigure {
    func axis(_ input: Int, isReversed: Bool) -> MatrixFigure.Axis {
      let values = isReversed ? values[input].reversed() : values[input]
      let bands = stride(from: 0, to: Self.side, by: 5).map {
        MatrixFigure.Band(Markup.short(values[$0 + 2], digits: 3), $0..<min($0 + 5, Self.side))
      }
      let name = names[input]
      return .init(name, count: Self.side, bands: bands) {
        "\(name) = \(Markup.short(values[$0], digits: 3))"
      }
    }
    return MatrixFigure(
      name: name, title: title, summary: summary, rows: axis(1, isReversed: true),
      columns: axis(0, isReversed: false), valueLabel: label
    ) { add in
      for (index, number) in numbers.enumerated() {
        add(index / Self.side, index % Self.side, number)
      }
    }
  }
}
