import Cyclograd
import CyclogradFormats
import CyclogradReports

/// The derivatives of parameters as rows: kind, source, target, unit, value, gradient.
struct GradientTable {
  private let network: Network
  private let parameters: Parameters
  /// The mean's gradient, or each sample's.
  private let gradients: [Gradient]
  private let isPerSample: Bool

  init(
    _ network: Network, _ parameters: Parameters, _ gradient: Gradient, _ samples: [Gradient]
  ) {
    self.network = network
    self.parameters = parameters
    gradients = samples.isEmpty ? [gradient] : samples
    isPerSample = !samples.isEmpty
  }

  func write(to file: inout FileWriter) throws {
    try file.write((isPerSample ? "sample," : "") + "kind,source,target,unit,value,gradient\n")
    for (sample, gradient) in gradients.enumerated() {
      // Closures cannot write to the caller's file, so rows are collected by the thousand.
      var rows: [String] = []
      network.forEachParameterUse { use in
        let kind = use.source == nil ? "bias" : "weight"
        let value = FileWriter.text(of: parameters.values[use.parameter])
        let derivative = FileWriter.text(of: gradient.parameters[use.parameter])
        rows.append(
          (isPerSample ? "\(sample)," : "")
            + "\(kind),\(use.source ?? ""),\(use.target),\(use.unit),\(value),\(derivative)\n")
      }
      for row in rows { try file.write(row) }
    }
  }

  var json: JSONValue {
    var rows: [JSONValue] = []
    for (sample, gradient) in gradients.enumerated() {
      network.forEachParameterUse { use in
        rows.append(
          .object(
            (isPerSample ? [("sample", .integer(sample))] : []) + [
              ("kind", .string(use.source == nil ? "bias" : "weight")),
              ("source", .optional(use.source)), ("target", .string(use.target)),
              ("unit", .integer(use.unit)), ("value", .number(parameters.values[use.parameter])),
              ("gradient", .number(gradient.parameters[use.parameter])),
              ("trainable", .boolean(network.isTrainable(parameter: use.parameter))),
            ]))
      }
    }
    return .list(rows)
  }
}
