import CCyclogradABI
import Cyclograd

/// See the header.
@c @implementation
public func cg_lesions(
  _ simulator: OpaquePointer, _ equilibrium: OpaquePointer, _ cuts: Int64,
  _ cut_starts: UnsafePointer<Int64>, _ sources: UnsafePointer<Int64>?,
  _ targets: UnsafePointer<Int64>?, _ outputs: UnsafeMutablePointer<Double>?,
  _ relations: UnsafeMutablePointer<Int32>?, _ residuals: UnsafeMutablePointer<Double>?,
  _ token: OpaquePointer?, _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  attempt(token, error) {
    let simulator = object(simulator, as: SimulatorHandle.self).simulator
    let equilibrium = object(equilibrium, as: EquilibriumHandle.self).equilibrium
    try equilibrium.require(simulator.network)
    let lesions = try CutList(
      starts: cutStarts(cut_starts, count: cuts), sources: sources, targets: targets
    ).lesions(of: simulator.network)
    let progress = TaskProgress.current
    progress?.begin("cutting", of: lesions.count)
    defer { progress?.end() }
    let study = try LesionStudy(lesions, at: equilibrium, with: simulator) {
      progress?.advance(by: 1)
    }
    let outcomes = study.outcomes.flatMap { $0 }
    outputs?.take(outcomes.flatMap { $0.outputs })
    residuals?.take(outcomes.map { $0.residual })
    for (place, outcome) in outcomes.enumerated() { relations?[place] = outcome.relation.number }
  }
}

/// Where each cut begins in the list of neurons, and where the last one ends.
private func cutStarts(
  _ numbers: UnsafePointer<Int64>, count: Int64
) throws(CyclogradError) -> [Int] {
  let starts =
    0..<Int64(Int32.max) ~= count
    ? UnsafeBufferPointer(start: numbers, count: Int(count) + 1).map { Int($0) } : []
  guard starts.first == 0, zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 }) else {
    throw CyclogradError(
      .invalidOption, "the starts of \(count) cuts do not ascend from 0",
      advice: "give one for each cut, and where the last one ends")
  }
  return starts
}

/// Cuts as C gives them: one list of neurons for all of them.
private struct CutList {
  let starts: [Int]
  let sources: UnsafePointer<Int64>?
  /// Where the edges end; `nil`: all edges that leave the sources are cut.
  let targets: UnsafePointer<Int64>?

  /// - Throws: ``CyclogradError`` for neurons and edges that there are not, and weights that several edges have in common.
  func lesions(of network: Network) throws -> [Lesion] {
    let finder = LesionFinder(network)
    guard sources != nil || starts.last == 0 else {
      throw CyclogradError(
        .invalidOption, "nothing says what is cut", advice: "give the neurons that edges leave")
    }
    return try zip(starts, starts.dropFirst()).map { start, end in
      let parts = try (start..<end).map { try part($0, network, finder) }
      return Lesion(
        parts.map(\.name).joined(separator: ", "), weights: parts.flatMap(\.weights))
    }
  }

  private func part(_ place: Int, _ network: Network, _ finder: LesionFinder) throws -> Lesion {
    func neuron(_ numbers: UnsafePointer<Int64>?) throws(CyclogradError) -> Int {
      guard let number = numbers?[place], 0..<Int64(network.neuronCount) ~= number else {
        throw CyclogradError(
          .invalidOption, "there is no neuron \(numbers?[place] ?? -1) to be cut",
          advice: "the network has \(network.neuronCount) neurons, counted from 0")
      }
      return Int(number)
    }
    guard targets != nil else { return try finder.outEdges(of: neuron(sources)) }
    return try finder.edge(from: neuron(sources), to: neuron(targets))
  }
}

extension LesionStudy.Relation {
  /// Its number in the interface.
  fileprivate var number: Int32 {
    switch self {
    case .continued: Int32(CG_LESION_CONTINUED.rawValue)
    case .another: Int32(CG_LESION_ANOTHER.rawValue)
    case .none: Int32(CG_LESION_NONE.rawValue)
    }
  }
}
