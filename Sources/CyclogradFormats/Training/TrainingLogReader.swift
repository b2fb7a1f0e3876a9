public import Cyclograd
import Foundation

/// Reads the log of a training as it grows: events become part of the history once their lines are whole.
///
/// Where a training was continued, the later account of a step replaces the earlier one.
public struct TrainingLogReader: Sendable {
  /// What the lines so far tell.
  public private(set) var history = TrainingHistory()
  private let path: String
  private var rest: [UInt8] = []
  private var line = 0

  /// A longer line is no event.
  private static let longestLine = 1 << 24

  /// Begins before the first line.
  ///
  /// - Parameter path: what errors call the log.
  public init(_ path: String) { self.path = path }

  /// Takes more of the log in; a line without its end waits for the rest.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` `malformed-file` with the line of what is wrong.
  public mutating func take(_ bytes: some Sequence<UInt8>) throws {
    rest.append(contentsOf: bytes)
    var begin = 0
    while let end = rest[begin...].firstIndex(of: UInt8(ascii: "\n")) {
      line += 1
      let text = rest[begin..<end]
      begin = end + 1
      if text.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
      do { try take(line: text) } catch let reason as Reason { throw malformed(reason.text) }
    }
    rest.removeSubrange(..<begin)
    guard rest.count <= Self.longestLine else { throw malformed("the line does not end") }
  }

  private func malformed(_ reason: String) -> CyclogradError {
    CyclogradError(
      .malformedFile, "this is no event of a training: \(reason)",
      at: .init(file: path, line: line), advice: "give a file that cyclograd train --json-log wrote"
    )
  }

  private struct Reason: Error {
    var text: String
    init(_ text: String) { self.text = text }
  }

  private mutating func take(line: ArraySlice<UInt8>) throws {
    guard let event = try? JSONDecoder().decode([String: LogValue].self, from: Data(line)) else {
      throw Reason("the line is not a JSON object")
    }
    switch event["event"]?.text {
    case "begin", "resume": try takeSettings(event)
    case "step":
      let step = try Self.step(event)
      while let last = history.steps.last, last.step >= step.step { history.steps.removeLast() }
      history.steps.append(step)
    case "epoch":
      let epoch = try Self.epoch(event)
      while let last = history.epochs.last, last.epoch >= epoch.epoch {
        history.epochs.removeLast()
      }
      history.epochs.append(epoch)
    case "validation": try takeValidation(event)
    case "fit", "descent", "rewiring": break
    case nil: throw Reason("'event' is missing")
    default:
      throw Reason(
        "'event' is not begin, step, validation, epoch, fit, descent, rewiring or resume")
    }
  }

  private mutating func takeSettings(_ event: [String: LogValue]) throws {
    history.network = event["network"]?.text ?? history.network
    if case .object(let settings) = event["settings"] {
      history.settings = settings.compactMapValues(\.text)
    }
    guard event["event"]?.text == "resume" else { return }
    guard case .boolean(let choosesAnew) = event["chooses_anew"] else {
      throw Reason("'chooses_anew' is missing")
    }
    guard choosesAnew else { return }
    for index in history.validations.indices { history.validations[index].isBest = false }
  }

  private static func number(_ key: String, _ event: [String: LogValue]) throws -> Double {
    guard let number = event[key]?.number else {
      throw Reason("'\(key)' is missing or not a number")
    }
    return number
  }

  private static func integer(_ key: String, _ event: [String: LogValue]) throws -> Int {
    guard let result = Int(exactly: try number(key, event)), result >= 0 else {
      throw Reason("'\(key)' is not a count")
    }
    return result
  }

  private static func step(_ event: [String: LogValue]) throws -> TrainingHistory.Step {
    guard case .list(let skipped) = event["skipped"] else { throw Reason("'skipped' is missing") }
    var step = TrainingHistory.Step(
      step: try integer("step", event), loss: try number("loss", event),
      learningRate: try number("learning_rate", event),
      gradientNorm: try number("gradient_norm", event), used: try integer("used", event),
      skipped: skipped, forwardIterations: try integer("forward_iterations", event),
      backwardIterations: try integer("backward_iterations", event))
    if case .number(let residual) = event["residual"] { step.residual = residual }
    step.lossTerms = terms(event["loss_terms"])
    step.terms = terms(event["regularisation"])
    if case .object(let blocks) = event["blocks"] {
      step.blocks = blocks.sorted { $0.key < $1.key }.compactMap { name, value in
        guard case .object(let norms) = value, let gradient = norms["gradient"]?.number,
          let parameters = norms["parameters"]?.number
        else { return nil }
        return BlockNorm(name, gradient: gradient, parameters: parameters)
      }
    }
    return step
  }

  private static func terms(_ value: LogValue?) -> [TermValue] {
    guard case .object(let terms) = value else { return [] }
    return terms.sorted { $0.key < $1.key }.compactMap { name, value in
      value.number.map { TermValue(name: name, value: $0) }
    }
  }

  private static func epoch(_ event: [String: LogValue]) throws -> EpochReport {
    EpochReport(
      epoch: try integer("epoch", event), step: try integer("step", event),
      loss: try number("loss", event), used: try integer("used", event),
      skipped: try integer("skipped", event), learningRate: try number("learning_rate", event),
      forwardIterations: try integer("forward_iterations", event),
      backwardIterations: try integer("backward_iterations", event))
  }

  private mutating func takeValidation(_ event: [String: LogValue]) throws {
    let known: Set = ["event", "step", "epoch", "loss", "failed", "best", "anomalies", "time"]
    if event["anomalies"] != nil {
      history.validationAnomalies = try Self.integer("anomalies", event)
    }
    guard case .boolean(let isBest) = event["best"] else { throw Reason("'best' is missing") }
    let measurements = try event.keys.filter { !known.contains($0) }.sorted().map {
      Validation.Measurement($0, try Self.number($0, event))
    }
    let validation = ValidationReport(
      step: try Self.integer("step", event), epoch: try Self.integer("epoch", event),
      loss: try Self.number("loss", event), failed: try Self.integer("failed", event),
      measurements: measurements, isBest: isBest)
    while let last = history.validations.last, last.step >= validation.step {
      history.validations.removeLast()
    }
    history.validations.append(validation)
  }
}

/// What a member of an event holds. JSONSerialization is not used because it does not round correctly.
private indirect enum LogValue: Decodable {
  case null
  case boolean(Bool)
  case number(Double)
  case text(String)
  /// How many elements a list has.
  case list(Int)
  case object([String: LogValue])
  case other

  /// Numbers that are not finite are written as null.
  var number: Double? {
    switch self {
    case .null: .nan
    case .number(let number): number
    default: nil
    }
  }

  var text: String? {
    if case .text(let text) = self { text } else { nil }
  }

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
    } else if let object = try? value.decode([String: LogValue].self) {
      self = .object(object)
    } else {
      self = .other
    }
  }
}
