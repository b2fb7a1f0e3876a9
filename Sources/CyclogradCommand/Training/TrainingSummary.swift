import Cyclograd
import CyclogradFormats
import CyclogradReports

/// What a training came to.
struct TrainingSummary {
  let session: TrainingSession
  let seconds: Double
  let isFinished: Bool
  let isBest: Bool

  private var progress: TrainingProgress { session.run.progress }
  private var best: ValidationReport? { progress.validations.last { $0.isBest } }

  var text: String {
    let state = session.run.trainer.state
    var lines: [String] = []
    lines.append(
      "\(isFinished ? "trained" : "interrupted after") "
        + "\(Quantity.count(progress.epochsBefore + progress.epoch, "epoch")), \(Quantity.count(session.run.stepCount, "step")), "
        + Quantity.seconds(seconds))
    if session.run.hasStoppedEarly {
      lines.append(
        "stopped early: \(progress.stopping.waited) "
          + (session.setup.data.parts[.validation] == nil ? "epochs" : "validations")
          + " in a row were no better")
    }
    if let epoch = progress.epochs.last {
      lines.append(Self.line(lossOfLastEpoch: epoch.loss))
      // Losses are means before each step's update, so the first epoch's shows where the training began.
      if let first = progress.epochs.dropFirst(progress.comparableFrom).first,
        epoch.loss > first.loss
      {
        lines.append(
          "it has grown: that of epoch \(first.epoch) was \(String(shortest: first.loss)); "
            + "a smaller 'rate' or 'clip' may help")
      }
    }
    lines += Self.lines(best: best, skippedSamples: state.skippedSamples)
    if isFinished {
      lines.append(Self.line(parameters: session.file.output, areBest: isBest))
      if let path = session.networkOutput {
        lines.append(
          session.setup.topology == nil
            ? "the network: \(path)" : "the network with its edges: \(path)")
      }
    } else {
      lines.append("continue with --resume; checkpoints: \(session.file.checkpoints.folder)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  static func line(lossOfLastEpoch loss: Double) -> String {
    "loss of the last epoch: \(String(shortest: loss))"
  }

  /// What the best validation measured, and how many samples steps have left out.
  static func lines(best: ValidationReport?, skippedSamples: Int) -> [String] {
    var lines: [String] = []
    if let best {
      lines.append(
        "best validation: loss \(String(shortest: best.loss))"
          + best.measurements.map { ", \($0.name) \(String(shortest: $0.value))" }.joined()
          + " at step \(best.step), epoch \(best.epoch)")
    }
    if skippedSamples > 0 {
      lines.append(
        "\(Quantity.count(skippedSamples, "sample")) left out, for which no equilibrium or no "
          + "gradient was found")
    }
    return lines
  }

  static func line(parameters path: String, areBest: Bool) -> String {
    "\(areBest ? "parameters of the best validation" : "parameters"): \(path)"
  }

  var json: JSONValue {
    let state = session.run.trainer.state
    return .object([
      ("training_file", .string(session.file.path)), ("graph", GraphJSON.object(session.network)),
      ("finished", .boolean(isFinished)), ("stopped_early", .boolean(session.run.hasStoppedEarly)),
      ("resumed_from", .optional(session.resumed)),
      (
        "changes",
        .list(
          session.changes.map(\.json))
      ), ("chose_anew", .boolean(session.choosesAnew)),
      ("epochs", .integer(progress.epochsBefore + progress.epoch)),
      ("steps", .integer(session.run.stepCount)),
      ("samples", .integer(session.run.sampleCount)),
      ("skipped_samples", .integer(state.skippedSamples)),
      ("loss", .optional(progress.epochs.last?.loss)),
      ("best", best.map { $0.json() } ?? .null),
      ("output", .optional(isFinished ? session.file.output : nil)),
      ("network_output", .optional(isFinished ? session.networkOutput : nil)),
      ("checkpoints", .string(session.file.checkpoints.folder)), ("seconds", .number(seconds)),
    ])
  }
}

extension TrainingIdentity.Change {
  /// What JSON says of it.
  var json: JSONValue {
    .object([
      ("what", .string(aspect.rawValue)), ("before", .string(before)), ("after", .string(after)),
    ])
  }
}
