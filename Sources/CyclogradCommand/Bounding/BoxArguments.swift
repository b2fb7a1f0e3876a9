import ArgumentParser
import Cyclograd
import CyclogradFormats

/// Which inputs around each sample are considered.
struct BoxArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How far each input may move: a number, or a file with a number for each input or a row for each sample.",
      valueName: "number|file"))
  var radius: String

  /// The file that the radius is, if it is no number.
  var radiusFile: String? { Double(radius) == nil ? radius : nil }
  // Values may begin with a minus.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("What inputs can be at all, such as 0:1.", valueName: "least:most"))
  var range: String?
  @Option(help: "How many inputs may change at most (default: all of them).") var changes: Int?

  /// The box around samples.
  func box(around samples: Matrix, _ network: Network) throws -> InputBox {
    try InputBox(
      around: samples, radius: radii(network), range: bounds(), changes: changes)
  }

  private func radii(_ network: Network) throws -> Matrix {
    if let number = Double(radius) { return Matrix([[number]]) }
    let table = try DataFile.read(radius, vectors: .row)
    return try table.columns(named: network.inputNames, file: radius)
  }

  private func bounds() throws -> ClosedRange<Double>? {
    guard let range else { return nil }
    let parts = range.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let least = Double(parts[0]), let most = Double(parts[1]),
      least <= most, least.isFinite, most.isFinite
    else {
      throw CyclogradError(
        .invalidOption, "--range is '\(range)'", advice: "give two numbers, such as 0:1")
    }
    return least...most
  }
}

/// The classes of samples.
struct ClassArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The class of each sample: a number for all, or a file with one for each (default: that of the largest output).",
      valueName: "number|file"))
  var target: String?
  @Option(help: "Which column of that file holds the classes.") var targetColumns: String?

  /// The classes, or `nil` for those that are predicted.
  func classes(samples: Int) throws -> [Int]? {
    guard let target else {
      guard targetColumns == nil else {
        throw CyclogradError(
          .invalidOption, "--target-columns selects columns, but there is no --target",
          advice: "give --target, or leave it out")
      }
      return nil
    }
    if let number = Int(target) {
      guard targetColumns == nil else {
        throw CyclogradError(
          .invalidOption, "--target-columns selects columns of a file, but --target is a number",
          advice: "give a file for --target, or leave --target-columns out")
      }
      return Array(repeating: number, count: samples)
    }
    let table = try DataFile.read(
      target, columns: try targetColumns.map { try ColumnSelection($0) }, vectors: .column
    ).matrix
    guard table.columns == 1, table.rows == samples else {
      throw CyclogradError(
        .shapeMismatch,
        "the classes are \(table.rows) × \(table.columns) for \(samples) samples",
        at: .init(file: target), advice: "give one column with a class for each sample")
    }
    return try table.elements.enumerated().map { row, value in
      guard let number = Int(exactly: value) else {
        throw CyclogradError(
          .invalidValue, "the class \(value) is no whole number",
          at: .init(file: target, subject: "row \(row)"), advice: "give numbers from 0")
      }
      return number
    }
  }
}
