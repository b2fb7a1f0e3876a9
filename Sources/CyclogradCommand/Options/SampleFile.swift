import Cyclograd
import CyclogradFormats
import CyclogradReports

/// Samples from a file.
enum SampleFile {
  /// Reads a table with one row a sample, one column for each input or output.
  static func read(
    _ path: String, columns: String?, option: String, transform: InputTransform? = nil
  ) throws -> Matrix {
    Progress.show("reading \(path)")
    let selection = try columns.map { try ColumnSelection($0) }
    let matrix =
      try transform?.inputs(path, columns: selection)
      ?? DataFile.read(path, columns: selection, vectors: .row).matrix
    guard matrix.rows > 0 else {
      throw CyclogradError(
        .malformedFile, "the file has no rows", at: .init(file: path),
        advice: "\(option) needs one row for each sample")
    }
    return matrix
  }

  /// Says which file a mismatch is about.
  static func check(
    _ matrix: Matrix, columns: Int, of what: String, in path: String, option: String? = "--columns"
  ) throws {
    guard matrix.columns == columns else {
      throw CyclogradError(
        .shapeMismatch,
        "the rows have \(Quantity.count(matrix.columns, "column")), but the network has "
          + Quantity.count(columns, what),
        at: .init(file: path),
        advice: option.flatMap {
          matrix.columns > columns
            ? "select the columns, for example with \($0) 0..\(max(0, columns - 1))" : nil
        } ?? "give one number for each of them")
    }
  }

  /// Says which file has targets of the wrong width for a loss.
  static func checkTargets(
    _ targets: Matrix, _ network: Network, _ loss: any Loss, in path: String
  ) throws {
    if loss.targetColumns(outputs: network.outputCount).contains(targets.columns) { return }
    try check(
      targets, columns: network.outputCount, of: "output", in: path, option: "--target-columns")
  }

  /// The inputs of a network: from a file, or one sample without numbers where it has none.
  static func readInputs(
    _ path: String?, columns: String?, _ network: Network, transform: InputTransform? = nil
  ) throws -> Matrix {
    guard let path else {
      guard network.inputCount == 0 else {
        throw CyclogradError(
          .invalidOption,
          "the network has \(Quantity.count(network.inputCount, "input")), but there are no samples",
          advice: "give a file with --input")
      }
      return Matrix(rows: 1, columns: 0)
    }
    guard network.inputCount > 0 else {
      throw CyclogradError(
        .invalidOption, "the network has no inputs", at: .init(file: path),
        advice: "leave --input out; there is one sample")
    }
    let inputs = try read(path, columns: columns, option: "--input", transform: transform)
    try check(inputs, columns: network.inputCount, of: "input", in: path)
    return inputs
  }

  /// States of all units, one row for all samples or one for each.
  static func readStates(_ path: String, _ network: Network, samples: Int) throws -> Matrix {
    let table = try DataFile.read(path, vectors: .row)
    if let names = table.columnNames, names != network.unitNames {
      throw CyclogradError(
        .shapeMismatch, "the columns are not the units of this network in their order",
        at: .init(file: path), advice: "use a file that --save-state wrote for this graph")
    }
    let states = table.matrix
    guard states.columns == network.unitCount, states.rows == 1 || states.rows == samples else {
      throw CyclogradError(
        .shapeMismatch,
        "the file has \(states.rows) rows and \(states.columns) columns for \(samples) samples "
          + "and \(network.unitCount) units",
        at: .init(file: path),
        advice: "give one row for all samples or one for each, with a column for each unit")
    }
    return states
  }
}
