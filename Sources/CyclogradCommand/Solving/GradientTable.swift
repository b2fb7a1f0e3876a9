import Cyclograd
import CyclogradFormats
import CyclogradReports

/// The derivatives of parameters as rows: kind, source, target, unit, value, gradient, and in networks that have such the
/// factor, which times the value is the weight.
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
    try file.write(
      GradientRow.header(isPerSample: isPerSample, hasFactors: network.hasFactors, separator))
    for (sample, derivatives) in parts {
      // Closures cannot write to the caller's file, so rows are collected by the thousand.
      var rows: [String] = []
      network.forEachParameterUse { rows.append(row($0, sample, derivatives).text(separator)) }
      for row in rows { try file.write(row) }
    }
  }

  var json: JSONValue {
    var rows: [JSONValue] = []
    for (sample, derivatives) in parts {
      network.forEachParameterUse { rows.append(row($0, sample, derivatives).json) }
    }
    return .list(rows)
  }

  private func row(_ use: ParameterUse, _ sample: Int?, _ derivatives: [Double]?) -> GradientRow {
    GradientRow(
      sample: sample, source: use.source, target: use.target, unit: use.unit,
      value: parameters.values[use.parameter], derivative: derivatives?[use.parameter],
      factor: network.hasFactors ? use.factor : nil,
      isTrainable: network.isTrainable(parameter: use.parameter))
  }
}

/// The derivative of one weight or bias.
struct GradientRow {
  var sample: Int?
  /// `nil` for a bias.
  var source: String?
  var target: String
  var unit: Int
  var value: Double
  /// `nil` where there is none.
  var derivative: Double?
  /// What the parameter is multiplied with here; `nil` where no network parameter has a factor.
  var factor: Double?
  var isTrainable: Bool

  private var kind: String { source == nil ? "bias" : "weight" }

  static func header(
    isPerSample: Bool = false, hasFactors: Bool = false, _ separator: String
  ) -> String {
    let columns = ["kind", "source", "target", "unit", "value", "gradient"]
    return ((isPerSample ? ["sample"] : []) + columns + (hasFactors ? ["factor"] : []))
      .joined(separator: separator) + "\n"
  }

  func text(_ separator: String) -> String {
    ((sample.map { ["\($0)"] } ?? []) + [
      kind, source.map(CSVFile.cell) ?? "", CSVFile.cell(target), "\(unit)",
      FileWriter.text(of: value), FileWriter.text(of: derivative ?? .nan),
    ] + (factor.map { [FileWriter.text(of: $0)] } ?? [])).joined(separator: separator) + "\n"
  }

  var json: JSONValue {
    .object(
      (sample.map { [("sample", .integer($0))] } ?? []) + [
        ("kind", .string(kind)), ("source", .optional(source)), ("target", .string(target)),
        ("unit", .integer(unit)), ("value", .number(value)), ("gradient", .optional(derivative)),
        ("trainable", .boolean(isTrainable)),
      ] + (factor.map { [("factor", .number($0))] } ?? []))
  }
}
