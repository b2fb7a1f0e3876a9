import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation

/// Shows the progress of a training: a bar on a terminal, a line for each epoch otherwise.
struct TrainingDisplay {
  private let isQuiet: Bool
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let clock = ContinuousClock()
  private var start: ContinuousClock.Instant
  private var firstStep: Int
  private var totalSteps: Int
  private var stage: Int
  private var pace: LogPace
  private var lastShown: ContinuousClock.Instant?
  /// Since the beginning of this process.
  private var samples = 0
  /// Since the line before.
  private var recent = (steps: 0, samples: 0, loss: 0.0, used: 0, forward: 0, backward: 0)
  private var failed = 0
  /// Means between two looks, for a picture of the course.
  private var losses: [Double] = []

  /// - Parameter interval: the seconds between two epochs that get a line.
  init(_ session: TrainingSession, isQuiet: Bool, interval: Double?) {
    self.isQuiet = isQuiet
    pace = LogPace(interval: interval)
    start = clock.now
    stage = session.run.progress.stage
    firstStep = Self.step(session.run)
    totalSteps = session.run.options.epochs * session.run.stepsPerEpoch
  }

  private static func step(_ run: TrainingRun) -> Int {
    run.progress.epoch * run.stepsPerEpoch + run.progress.stepInEpoch
  }

  func begin(_ session: TrainingSession) {
    guard !isQuiet else { return }
    let network = session.network
    Console.note(
      "\(network.name): \(Quantity.count(network.trainableParameterCount, "trainable parameter")), "
        + "\(Quantity.count(session.run.sampleCount, "sample")), "
        + "\(Quantity.count(session.run.options.epochs, "epoch")) of "
        + Quantity.count(session.run.stepsPerEpoch, "step"))
    let loss = session.file.options.loss.remark(network)
    for remark in Reachability(network).remarks + [loss].compactMap({ $0 }) { Console.note(remark) }
    guard let resumed = session.resumed else { return }
    Console.note("continuing from \(resumed)")
    for change in session.changes { Console.note("changed: \(change.text)") }
    if session.choosesAnew {
      Console.note("the choice of the best and the optimizer's memory begin anew")
    }
    noteIdleRules(session)
  }

  /// Says what of the file means nothing in this stage, since edges have gone.
  private func noteIdleRules(_ session: TrainingSession) {
    let rules = try? session.setup.idleRules(inStage: session.run.progress.stage)
    for rule in rules ?? [] { Console.note("\(rule): left out, as no such edges are left") }
  }

  mutating func show(_ event: TrainingEvent, _ session: TrainingSession) {
    guard !isQuiet else { return }
    let isOtherStage = session.run.progress.stage != stage
    defer { if isOtherStage { noteIdleRules(session) } }
    if isOtherStage {
      stage = session.run.progress.stage
      (start, firstStep, samples) = (clock.now, 0, 0)
      totalSteps = session.run.options.epochs * session.run.stepsPerEpoch
    }
    switch event {
    case .step(let report):
      samples += report.used + report.skipped.count
      recent.steps += 1
      recent.samples += report.used + report.skipped.count
      if report.used > 0 { recent.loss += report.loss * Double(report.used) }
      recent.used += report.used
      recent.forward += report.forwardIterations
      recent.backward += report.backwardIterations
      failed += report.skipped.count
      guard isTerminal else { return }
      let now = clock.now
      if let lastShown, now - lastShown < .milliseconds(100) { return }
      lastShown = now
      if recent.used > 0 { losses.append(recent.loss / Double(recent.used)) }
      // Progress adds a space and three dots.
      Progress.show(
        TerminalGraphics.line(
          figures(session), columns: Terminal.columns(of: STDERR_FILENO) - 3))
      recent = (0, 0, 0, 0, 0, 0)
    case .validation: break
    case .fit(let report):
      Console.note(
        "\(LogPace.timestamp)  readout \(report.group)  residual \(String(shortest: report.residual))  "
          + "rank \(report.rank) of \(report.parameters)  \(Quantity.count(report.used, "sample"))"
          + (report.skipped > 0 ? "  \(Quantity.count(report.skipped)) left out" : ""))
    case .rewiring(let plan, let edges):
      Console.note(
        "\(LogPace.timestamp)  \(Quantity.count(plan.dropped.count)) edges gone, "
          + "\(Quantity.count(plan.added.count)) new, \(Quantity.count(edges)) in all")
    case .descent(let report):
      guard pace.isDue(event) else { return }
      Console.note(
        "\(LogPace.timestamp)  step \(report.step)  objective \(Self.left(report.objective))  "
          + "loss \(Self.left(report.loss))  divergence \(Self.left(report.divergence))  "
          + "weight \(String(shortest: report.weight))")
    case .epoch(let report):
      guard !isTerminal, pace.isDue(event) || session.isFinished else { return }
      let epochs = session.run.progress.epochsBefore + session.run.options.epochs
      var line =
        "\(LogPace.timestamp)  epoch \(Self.right("\(report.epoch)", "\(epochs)".count))"
        + "/\(epochs)  loss \(Self.left(report.loss))"
      if let validation = session.run.progress.validations.last, validation.epoch == report.epoch {
        line += "  validation \(Self.left(validation.loss))"
        for item in validation.measurements {
          line += "  \(item.name) \(Self.left(item.value))"
        }
      }
      let count = max(1, Double(report.used + report.skipped))
      line +=
        "  rate \(Self.left(report.learningRate))  iterations "
        + "\(Self.right(Self.tenth(Double(report.forwardIterations) / count), 5)) forward, "
        + Self.right(
          Self.tenth(Double(report.backwardIterations) / max(1, Double(report.used))), 5)
        + " backward"
      if report.skipped > 0 { line += "  \(Quantity.count(report.skipped)) left out" }
      line += "  \(Self.right(speed, 18))  \(Self.right(remaining(session), 12))"
      Console.note(line)
    }
  }

