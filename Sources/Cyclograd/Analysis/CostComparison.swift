/// The predicted and the measured costs of cyclic components. `automatic` chooses by the predictions.
///
/// Components of the same size are taken together, because there may be thousands.
public struct CostComparison: Sendable {
  /// One backend on the components of one size.
  public struct Row: Hashable, Sendable {
    /// The backend.
    public var backend: String
    /// Which system was solved.
    public var phase: ResidualTrace.Phase
    /// The neurons of each of these components.
    public var size: Int
    /// How many components there are of this size.
    public var count: Int
    /// The methods that were used, in order of appearance.
    public var methods: [String]
    /// The median number of iterations.
    public var iterations: Int
    /// The median of what the iterations should take, in seconds; `nil` where the model has no number for
    /// a method.
    public var predictedSeconds: Double?
    /// The median of what they took.
    public var measuredSeconds: Double
  }

  /// By backend, phase and size.
  public let rows: [Row]

  /// Compares the traces of a traced comparison; takes a symbolic analysis of each component.
  public init(_ comparison: Comparison, _ network: Network) {
    let predictions = Dictionary(
      CostPrediction(network).components.map { ($0.neuron, $0) }, uniquingKeysWith: { $1 })
    var rows: [Row] = []
    for row in comparison.rows {
      guard let runs = row.trace?.runs else { continue }
      for phase in ResidualTrace.Phase.allCases {
        let bySize = Dictionary(grouping: runs.filter { $0.phase == phase }, by: \.size)
        for (size, runs) in bySize.sorted(by: { $0.key < $1.key }) {
          rows.append(Self.row(row.backend, phase, size, runs, predictions))
        }
      }
    }
    self.rows = rows
  }

  private static func row(
    _ backend: String, _ phase: ResidualTrace.Phase, _ size: Int, _ runs: [ResidualTrace.Run],
    _ predictions: [String: CostPrediction.Component]
  ) -> Row {
    var methods: [String] = []
    for point in runs.flatMap(\.points) where !methods.contains(point.method) {
      methods.append(point.method)
    }
    let predicted = runs.compactMap { run in predictions[run.neuron]?.seconds(of: run) }
    return Row(
      backend: backend, phase: phase, size: size, count: runs.count, methods: methods,
      iterations: Int(runs.map { Double($0.points.last?.iteration ?? 0) }.median() ?? 0),
      predictedSeconds: predicted.count == runs.count ? predicted.median() : nil,
      measuredSeconds: runs.map(\.seconds).median() ?? .nan)
  }
}

extension CostPrediction.Component {
  /// What the iterations of a run should take, and the evaluation at its beginning.
  fileprivate func seconds(of run: ResidualTrace.Run) -> Double? {
    var total = sweepSeconds
    var before = 0
    for point in run.points {
      let steps = Double(point.iteration - before)
      before = point.iteration
      guard steps > 0 else { continue }
      guard let step = seconds(ofStep: point.method) else { return nil }
      total += steps * step
    }
    return total
  }

  private func seconds(ofStep method: String) -> Double? {
    let factoring = [MethodName.newton] + DirectMethod.Name.allCases.map(\.rawValue)
    // A remark may follow the method, after a comma or in parentheses.
    let name = method.prefix { $0 != "," && $0 != " " }
    if factoring.contains(String(name)) { return factorizationSeconds }
    // Products inside a step of GMRES are not counted, nor are the stages of a Runge–Kutta step.
    let isOther = ["krylov", "gmres", "relaxation"].contains { method.contains($0) }
    return isOther ? nil : sweepSeconds
  }
}
