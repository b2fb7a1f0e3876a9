import Cyclograd
import CyclogradFormats
import CyclogradReports

/// The classes that outputs say, by the words that parameters of a training bring along.
struct AnsweredClasses {
  /// What the column of them is called, as in the table of `evaluate`.
  static let column = "answer"

  /// The words of all classes.
  let words: [String]
  /// The number of each sample's class; `nil` where there is no equilibrium.
  let numbers: [Int?]

  /// The rule by which outputs say classes; `nil` where they say none, or nothing says from where on a single one means
  /// the second class.
  ///
  /// - Throws: `CyclogradError` for a threshold that would have no effect.
  static func words(
    parameters: String?, threshold: Double?, of network: Network
  ) throws -> [String]? {
    let count = network.outputCount
    let words = try parameters.flatMap {
      try ParametersFile.transform($0)?.classes(ofOutputs: count)
    }
    guard let threshold else { return count == 1 ? nil : words }
    guard words != nil, count == 1 else {
      throw CyclogradError(
        .invalidOption,
        "--threshold says from where on a single output means the second class, but there "
          + (words == nil
            ? "are no words of classes"
            : "is an output for each class"),
        advice: words == nil
          ? "give --parameters of a training whose labels are words, or leave it out"
          : "leave it out")
    }
    guard threshold.isFinite else {
      throw CyclogradError(.invalidOption, "--threshold is not finite", advice: "give a number")
    }
    return words
  }

  /// What the outputs of an equilibrium say.
  init(_ words: [String], _ equilibrium: Equilibrium, threshold: Double?) {
    self.words = words
    let outputs = equilibrium.outputs
    numbers = equilibrium.evidence.enumerated().map { row, evidence in
      evidence.status == .converged
        ? Answers.foundClass(outputs[row: row], threshold: threshold ?? .nan) : nil
    }
  }

  /// A cell for each sample, before its outputs.
  var cells: [[TableRows.Cell]] {
    numbers.map { [$0.map { TableRows.Cell.text(words[$0]) } ?? .number(.nan)] }
  }

  /// What JSON says of them.
  var entries: [(key: String, value: JSONValue)] {
    [
      ("classes", .list(words.map(JSONValue.string))),
      ("answers", .list(numbers.map { .optional($0.map { words[$0] }) })),
    ]
  }
}
