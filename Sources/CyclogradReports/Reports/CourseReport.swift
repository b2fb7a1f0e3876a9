public import Cyclograd

/// The report on a network in time.
public enum CourseReport {
  /// The names that figures can have.
  public static let figureNames = ["outputs", "groups", "inputs", "path"]
  /// More lines in a figure cannot be told apart.
  private static let mostLines = 12

  /// A page on a course.
  ///
  /// - Parameters:
  ///   - title: the network's name, as it can be shown.
  ///   - remark: where it leads, in a sentence.
  public static func page(_ course: TimeCourse, title: String, remark: String) -> ReportPage {
    let network = course.network
    var page = ReportPage(
      title: "\(title): in time", summary: remark,
      facts: [
        ("neurons", Quantity.count(network.neuronCount)),
        ("edges", Quantity.count(network.edgeCount)),
        ("method", course.method.name),
        ("steps", Quantity.count(course.steps)),
        ("rejected steps", Quantity.count(course.rejectedSteps)),
        ("status", course.status.rawValue),
        ("largest |−z + W f(z) + b + x| at the end", Quantity.small(course.imbalance)),
      ])
    addTraces(
      "outputs", "Outputs", "The outputs' activations in time.", "a", course.times,
      network.outputNames.enumerated().map { index, name in
        (name, (0..<course.times.count).map { course.outputs[$0, index] })
      }, to: &page)
    addTraces(
      "groups", "Groups", "The mean z of each group in time.", "mean z", course.times,
      groupMeans(course), to: &page)
    addInputs(course, to: &page)
    addPath(course, to: &page)
    return page
  }

  private static func addTraces(
    _ name: String, _ title: String, _ summary: String, _ label: String, _ times: [Double],
    _ lines: [(name: String, values: [Double])], to page: inout ReportPage
  ) {
    guard !lines.isEmpty else { return }
    if lines.count > mostLines {
      page.remarks.append(
        "\(title) after the first \(mostLines), of which there are "
          + "\(Quantity.count(lines.count)), because so many lines cannot be told apart.")
    }
    page.figures.append(
      Figure(
        name: name, title: title, summary: summary, x: .init("t"), y: .init(label),
        series: lines.prefix(mostLines).map { .init($0.name, .line, x: times, y: $0.values) }))
  }

  /// States are in file order: group by group, neuron by neuron, unit by unit.
  private static func groupMeans(_ course: TimeCourse) -> [(name: String, values: [Double])] {
    var first = 0
    return course.network.groups.map { group in
      let units = first..<first + group.size * group.units.count
      first = units.upperBound
      let means = (0..<course.times.count).map { row in
        units.reduce(0) { $0 + course.states[row, $1] } / Double(max(1, units.count))
      }
      return (group.name, means)
    }
  }

  private static func addInputs(_ course: TimeCourse, to page: inout ReportPage) {
    let (inputs, names) = (course.inputs, course.network.inputNames)
    guard let begin = course.times.first, let end = course.times.last, !names.isEmpty,
      inputs.rows.rows > 1
    else {
      page.remarks.append("Inputs, because they do not change.")
      return
    }
    // A row holds until the next one begins.
    var times: [Double] = []
    var rows: [Int] = []
    for row in 0..<inputs.rows.rows {
      let start = row == 0 ? begin : max(begin, inputs.times[row])
      let stop = row + 1 < inputs.rows.rows ? min(end, inputs.times[row + 1]) : end
      guard start <= stop else { continue }
      times += [start, stop]
      rows += [row, row]
    }
    addTraces(
      "inputs", "Inputs", "What enters in time.", "x", times,
      names.enumerated().map { index, name in (name, rows.map { inputs.rows[$0, index] }) },
      to: &page)
  }

  /// The first two outputs against each other.
  private static func addPath(_ course: TimeCourse, to page: inout ReportPage) {
    let names = course.network.outputNames
    guard names.count >= 2 else {
      page.remarks.append("The path, because there is one output only.")
      return
    }
    let rows = (0..<course.times.count).filter {
      course.outputs[$0, 0].isFinite && course.outputs[$0, 1].isFinite
    }
    let (x, y) = (rows.map { course.outputs[$0, 0] }, rows.map { course.outputs[$0, 1] })
    page.figures.append(
      Figure(
        name: "path", title: "The path of \(names[0]) and \(names[1])",
        summary: "Two outputs against each other, from the begin of the course to its end.",
        x: .init(names[0]), y: .init(names[1]),
        series: [
          .init("path", .line, x: x, y: y),
          .init("begin", .scatter, x: Array(x.prefix(1)), y: Array(y.prefix(1))),
          .init("end", .scatter, x: Array(x.suffix(1)), y: Array(y.suffix(1))),
        ]))
  }
}
