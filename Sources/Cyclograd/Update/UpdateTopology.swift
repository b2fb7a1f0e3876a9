/// Where the neurons and units of a network belong when a change is followed through it.
///
/// It follows from the network alone, so that the workers of a schedule share it.
final class UpdateTopology: Sendable {
  let stageOfNeuron: [Int32]
  let runOfNeuron: [Int32]
  /// The place of each cyclic stage among the workspaces.
  let workspaceOfStage: [Int]
  /// The column of the inputs that drives a unit, or −1.
  let inputColumn: [Int32]
  /// The most units or neurons that are evaluated together.
  let mostTogether: Int

  /// - Complexity: O(neurons + units).
  init(_ network: Network) {
    var stages = [Int32](repeating: 0, count: network.neuronCount)
    var runs = stages
    var places: [Int] = []
    var cyclic = 0
    var together = 1
    for (index, stage) in network.stages.enumerated() {
      places.append(cyclic)
      if stage.isCyclic { cyclic += 1 }
      for k in stage.neurons { stages[Int(k)] = Int32(index) }
      for number in stage.runs {
        let run = network.runs[Int(number)]
        for k in run.neurons { runs[Int(k)] = number }
        let units = network.evaluations[Int(run.group)].isSoftmax ? run.neurons.count : 1
        let first = Int(run.neurons.lowerBound)
        together = max(
          together, units, Int(network.unitStarts[first + 1] - network.unitStarts[first]))
      }
    }
    stageOfNeuron = stages
    runOfNeuron = runs
    workspaceOfStage = places
    var columns = [Int32](repeating: -1, count: network.unitCount)
    for (column, s) in network.inputUnits.enumerated() { columns[Int(s)] = Int32(column) }
    inputColumn = columns
    mostTogether = together
  }
}
