import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// Where the derivatives of a loss go, and whether they are checked and ranked.
struct GradientAnswerArguments: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where the gradient goes (default: standard output): .csv or .tsv, .npz with an array for each "
        + "connection, .safetensors, .json or .jsonl.", valueName: "file"))
  var output: String?
  @Option(
    help: ArgumentHelp(
      "Write ∂E/∂x, a row for each row of --input: .csv, .tsv, .json, .jsonl or .npy.",
      valueName: "file"))
  var inputGradient: String?
  @Option(
    help: ArgumentHelp(
      "Print this many derivatives, the largest by magnitude, in place of all.",
      valueName: "count"))
  var top: Int?
  @Flag(help: "Compare with central differences and print the worst disagreement.")
  var check = false
  @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

  /// The files that are written, with their options.
  var written: [(option: String, path: String?)] {
    [("--output", output), ("--input-gradient", inputGradient)]
  }

  /// What would be in other units where inputs are scaled, in a sentence.
  var inInputUnits: String? {
    inputGradient == nil && top == nil ? nil : "derivatives by inputs are"
  }

  /// How the gradient is written.
  ///
  /// - Parameter others: further files that the command writes.
  /// - Throws: `CyclogradError` for what cannot be written or listed, before long work.
  func checkedFormat(
    isPerSample: Bool = false, others: [(option: String, path: String?)] = []
  ) throws -> OutputFormat {
    if let top, top < 1 {
      throw CyclogradError(
        .invalidOption, "--top is \(top)", advice: "give the number of derivatives to list")
    }
    guard top == nil || !isPerSample else {
      throw CyclogradError(
        .invalidOption, "--top ranks the derivatives of all samples together, not --per-sample",
        advice: "leave out one of the two")
    }
    try TableFile.check(inputGradient, for: "the derivatives of inputs")
    let printed = json ? "the answer of --json" : top == nil ? "the gradient" : "--top"
    let isPrinted = json || top != nil || output == nil
    try FileNames.checkOneAnswer([(printed, isPrinted ? "-" : nil)] + written + others)
    return try GradientTable.format(output, isPerSample: isPerSample)
  }

  /// Writes the gradient to its files, and to standard output what belongs there.
  ///
  /// - Parameters:
  ///   - format: what ``checkedFormat(isPerSample:others:)`` has found.
  ///   - inputs: the derivatives by inputs with their header; asked for only where they are written.
  ///   - ranking: the largest derivatives; asked for only where they are listed.
  ///   - entries: what JSON says besides.
  func write(
    _ table: GradientTable, as format: OutputFormat,
    inputs: () -> (header: [String], rows: Matrix), ranking: (_ count: Int) -> GradientRanking,
    entries: () -> [(key: String, value: JSONValue)]
  ) throws {
    if let inputGradient {
      let (header, rows) = inputs()
      try TableFile.write(
        header: header, matrix: rows, to: inputGradient, for: "the derivatives of inputs")
    }
    if let output { try table.write(to: output, as: format) }
    let largest = top.map(ranking)
    if json {
      var said = entries()
      if let largest {
        said.append(("top", largest.json))
      } else if output == nil {
        said.append(("gradient", table.json))
      }
      return try Console.answer(.object(said))
    }
    Progress.clear()
    if let largest {
      try largest.write()
    } else if output == nil {
      try table.write(to: "-", as: .csv)
    }
  }
}
