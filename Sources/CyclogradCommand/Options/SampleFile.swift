import Cyclograd
import CyclogradFormats
import CyclogradReports

/// Samples from a file.
enum SampleFile {
  /// Reads a table with one row a sample, one column for each input or output.
  ///
  /// - Parameters:
  ///   - names: those of the inputs or outputs, by which columns with a header are found where none are selected.
  ///   - vectors: what a one-dimensional array is.
  ///   - missingAreZero: as of ``DataTable/columns(named:file:missingAreZero:)``.
  static func read(
    _ path: String, columns: String?, option: String, names: [String], vectors: VectorLayout,
    transform: InputTransform? = nil, missingAreZero: Bool? = nil
  ) throws -> Matrix {
    Progress.show("reading \(path)")
    let selection = try columns.map { try ColumnSelection($0) }
    let matrix: Matrix
    if let transform, !transform.isIdentity {
      matrix = try transform.inputs(path, columns: selection, inputNames: names)
    } else if columns == nil, missingAreZero != true,
      let found = try trained(transform, path, vectors)
    {
      matrix = found
    } else {
      let selection =
        try selection
        ?? DataFile.selection(of: names, in: path, allowsMissing: missingAreZero == true)
      let table = try DataFile.read(path, columns: selection, vectors: vectors)
      matrix =
        try columns == nil
        ? self.columns(of: table, names, path, missingAreZero: missingAreZero) : table.matrix
    }
    guard matrix.rows > 0 else {
      throw CyclogradError(
        .malformedFile, "the file has no rows", at: .init(file: path),
        advice: "\(option) needs one row for each sample")
    }
    return matrix
  }

  /// The columns that were inputs in a training, where the file has them.
  private static func trained(
    _ transform: InputTransform?, _ path: String, _ vectors: VectorLayout
  ) throws -> Matrix? {
    guard let columns = try transform?.inputColumns(in: path) else { return nil }
    do {
      return try DataFile.read(path, columns: columns, vectors: vectors).matrix
    } catch let error as CyclogradError where error.code == .invalidOption {
      // A file without names may hold the inputs alone, and so fewer columns than the training's.
      return nil
    }
  }

  /// The columns of a table by their names; says which inputs were left out and taken as 0.
  static func columns(
    of table: DataTable, _ names: [String], _ path: String, missingAreZero: Bool?
  ) throws -> Matrix {
    let matrix = try table.columns(named: names, file: path, missingAreZero: missingAreZero)
    if missingAreZero == true, let header = table.columnNames {
      let known = Set(header)
      let missing = names.filter { !known.contains($0) }
      if !missing.isEmpty, missing.count < names.count {
        Console.note(
          "\(path): \(Quantity.count(missing.count, "input")) left out and taken as 0: "
            + missing.prefix(5).joined(separator: ", ")
            + (missing.count > 5 ? " and \(missing.count - 5) more" : ""))
      }
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

  /// Reads the targets of samples: all columns of their file, those of the outputs' names, or those that are selected;
  /// without a file of their own, from that of the inputs.
  ///
  /// - Parameters:
  ///   - loss: what takes them; the half squared error if `nil`.
  ///   - takesClasses: whether class numbers do, whatever the loss takes.
  static func readTargets(
    _ path: String?, columns: String?, input: String?, _ network: any NamedNetwork,
    _ loss: (any Loss)?,
    takesClasses: Bool = false
  ) throws -> Matrix {
    let loss = loss ?? .halfSquaredError
    // A one-dimensional array has a target, such as a class number, for each sample.
    let isColumn =
      takesClasses || loss.targetColumns(outputs: network.outputCount).contains(1)
    guard let file = path ?? input else {
      throw CyclogradError(
        .invalidOption, "there are no targets", advice: "give a file with --target")
    }
    if path == nil, columns == nil {
      let names = Set(try DataFile.header(file) ?? [])
      guard network.outputNames.allSatisfy(names.contains), !network.outputNames.isEmpty else {
        throw CyclogradError(
          .invalidOption, "nothing says which columns are targets", at: .init(file: file),
          advice: "give --target-columns, or a file with --target")
      }
      return try DataFile.read(file, columns: ColumnSelection(names: network.outputNames)).matrix
    }
    return try read(
      file, columns: columns, option: path == nil ? "--input" : "--target",
      names: network.outputNames, vectors: isColumn ? .column : .row)
  }

  /// Cuts targets that are rows of a series as the training cut it, and leaves out the windows at its end, which have no
  /// targets.
  ///
  /// - Parameter isOneFile: whether inputs and targets are columns of one file.
  static func pair(
    _ inputs: inout Matrix, _ targets: inout Matrix, _ transform: InputTransform?,
    isOneFile: Bool, in path: String
  ) throws {
    guard
      let cut = try transform?.targets(
        of: targets, samples: inputs.rows, isOneFile: isOneFile, file: path)
    else { return }
    targets = cut
    inputs = inputs.selecting(rows: Array(0..<cut.rows))
  }

  /// Says which file has targets of the wrong width for a loss.
  static func checkTargets(
    _ targets: Matrix, _ network: any NamedNetwork, _ loss: any Loss, in path: String
  ) throws {
    if loss.targetColumns(outputs: network.outputCount).contains(targets.columns) { return }
    try check(
      targets, columns: network.outputCount, of: "output", in: path, option: "--target-columns")
  }

  /// The inputs of a network from a file, not checked yet.
  static func readInputs(
    _ path: String, columns: String?, _ network: any NamedNetwork, _ transform: InputTransform?,
    missingAreZero: Bool? = nil
  ) throws -> Matrix {
    try read(
      path, columns: columns, option: "--input", names: network.inputNames,
      vectors: network.inputCount == 1 ? .column : .row, transform: transform,
      missingAreZero: missingAreZero)
  }

  /// The inputs of a network: from a file, or one sample without numbers where it has none.
  static func readInputs(
    _ path: String?, columns: String?, _ network: any NamedNetwork,
    transform: InputTransform? = nil, missingAreZero: Bool? = nil
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
    let inputs = try readInputs(
      path, columns: columns, network, transform, missingAreZero: missingAreZero)
    try check(inputs, columns: network.inputCount, of: "input", in: path)
    return inputs
  }

  /// States of all units, one row for all samples or one for each; rows of NaN have none.
  static func readStates(_ path: String, _ network: any NamedNetwork, samples: Int) throws -> Matrix
  {
    let table = try DataFile.read(path, vectors: .row, allowNonFinite: true)
    let states = try table.columns(named: network.unitNames, file: path)
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
