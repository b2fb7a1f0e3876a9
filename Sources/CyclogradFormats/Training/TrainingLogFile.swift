public import Cyclograd

/// The log of a training, a line of JSON for each event, as `cyclograd train --json-log` writes it.
public enum TrainingLogFile {
  /// Reads a log. Where a training was continued, the later account of a step replaces the earlier one. A last
  /// line without an end, as an interrupted training may leave it, is left out.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` with the line of what is wrong.
  public static func read(_ path: String) throws -> TrainingHistory {
    var reader = TrainingLogReader(path)
    try reader.take(InputFile.bytes(path))
    let history = reader.history
    guard !history.steps.isEmpty || !history.epochs.isEmpty || !history.validations.isEmpty else {
      throw CyclogradError(
        .malformedFile, "the log has no events", at: .init(file: path),
        advice: "give a file that cyclograd train --json-log wrote")
    }
    return history
  }
}
