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

  func write(to file: inout FileWriter) throws {
    try file.write((isPerSample ? "sample," : "") + "kind,source,target,unit,value,gradient\n")
    for (sample, derivatives) in parts {
      // Closures cannot write to the caller's file, so rows are collected by the thousand.
      var rows: [String] = []
      network.forEachParameterUse { use in
        let kind = use.source == nil ? "bias" : "weight"
        let value = FileWriter.text(of: parameters.values[use.parameter])
        let derivative = FileWriter.text(of: derivatives?[use.parameter] ?? .nan)
        rows.append(
          (sample.map { "\($0)," } ?? "")
            + "\(kind),\(use.source ?? ""),\(use.target),\(use.unit),\(value),\(derivative)\n")
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
