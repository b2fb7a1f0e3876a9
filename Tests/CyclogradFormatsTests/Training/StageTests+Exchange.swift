import Foundation
import Testing

@testable import Cyclograd
@testable import CyclogradFormats

// Stages that exchange edges or match states, and what becomes of an optimizer's memory there.
extension StageTests {
  @Test(
    "Edges are exchanged between trainings: their number stays, the optimizer goes on, and all of it resumes",
    arguments: ["magnitude", "gradient"], ["adam", "{sgd: {momentum: 0.9}}"])
  func rewiring(criterion: String, optimizer: String) throws {
    var file = try file(
      "[{repeat: 2, stages: [{train: {epochs: 1, optimizer: \(optimizer)}}, "
        + "{rewire: {from: h, to: h, prune: 0.5, grow: 0.5, by: \(criterion)}}]}, "
        + "{train: {epochs: 2, optimizer: \(optimizer)}}, {fit: {readout: y}}]",
      "validation: {file: d.csv}")
    #expect(file.stages.count == 6 && file.exchangesEdges)
    file.output = folder("out-trained.safetensors")
    let (whole, events, session) = try train(file)
    #expect(session.isFinished)
    #expect(events.count { $0.hasPrefix("rewiring") } == 2)
    // 36 edges, of which 18 go and 9 come; then 27, of which 13 go and 6 come.
    #expect(session.network.edgeCount == 12 + 20 + 6)
    let network = try Data(contentsOf: URL(fileURLWithPath: folder("out-trained.yaml")))
    for stop in 0...events.count {
      let again = try train(file, stopAfter: [stop])
      #expect(again.output == whole && again.events == events, "stopped after \(stop)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: folder("out-trained.yaml"))) == network)
    }
    // What was written is the network that was trained.
    let (other, parameters) = try NetworkFormat.read(folder("out-trained.yaml")).graph.compile()
    #expect(other.edgeCount == 38)
    let inputs = Matrix([[0.3, -0.2], [-0.7, 0.9]])
    let trained = try ParametersFile.read(file.output, for: session.network)
    let (a, b) = (
      try Simulator(other).equilibrium(parameters, inputs: inputs).outputs,
      try session.setup.simulator.equilibrium(trained, inputs: inputs).outputs
    )
    for (x, y) in zip(a.elements, b.elements) { #expect(abs(x - y) < 1e-9) }
  }

  @Test(
    "States are matched between trainings: the weights are those of the command's rule, the others go, and all of it resumes"
  )
  func matching() throws {
    let file = try file(
      "[{train: {epochs: 2}}, {match: {keep: 0.5, groups: [h], refit: true}}, {train: {epochs: 1}}, {fit: {readout: y}}]"
    )
    #expect(file.exchangesEdges)
    let (whole, events, session) = try train(file)
    #expect(session.isFinished && events.count { $0.hasPrefix("rewiring") } == 1)
    for stop in 0...events.count {
      let again = try train(file, stopAfter: [stop])
      #expect(again.output == whole && again.events == events, "stopped after \(stop)")
    }
    var run = try StagedRun(TrainingSetup(file))
    var teacher: Parameters?
    repeat {
      teacher = run.parameters
      if case .event(.rewiring) = try run.next() { break }
    } while true
    let setup = try TrainingSetup(file)
    let student = try StateMatching(
      setup.simulator, #require(teacher), on: setup.trainingSource, groups: ["h"]
    ).student(.keep(0.5), refits: true, target: .nothing, loss: .halfSquaredError)
    // Loops are not matched, and stay.
    #expect(student.report.weightsAfter <= 21)
    #expect(run.setup.network.edgeCount == 6 + 6 + student.report.weightsAfter)
    let inputs = Matrix([[0.3, -0.2], [-0.7, 0.9]])
    let outputs = try setup.simulator.equilibrium(student.parameters, inputs: inputs).outputs
    let found = try run.setup.simulator.equilibrium(
      run.run.trainer.parameters, inputs: inputs
    ).outputs
    for (x, y) in zip(outputs.elements, found.elements) { #expect(abs(x - y) < 1e-9) }
    for wrong in [
      "{keep: 2}", "{share: -1}", "{}", "{keep: 0.5, ball: 1}", "{keep: 0.5, groups: h}",
    ] {
      #expect(throws: CyclogradError.self) { try self.file("[{match: \(wrong)}]") }
    }
    #expect(throws: CyclogradError.self) {
      try StagedRun(TrainingSetup(self.file("[{match: {keep: 0.5, groups: [k]}}]")))
    }
  }

  @Test(
    "A matching with another pattern brings edges of its own, and resumes",
    arguments: ["any", "acyclic"])
  func patterns(pattern: String) throws {
    let file = try file(
      "[{rewire: {prune: 0.5, grow: 0, to: h}}, {match: {keep: 0.6, groups: [h], pattern: \(pattern)}}, {fit: {readout: y}}]"
    )
    let (whole, events, session) = try train(file)
    for stop in 0...events.count {
      let again = try train(file, stopAfter: [stop])
      #expect(again.output == whole && again.events == events, "stopped after \(stop)")
    }
    // 48 edges into h, of which 24 go; loops are not matched.
    #expect(session.network.edgeCount <= 6 + 24 && session.network.edgeCount > 6 + 6)
    #expect(session.network.stages.contains(where: \.isCyclic) == (pattern == "any"))
    #expect(throws: CyclogradError.self) {
      try self.file("[{match: {keep: 0.5, pattern: some}}]")
    }
  }

