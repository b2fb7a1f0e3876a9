import Cyclograd
import CyclogradFormats
import CyclogradReports

/// The derivatives of parameters as rows: kind, source, target, unit, value, gradient.
struct GradientTable {
  let network: Network
  let parameters: Parameters
  /// Those of all samples together, or of each sample with its number; `nil` where there are none.
  let parts: [(sample: Int?, derivatives: [Double]?)]

  let isPerSample: Bool

  /// How a gradient is written to a file.
  static func format(_ output: String?, isPerSample: Bool) throws -> OutputFormat {
    var allowed: [OutputFormat] = [.csv, .tsv, .npz, .json, .jsonl]
    if !isPerSample { allowed.append(.safetensors) }
    return try OutputFormat(
      of: output, among: allowed, standard: .csv,
      for: isPerSample ? "gradients of samples" : "a gradient")
  }

  /// Writes the rows, or arrays of the derivatives alone.
  func write(to path: String, as format: OutputFormat) throws {
    switch format {
    case .npz:
      let missing = [Double](repeating: .nan, count: network.parameterCount)
      try ConnectionArrays.write(
        parts.map { $0.derivatives ?? missing }, of: network, isStacked: isPerSample, to: path)
    case .safetensors:
      try ParametersFile.write(
        Parameters(parts.first?.derivatives ?? []), of: network, to: path)
    case .json: try AtomicFile.write(to: path) { try $0.write(json.text + "\n") }
    case .jsonl:
      guard case .list(let rows) = json else { return }
      try AtomicFile.write(to: path) { file in
        for row in rows { try file.write(row.line + "\n") }
      }
    case .tsv: try AtomicFile.write(to: path) { try write(to: &$0, "\t") }
    default: try AtomicFile.write(to: path) { try write(to: &$0, ",") }
    }
  }

  private func write(to file: inout FileWriter, _ separator: String) throws {
    let columns = ["kind", "source", "target", "unit", "value", "gradient"]
    try file.write(
      ((isPerSample ? ["sample"] : []) + columns).joined(separator: separator) + "\n")
    for (sample, derivatives) in parts {
      // Closures cannot write to the caller's file, so rows are collected by the thousand.
      var rows: [String] = []
      network.forEachParameterUse { use in
        let kind = use.source == nil ? "bias" : "weight"
        let value = FileWriter.text(of: parameters.values[use.parameter])
        let derivative = FileWriter.text(of: derivatives?[use.parameter] ?? .nan)
        rows.append(
          ((sample.map { ["\($0)"] } ?? []) + [
            kind, use.source.map(CSVFile.cell) ?? "", CSVFile.cell(use.target), "\(use.unit)",
            value,
            derivative,
          ]).joined(separator: separator) + "\n")
      }
      for row in rows { try file.write(row) }
    }
  }

  var json: JSONValue {
    var rows: [JSONValue] = []
    for (sample, derivatives) in parts {
      network.forEachParameterUse { use in
        rows.append(
          .object(
            (sample.map { [("sample", .integer($0))] } ?? []) + [
              ("kind", .string(use.source == nil ? "bias" : "weight")),
              ("source", .optional(use.source)), ("target", .string(use.target)),
              ("unit", .integer(use.unit)), ("value", .number(parameters.values[use.parameter])),
              ("gradient", .optional(derivatives?[use.parameter])),
              ("trainable", .boolean(network.isTrainable(parameter: use.parameter))),
            ]))
      }
    }
    return .list(rows)
  }
}
