// A connectome read from an edge list: who makes synapses on whom, with signed counts.
// Run it with `swift run ConnectomeExample`, or with the path of an edge list of your own.
import Cyclograd
import CyclogradFormats
import Foundation

// Made up, in the manner of a touch circuit: two sensory neurons (ALM, PLM), interneurons that
// inhibit each other (AVB, AVA, AVD, PVC), two motor neurons (DB, DA).
let table = """
  source,target,weight
  ALM,AVD,6
  ALM,PVC,-3
  PLM,PVC,6
  PLM,AVD,-3
  AVD,AVA,8
  AVD,PVC,-2
  PVC,AVB,8
  PVC,AVD,-2
  AVA,AVB,-4
  AVB,AVA,-4
  AVA,AVA,2
  AVB,AVB,2
  AVA,DA,5
  AVB,DB,5
  DA,AVA,1
  DB,AVB,1
  """

var path = FileManager.default.temporaryDirectory.appendingPathComponent(
  "cyclograd-connectome-\(ProcessInfo.processInfo.processIdentifier).csv"
).path
var options = ImportOptions()
options.activation = .tanh
if CommandLine.arguments.count > 1 {
  path = CommandLine.arguments[1]
} else {
  try table.write(toFile: path, atomically: true, encoding: .utf8)
  options.inputs = "ALM,PLM"
  options.outputs = "DA,DB"
}
defer { if CommandLine.arguments.count == 1 { try? FileManager.default.removeItem(atPath: path) } }

let imported = try NetworkFormat.read(path, from: "edge-list", options: options)
var (network, parameters) = try imported.graph.compile()
print("\(network.neuronCount) neurons, \(network.edgeCount) edges,", terminator: " ")
print("\(network.cyclicComponentCount) cyclic, the largest of \(network.largestComponent)")

// Counts of synapses are not weights: one factor for all keeps the circuit responsive.
for index in 0..<network.weightParameterCount { parameters.values[index] *= 0.2 }

if network.inputCount == 2, network.outputCount == 2 {
  let simulator = try Simulator(network)
  let touches = Matrix([[1, 0], [0, 1], [0.5, 0.5]])
  let answers = try simulator.equilibrium(parameters, inputs: touches)
  for (sample, touch) in ["in front", "at the back", "on both sides"].enumerated() {
    let evidence = answers.evidence[sample]
    let numbers = answers.outputs[row: sample].map { String(format: "%+.3f", $0) }
    print(
      "touched \(touch): DA \(numbers[0]), DB \(numbers[1]) (\(evidence.status.rawValue))")
  }
}
