public import Cyclograd
import Foundation

/// The log of a training, a line of JSON for each event, as `cyclograd train --json-log` writes it.
public enum TrainingLogFile {
  /// Reads a log. Where a training was continued, the later account of a step replaces the earlier one. A last
  /// line without an end, as an interrupted training may leave it, is left out.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` with the line of what is wrong.
  public static func read(_ path: String) throws -> TrainingHistory {
    let bytes = try InputFile.bytes(path)
    var history = TrainingHistory()
    var begin = 0
    var line = 0
    while let end = bytes[begin...].firstIndex(of: UInt8(ascii: "\n")) {
      line += 1
      let text = bytes[begin..<end]
      begin = end + 1
      if text.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
      do {
        try take(text, &history)
      } catch let reason as Reason {
        throw CyclogradError(
          .malformedFile, "this is no event of a training: \(reason.text)",
          at: .init(file: path, line: line),
          advice: "give a file that cyclograd train --json-log wrote")
      }
    }
    guard !history.steps.isEmpty || !history.epochs.isEmpty || !history.validations.isEmpty else {
      throw CyclogradError(
        .malformedFile, "the log has no events", at: .init(file: path),
        advice: "give a file that cyclograd train --json-log wrote")
    }
    return history
  }

  private struct Reason: Error {
    var text: String
    init(_ text: String) { self.text = text }
  }

  private static func take(_ line: ArraySlice<UInt8>, _ history: inout TrainingHistory) throws {
    guard let event = try? JSONDecoder().decode([String: Value].self, from: Data(line)) else {
      throw Reason("the line is not a JSON object")
    }
    func number(_ key: String) throws -> Double {
      switch event[key] {
      // Numbers that are not finite are written as null.
      case .null: return .nan
      case .number(let number): return number
      default: throw Reason("'\(key)' is missing or not a number")
      }
    }
    func integer(_ key: String) throws -> Int {
      guard let result = Int(exactly: try number(key)), result >= 0 else {
        throw Reason("'\(key)' is not a count")
      }
      return result
    }
    guard case .text(let kind) = event["event"] else { throw Reason("'event' is missing") }
    switch kind {
    case "step":
      guard case .list(let skipped) = event["skipped"] else {
        throw Reason("'skipped' is missing")
      }
      let step = TrainingHistory.Step(
        step: try integer("step"), loss: try number("loss"),
        learningRate: try number("learning_rate"), gradientNorm: try number("gradient_norm"),
        used: try integer("used"), skipped: skipped,
        forwardIterations: try integer("forward_iterations"),
        backwardIterations: try integer("backward_iterations"))
      while let last = history.steps.last, last.step >= step.step { history.steps.removeLast() }
      history.steps.append(step)
    case "epoch":
      let epoch = EpochReport(
        epoch: try integer("epoch"), step: try integer("step"), loss: try number("loss"),
        used: try integer("used"), skipped: try integer("skipped"),
        learningRate: try number("learning_rate"),
        forwardIterations: try integer("forward_iterations"),
        backwardIterations: try integer("backward_iterations"))
      while let last = history.epochs.last, last.epoch >= epoch.epoch {
        history.epochs.removeLast()
      }
      history.epochs.append(epoch)
    case "validation":
      let known: Set = ["event", "step", "epoch", "loss", "failed", "best", "anomalies", "time"]
      if event["anomalies"] != nil { history.validationAnomalies = try integer("anomalies") }
      guard case .boolean(let isBest) = event["best"] else { throw Reason("'best' is missing") }
      let measurements = try event.keys.filter { !known.contains($0) }.sorted().map {
        Validation.Measurement($0, try number($0))
      }
      let validation = ValidationReport(
        step: try integer("step"), epoch: try integer("epoch"), loss: try number("loss"),
        failed: try integer("failed"), measurements: measurements, isBest: isBest)
      while let last = history.validations.last, last.step >= validation.step {
        history.validations.removeLast()
      }
      history.validations.append(validation)
    case "fit", "descent", "rewiring": break
    case "resume":
      guard case .boolean(let choosesAnew) = event["chooses_anew"] else {
        throw Reason("'chooses_anew' is missing")
      }
      guard choosesAnew else { return }
      for index in history.validations.indices { history.validations[index].isBest = false }
    default:
      throw Reason("'event' is not step, validation, epoch, fit, descent, rewiring or resume")
    }
  }

  /// What a member of an event holds. JSONSerialization is not used because it does not round correctly.
  private enum Value: Decodable {
    case null
    case boolean(Bool)
    case number(Double)
    case text(String)
    /// How many elements a list has.
    case list(Int)
    case other

    init(from decoder: any Decoder) throws {
      if let list = try? decoder.unkeyedContainer() {
        self = .list(list.count ?? 0)
        return
      }
      guard let value = try? decoder.singleValueContainer() else {
        self = .other
        return
      }
      if value.decodeNil() {
        self = .null
      } else if let boolean = try? value.decode(Bool.self) {
        self = .boolean(boolean)
      } else if let number = try? value.decode(Double.self) {
        self = .number(number)
      } else if let text = try? value.decode(String.self) {
        self = .text(text)
      } else {
        self = .other
      }
    }
  }
}
