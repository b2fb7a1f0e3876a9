import Cyclograd
import CyclogradFormats
import Foundation
import Testing

@Suite("Logs of trainings")
struct TrainingLogTests {
  private static func read(_ text: String) throws -> TrainingHistory {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("log-\(UUID().uuidString).jsonl")
    try text.write(to: url, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: url) }
    return try TrainingLogFile.read(url.path)
  }

  private static func step(_ number: Int, loss: String = "0.5") -> String {
    """
    {"event": "step", "step": \(number), "loss": \(loss), "used": 4, "learning_rate": 0.1, \
    "gradient_norm": 2, "forward_iterations": 12, "backward_iterations": 8, \
    "skipped": [{"sample": 3, "status": "diverged", "detail": null}]}

    """
  }

  private static func validation(_ step: Int, _ more: String = "") -> String {
    """
    {"event": "validation", "step": \(step), "epoch": 1, "loss": 0.25, "failed": 1, \
    "best": true\(more)}

    """
  }

  private static let epoch = """
    {"event": "epoch", "epoch": 1, "step": 2, "loss": null, "used": 0, "skipped": 8, \
    "learning_rate": 0.1, "forward_iterations": 3, "backward_iterations": 0}

    """

  @Test("Events are understood, numbers that are not finite too")
  func events() throws {
    let history = try Self.read(
      Self.step(1) + "\r\n" + Self.step(2, loss: "null") + Self.validation(2, ", \"f1\": 0.75")
        + Self.epoch)
    #expect(history.steps.map(\.step) == [1, 2])
    #expect(history.steps[0].loss == 0.5 && history.steps[1].loss.isNaN)
    #expect(history.steps[0].skipped == 1 && history.steps[0].forwardIterations == 12)
    #expect(history.validations[0].measurements == [.init("f1", 0.75)])
    #expect(history.validationAnomalies == nil)
    let labelled = try Self.read(Self.validation(2, ", \"anomalies\": 3, \"f1\": 0.75"))
    #expect(labelled.validationAnomalies == 3)
    #expect(labelled.validations[0].measurements == [.init("f1", 0.75)])
    #expect(history.validations[0].isBest && history.validations[0].failed == 1)
    #expect(history.epochs[0].skipped == 8 && history.epochs[0].loss.isNaN)
  }

  @Test("Terms of the loss and of what is added to it are told apart")
  func terms() throws {
    let line = Self.step(1).replacing(
      "\"used\"",
      with:
        "\"loss_terms\": {\"b\": 2, \"a\": -1.5, \"c\": \"?\"}, \"regularisation\": {\"r\": null}, \"used\""
    )
    let step = try #require(try Self.read(line).steps.first)
    #expect(
      step.lossTerms == [TermValue(name: "a", value: -1.5), TermValue(name: "b", value: 2)])
    #expect(step.terms.map(\.name) == ["r"] && step.terms[0].value.isNaN)
    #expect(try Self.read(Self.step(1)).steps[0].lossTerms.isEmpty)
  }

  @Test("A continued training's account replaces the earlier one")
  func continued() throws {
    let history = try Self.read(
      (1...5).map { Self.step($0, loss: "1") }.joined() + Self.validation(5)
        + (4...6).map { Self.step($0, loss: "2") }.joined() + Self.validation(5))
    #expect(history.steps.map(\.loss) == [1, 1, 1, 2, 2, 2])
    #expect(history.validations.count == 1)
  }

  @Test("What is half written at the end is left out")
  func cut() throws {
    let text = Self.step(1) + Self.step(2)
    #expect(try Self.read(String(text.dropLast(20))).steps.count == 1)
  }

  @Test(
    "What is wrong is said with its line",
    arguments: [
      "nonsense", "[]", "{}", "{\"event\": \"other\"}", "{\"event\": \"step\"}",
      "{\"event\": \"validation\", \"step\": 1}",
      "{\"event\": \"validation\", \"step\": 1, \"epoch\": 1, \"loss\": 1, \"failed\": -1, \"best\": true}",
      "{\"event\": \"validation\", \"step\": 1, \"best\": true, \"anomalies\": \"none\"}",
      "{\"event\": \"epoch\", \"epoch\": 1.5}", "{\"event\": \"epoch\", \"epoch\": true}",
      "{\"event\": \"epoch\", \"epoch\": 1e300}",
    ])
  func malformed(line: String) throws {
    #expect {
      _ = try Self.read(Self.step(1) + line + "\n")
    } throws: {
      ($0 as? CyclogradError)?.location.line == 2
        && ($0 as? CyclogradError)?.code == .malformedFile
    }
  }

  /// What is read is written once more and must come back the same; what is refused must be refused because of the
  /// line that the error names.
  @Test("Whatever is changed in a log, it is read as it stands or refused with its line")
  func mutations() throws {
    let whole = Array((Self.step(1) + Self.validation(1, ", \"f1\": 0.75") + Self.epoch).utf8)
    var random = TestRandom(1)
    let pieces = ["{", "}", "[", "]", "\"", "\\", "1e999", "null", "-", "\u{0}", "\n", "9", "true"]
    var (read, refused) = (0, 0)
    for _ in 0..<300 {
      var bytes = whole
      for _ in 0...random.integer(0...1) {
        // Another digit in place of one mostly leaves a log that can be read.
        if random.chance(0.5) {
          let place = random.pick(
            bytes.indices.filter { UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[$0] })
          bytes[place] = UInt8(ascii: "0") + UInt8(random.integer(0...9))
        } else {
          let place = random.integer(0...bytes.count - 1)
          bytes.replaceSubrange(
            place..<min(bytes.count, place + random.integer(0...3)), with: random.pick(pieces).utf8)
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      do {
        let history = try Self.read(text)
        let again = try Self.read(WrittenLog.text(history))
        // NaN is not equal to itself; it is in a description.
        #expect("\(again)" == "\(history)", "\(text)")
        read += 1
      } catch let error as CyclogradError {
        #expect(error.code == .malformedFile)
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
          .map { String(Substring($0)) + "\n" }
        guard let line = error.location.line else {
          #expect(error.message == "the log has no events", "\(text)")
          continue
        }
        try #require(1..<lines.count ~= line, "\(text)")
        #expect(Self.refusedLine(lines[..<(line - 1)].joined()) == nil, "\(text)")
        #expect(Self.refusedLine(Self.step(1) + lines[line - 1]) == 2, "\(text)")
        refused += 1
      }
    }
    #expect(read > 50 && refused > 50)
  }

  /// The line for which a log is refused; `nil` where it is read, or has no events.
  private static func refusedLine(_ text: String) -> Int? {
    do { _ = try read(text) } catch { return (error as? CyclogradError)?.location.line }
    return nil
  }

  @Test("A log without events is refused", arguments: ["", "\n\n", "{\"event\""])
  func empty(text: String) {
    #expect(throws: CyclogradError.self) { try Self.read(text) }
  }
}
