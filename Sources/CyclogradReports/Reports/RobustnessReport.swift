public import Cyclograd

/// The report on bounds: how many samples each method certifies at which radius, what is known around outputs, which
/// inputs matter, and what attacks look like.
public struct RobustnessReport {
  /// The names that figures can have.
  public static let figureNames =
    Subject.allCases.map(\.rawValue) + ["bounds", "sensitivity", "attacks"]

  /// What shares of samples are drawn against the radius, a figure each.
  public enum Subject: String, Sendable, CaseIterable {
    /// Those whose class no input of the box changes, by each method.
    case certified
    /// Those whose class is changed, by each kind of attack.
    case broken

    fileprivate var title: String {
      switch self {
      case .certified: "Samples whose class no input of the box changes"
      case .broken: "Samples whose class attacks change"
      }
    }

    fileprivate var summary: String {
      switch self {
      case .certified: "The share of samples against the radius, certified by each method."
      case .broken: "The share of samples against the radius, by each kind of attack."
      }
    }
  }

  /// The shares at some radii.
  public struct Shares: Sendable {
    /// What the share is of, such as a method.
    public var name: String
    /// One for each radius, from 0 to 1.
    public var values: [Double]

    /// Shares of samples.
    public init(_ name: String, _ values: [Double]) { (self.name, self.values) = (name, values) }
  }

  /// What the page is about.
  public var title: String
  /// The radii of boxes.
  public var radii: [Double] = []
  /// Shares at the radii; none where classes are not in question.
  public var shares: [Subject: [Shares]] = [:]
  /// The names of outputs.
  public var outputs: [String]
  /// The outputs of one sample.
  public var values: [Double] = []
  /// Their bounds at the largest radius.
  public var bounds: Bounds.Row?
  /// How many inputs stand in a row of their picture.
  public var inputColumns: Int
  /// Rows of S.
  public var sensitivity: Matrix?
  /// Samples with what attacks made of them.
  public var attacks: [(clean: [Double], attacked: [Double], title: String)] = []
  /// What is not shown, and why.
  public var remarks: [String] = []

  /// A report without figures yet.
  ///
  /// - Parameters:
  ///   - title: the network's name, as it can be shown.
  ///   - network: says how inputs are arranged.
  public init(title: String, _ network: Network) {
    self.title = title
    outputs = network.outputNames
    let shapes = network.groups.filter { $0.role.contains(.input) }.map(\.shape)
    let count = network.inputCount
    let root = Int(Double(count).squareRoot().rounded())
    inputColumns =
      shapes.count == 1 && shapes[0].count > 1
      ? shapes[0].last! : (count >= 16 && root * root == count ? root : max(1, count))
  }

  /// The page.
  public func page() -> ReportPage {
    var page = ReportPage(
      title: title,
      summary: "What outputs are possible when inputs move within a box, and what attacks find.",
      facts: [("outputs", Quantity.count(outputs.count))], remarks: remarks)
    for subject in Subject.allCases {
      guard let shares = shares[subject], !shares.isEmpty else { continue }
      page.figures.append(
        Figure(
          name: subject.rawValue, title: subject.title, summary: subject.summary,
          x: .init("radius"), y: .init("share of samples"),
          series: shares.map { Figure.Series($0.name, .line, x: radii, y: $0.values) }))
    }
    if let bounds, bounds.isBounded {
      let places = outputs.indices.map(Double.init)
      page.figures.append(
        Figure(
          name: "bounds", title: "Bounds around the first sample's outputs",
          summary: "For each output its value and the interval that it is proved to stay in."
            + (bounds.scope == .local
              ? " One equilibrium is followed; there may be others elsewhere." : ""),
          x: .init("output", isCount: true), y: .init("value"),
          series: [
            .init(
              "proved interval", .segments, x: places.flatMap { [$0, $0] },
              y: outputs.indices.flatMap { [bounds.lower[$0], bounds.upper[$0]] }),
            .init("value", .scatter, x: places, y: values),
          ]))
    } else if let reason = bounds?.reason {
      page.remarks.append("Bounds around outputs: \(reason).")
    }
    if let sensitivity {
      page.figures.append(
        ImageFigure(
          name: "sensitivity", title: "Global sensitivities",
          summary: "How far each input can move each output at most.", columns: inputColumns,
          panels: (0..<sensitivity.rows).map {
            .init(outputs[$0], Array(sensitivity[row: $0]))
          }))
    }
    if !attacks.isEmpty {
      page.figures.append(
        ImageFigure(
          name: "attacks", title: "Samples and what attacks made of them",
          summary: "Each sample beside the input that came nearest to another class.",
          columns: inputColumns,
          panels: attacks.flatMap {
            [.init("sample", $0.clean), ImageFigure.Panel($0.title, $0.attacked)]
          }, across: 4))
    }
    return page
  }
}
