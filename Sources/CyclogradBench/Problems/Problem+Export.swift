import Cyclograd
import CyclogradReports
import Foundation

extension Problem {
  /// Writes the problem for programs in other languages: `problem.json` and raw little-endian
  /// arrays, W in CSR with rows and columns in file order.
  func export(to folder: URL, tolerance: Double) throws {
    let (layout, direction) = (network.parameterLayout, direction)
    try write(layout.rowStarts.map { Int64($0) }, folder, "row-starts.i64")
    try write(layout.columns, folder, "columns.i32")
    try write(layout.weights.map { parameters.values[Int($0)] }, folder, "weights.f64")
    try write(layout.biases.map { parameters.values[Int($0)] }, folder, "biases.f64")
    try write(layout.weights.map { direction[Int($0)] }, folder, "direction-weights.f64")
    try write(layout.biases.map { direction[Int($0)] }, folder, "direction-biases.f64")
    try write(inputs.elements, folder, "inputs.f64")
    try write(targets.elements, folder, "targets.f64")
    let description: JSONValue = .object([
      ("name", .string(name)), ("neurons", .integer(network.neuronCount)),
      ("units", .integer(network.unitCount)), ("samples", .integer(inputs.rows)),
      ("inputs", .integer(network.inputCount)), ("outputs", .integer(network.outputCount)),
      ("activation", .string(activation.name)), ("tolerance", .number(tolerance)),
      ("layers", .list(layers.map { .integer($0) })),
    ])
    try Data(description.text.utf8).write(to: folder.appendingPathComponent("problem.json"))
  }

  private func write<Element>(_ elements: [Element], _ folder: URL, _ name: String) throws {
    let data = elements.withUnsafeBytes { Data($0) }
    try data.write(to: folder.appendingPathComponent(name))
  }
}