  @Test(
    "Balls, terms, groups and exchanges whose edges a stage has taken out mean nothing any more",
    arguments: [
      (
        "{match: {keep: 0.5, groups: [h], pattern: acyclic}}", "balls: [{radius: 0.9}]",
        "the ball 0.9 for edges within cycles"
      ),
      (
        "{rewire: {from: h, to: h, prune: 1, grow: 0}}", "balls: [{radius: 0.9, from: h, to: h}]",
        "the ball 0.9 for weights from h to h"
      ),
      (
        "{rewire: {from: h, to: h, prune: 1, grow: 0}}",
        "regularise: [{l1: 0.001, from: h, to: h}]", "l1 0.001 of"
      ),
      (
        "{rewire: {from: h, to: h, prune: 1, grow: 0}}",
        "normalise: [{from: h, to: h, bound: 0.5}]", "normalise h to h"
      ),
      (
        "{rewire: {from: h, to: h, prune: 1, grow: 0}}",
        "groups: [{name: r, kind: weights, from: h, to: h, decay: 0.1}]", "the parameter group r"
      ),
      (
        "{rewire: {from: h, to: h, prune: 1, grow: 0}}, {rewire: {from: h, to: h, prune: 0.5}}",
        "", ""
      ),
    ])
  func emptied(exchange: String, rule: String, remark: String) throws {
    let stages = "[{train: {epochs: 1}}, \(exchange), {train: {epochs: 1}}]"
    let file = try file(stages, rule)
    let (whole, events, session) = try train(file)
    #expect(session.isFinished)
    let idle = try session.setup.idleRules(inStage: file.stages.count - 1)
    #expect(idle.count == (remark.isEmpty ? 0 : 1))
    #expect(idle.allSatisfy { $0.hasPrefix(remark) }, "\(idle)")
    for stop in 0...events.count {
      let again = try train(file, stopAfter: [stop])
      #expect(again.output == whole && again.events == events, "stopped after \(stop)")
    }
    // What the graph itself does not have is refused as before.
    #expect(throws: CyclogradError.self) {
      try StagedRun(TrainingSetup(self.file(stages, "balls: [{radius: 0.9, from: y, to: h}]")))
    }
  }

  @Test("Frozen groups stay where edges are exchanged, rows matched and states descended")
  func frozen() throws {
    let groups = "groups: [{name: in, kind: weights, from: x, frozen: true}]"
    for stage in [
      "{rewire: {prune: 0.5}}", "{match: {share: 0.4, groups: [h]}}",
      "{fenchel: {readout: y, steps: 3}}",
    ] {
      let file = try file("[\(stage)]", groups)
      let (_, _, session) = try train(file)
      let before = try TrainingSetup(file)
      func weights(_ network: Network, _ parameters: Parameters) -> [Double] {
        let layout = network.parameterLayout
        return (2..<8).flatMap { row in
          (layout.rowStarts[row]..<layout.rowStarts[row + 1])
            .filter { layout.columns[$0] < 2 }
            .map { parameters.values[Int(layout.weights[$0])] }
        }
      }
      let trained = session.run.trainer.parameters
      #expect(
        weights(session.network, trained) == weights(before.network, before.parameters), "\(stage)")
      #expect(trained.values != before.parameters.values)
    }
  }

  @Test("A fit between an exchange of edges and a training leaves the optimizer's memory alone")
  func memoryAcrossFits() throws {
    let stages = [
      "{rewire: {prune: 0.4, to: h}}, {fit: {readout: y}}",
      "{fit: {readout: y}}, {rewire: {prune: 0.4, to: h}}",
    ]
    for between in stages {
      var run = try StagedRun(
        TrainingSetup(file("[{train: {epochs: 2}}, \(between), {train: {epochs: 1}}]")))
      repeat { _ = try run.next() } while run.run.progress.stage < 3
      #expect(run.run.trainer.state.optimizer.updates == 6, "\(between)")
    }
    // Without an exchange, a training begins anew.
    var plain = try StagedRun(
      TrainingSetup(file("[{train: {epochs: 2}}, {fit: {readout: y}}, {train: {epochs: 1}}]")))
    repeat { _ = try plain.next() } while plain.run.progress.stage < 2
    #expect(plain.run.trainer.state.optimizer.updates == 0)
  }

  @Test("What the optimizer remembers moves with the edges")
  func memory() throws {
    let file = try file(
      "[{train: {epochs: 2}}, {rewire: {from: h, to: h, prune: 0.4, grow: 0.5}}, {train: {epochs: 1}}]"
    )
    var run = try StagedRun(TrainingSetup(file))
    var before: TrainerState?
    var setup: TrainingSetup?
    var added: [Rewiring.Edge] = []
    loop: while true {
      let (state, old) = (run.run.trainer.state, run.setup)
      if case .event(.rewiring(let plan, _)) = try run.next() {
        (before, setup, added) = (state, old, plan.added)
        break loop
      }
    }
    // Some go and come back.
    #expect(added.contains { edge in [0, 1, 2, 3, 4, 5].contains(edge.row - 2) })
    let (old, new) = (try #require(setup).network, run.setup.network)
    let state = try #require(before)
    let after = run.run.trainer.state
    #expect(after.optimizer.updates == 6 && state.optimizer.updates == 6)
    let (a, b) = (old.parameterLayout, new.parameterLayout)
    func edges(_ layout: ParameterLayout) -> [[Int]: Int] {
      var result: [[Int]: Int] = [:]
      for row in 0..<layout.rowStarts.count - 1 {
        for edge in layout.rowStarts[row]..<layout.rowStarts[row + 1] {
          result[[row, Int(layout.columns[edge])]] = Int(layout.weights[edge])
        }
      }
      return result
    }
    let (first, second) = (edges(a), edges(b))
    #expect(second.count == first.count - 14 + 7 && Set(second.keys) != Set(first.keys))
    for (edge, place) in second {
      let isNew = added.contains { $0.row == edge[0] && Int($0.column) == edge[1] }
      let source = isNew ? nil : first[edge].flatMap { $0 }
      #expect(isNew || source != nil)
      #expect(
        after.parameters.values[place] == (source.map { state.parameters.values[$0] } ?? 0))
      for slot in 0..<2 {
        #expect(
          after.optimizer.memory[slot * new.parameterCount + place]
            == (source.map { state.optimizer.memory[slot * old.parameterCount + $0] } ?? 0))
      }
    }
    for row in b.biases.indices {
      #expect(
        after.parameters.values[Int(b.biases[row])] == state.parameters.values[Int(a.biases[row])])
    }
  }

  @Test(
    "Methods that take all samples go on after an exchange of edges: Newton's damping is that of all parameters, and pairs are forgotten",
    arguments: ["newton", "gauss-newton", "lbfgs"])
  func exchangeWithoutSteps(optimizer: String) throws {
    let train = "{train: {epochs: 4, optimizer: \(optimizer), rate: 1, batch: 24}}"
    let file = try file("[\(train), {rewire: {to: h, prune: 0.5}}, \(train)]")
    var run = try StagedRun(TrainingSetup(file))
    repeat { _ = try run.next() } while run.run.progress.stage < 2
    let state = run.run.trainer.state
    if optimizer == "lbfgs" {
      #expect(state.optimizer.updates == 0 && state.optimizer.memory.allSatisfy { $0 == 0 })
    } else {
      #expect(state.optimizer.updates == 4)
      #expect(state.optimizer.memory.count == run.setup.network.parameterCount)
      #expect(Set(state.optimizer.memory).count == 1 && state.optimizer.memory[0] > 0)
    }
    let before = try #require(
      run.setup.evaluate(.training, run.run.trainer.parameters).evaluation.loss)
    while case .event = try run.next() {}
    #expect(run.isFinished)
    let after = try #require(
      run.setup.evaluate(.training, run.run.trainer.parameters).evaluation.loss)
    #expect(after < before)
  }
}