  func end(_ session: TrainingSession) {
    guard !isQuiet else { return }
    Progress.clear()
    guard isTerminal else { return }
    let epochs = session.run.progress.epochs.map(\.loss)
    let validations = session.run.progress.validations.map(\.loss)
    for (name, values) in [("loss", epochs), ("validation", validations)] where values.count > 1 {
      let ends = "\(String(shortest: values[0])) to \(String(shortest: values[values.count - 1]))"
      let width = min(60, Terminal.columns(of: STDERR_FILENO) - 13 - ends.count)
      guard width >= 2 else { continue }
      let title = name + String(repeating: " ", count: 11 - name.count)
      Console.note("\(title)\(TerminalGraphics.sparkline(values, width: width))  \(ends)")
    }
  }

  private func bar(_ session: TrainingSession) -> String {
    let done = Double(Self.step(session.run)) / Double(max(1, totalSteps))
    let filled = min(20, Int(20 * done))
    return "epoch \(min(session.run.progress.epoch + 1, session.run.options.epochs))/"
      + "\(session.run.options.epochs) "
      + String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
      + " \(Int(100 * done)) %"
  }

  /// What is told of, the most important first.
  private func figures(_ session: TrainingSession) -> [String] {
    let loss = recent.used > 0 ? recent.loss / Double(recent.used) : .nan
    let iterations =
      "\(Self.tenth(Double(recent.forward) / Double(max(1, recent.samples)))) forward, "
      + "\(Self.tenth(Double(recent.backward) / Double(max(1, recent.used)))) backward"
    let course = TerminalGraphics.sparkline(losses.suffix(200).map { $0 }, width: 16)
    return [
      "\(bar(session)) loss \(String(shortest: loss))",
      failed > 0 ? "\(Quantity.count(failed)) left out" : "", remaining(session), course, speed,
      "iterations \(iterations)",
    ]
  }

  private var elapsed: Double { (clock.now - start) / .seconds(1) }

  private var speed: String {
    "\(String(shortest: Double(samples) / max(elapsed, 1e-9))) samples/s"
  }

  private func remaining(_ session: TrainingSession) -> String {
    let done = Self.step(session.run) - firstStep
    guard done > 0 else { return "time left unknown" }
    let rest = elapsed / Double(done) * Double(totalSteps - firstStep - done)
    return rest > 0 ? "\(Quantity.seconds(rest)) left" : "0 s left"
  }

  /// Numbers of up to four digits take as many columns, so that lines stand below each other.
  private static func left(_ value: Double) -> String {
    let text = String(shortest: value)
    return text + String(repeating: " ", count: max(0, 9 - text.count))
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private static func tenth(_ value: Double) -> String { String(format: "%.1f", value) }
}
