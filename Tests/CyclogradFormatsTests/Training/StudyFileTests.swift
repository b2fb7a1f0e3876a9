import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

@Suite("Studies change trainings, by grids and by hand, and divide samples into folds")
struct StudyFileTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    _ = try folder.write(
      "format: cyclograd/1\ngroups:\n  - {name: h, size: 3, role: [input, output]}\n", "net.yaml")
    _ = try folder.write(
      """
      format: cyclograd-training/1
      graph: net.yaml
      data: {file: d.csv, inputs: "0..2", targets: "0..2"}
      optimizer: adam
      rate: 0.1
      epochs: 4

      """, "t.yaml")
  }

  private func study(_ more: String) throws -> StudyFile {
    try StudyFile.read(
      try folder.write(
        """
        format: cyclograd-study/1
        training: t.yaml
        seeds: 2
        measures: [test mse]
        \(more)

        """, "s.yaml"))
  }

  @Test("Epochs are changed only where a stage makes as many as the file says")
  func epochsOfStages() throws {
    _ = try folder.write(
      try String(contentsOfFile: folder("t.yaml"), encoding: .utf8)
        + "stages: [{train: {epochs: 2}}, {repeat: 2, stages: [{train: {rate: 0.01}}]}]\n",
      "t.yaml")
    _ = try study("variants: [{name: a, with: {epochs: 3}}]")
    _ = try folder.write(
      try String(contentsOfFile: folder("t.yaml"), encoding: .utf8)
        .replacing("rate: 0.01", with: "epochs: 5"), "t.yaml")
    for more in ["variants: [{name: a, with: {epochs: 3}}]", "grid: {epochs: [1, 2]}"] {
      #expect {
        _ = try study(more)
      } throws: {
        ($0 as? CyclogradError)?.message.contains("every stage that trains says its own") == true
      }
    }
  }

  @Test("Seeds are those of the study, and not for a variant or a grid to say")
  func seeds() throws {
    for more in [
      "grid: {seed: [1, 2]}\nvariants: [{name: a}]", "variants: [{name: a, with: {seed: 2}}]",
    ] {
      #expect {
        _ = try study(more)
      } throws: {
        ($0 as? CyclogradError)?.advice?.contains("'seeds'") == true
      }
    }
  }

  @Test("A grid has every combination, the last key changing fastest, on top of each variant")
  func grid() throws {
    var study = try study(
      """
      grid:
        lr: [0.1, 0.01]
        sizes: [{h: 3}, {h: 5}]
        optimizer: [adamw, {sgd: {momentum: 0.9}}]
      variants:
        - {name: a}
        - {name: b, with: {epochs: 7, regularise: [{l1: 0.1}]}}
      """)
    #expect(study.variants.count == 16)
    let variant = study.variants[9]
    #expect(variant.name == "b, lr 0.1, sizes {h: 3}, optimizer {sgd: {momentum: 0.9}}")
    let training = study.training(of: variant, seed: 2)
    #expect(training.options.learningRate.base == 0.1 && training.run.epochs == 7)
    #expect(training.options.optimizer == .sgd(momentum: 0.9) && training.sizes == ["h": 3])
    #expect(training.options.regularisers.count == 1 && training.run.seed == 2)
    let first = study.training(of: study.variants[0], seed: 1)
    #expect(first.options.optimizer == .adamW() && first.run.epochs == 4)
    #expect(study.training(of: study.variants[4], seed: 1).options.learningRate.base == 0.01)
    let prints = try study.variants.map { try study.fingerprint(of: $0) }
    #expect(Set(prints).count == 16)
    try study.setEpochs(3)
    #expect(study.training(of: variant, seed: 1).run.epochs == 3)
    #expect(study.trials.count == 32 && study.trials.allSatisfy { $0.fold == nil })
  }

  @Test("Folds make a trial for each fold, whose samples are left out of the training")
  func folds() throws {
    let study = try study("folds: 3\nvariants: [{name: a}]")
    #expect(study.trials.map(\.fold) == [1, 2, 3, 1, 2, 3])
    #expect(study.trials.map(\.seed) == [1, 1, 1, 2, 2, 2])
    #expect(study.recipe(fold: 2).steps == [.fold(.test, number: 2, of: 3, seed: 0)])
    let other = try self.study(
      "folds: {of: 4, part: validation, seed: 9}\nvariants: [{name: a}]")
    #expect(other.recipe(fold: 4).steps == [.fold(.validation, number: 4, of: 4, seed: 9)])
    #expect(
      try study.fingerprint(of: study.variants[0]) != other.fingerprint(of: study.variants[0]))
  }

  @Test("Every seed and fold of a variant counts once, as it was done last, in their order")
  func records() throws {
    var runs: [StudyRun] = []
    for (seed, fold) in [(2, 3), (2, 1), (1, 2), (1, 1), (2, 2), (1, 3), (1, 1)] {
      for variant in ["b", "a"] {
        runs.append(
          StudyRun(
            variant: variant, seed: seed, fold: fold, fingerprint: "f", parameters: 1,
            end: "finished", steps: 10 * seed + fold, bestStep: 0, skipped: 0, failed: 0,
            seconds: Double(runs.count), inferenceSeconds: 0, measures: [:], confusion: nil,
            losses: [1], validationLosses: [nil]))
      }
    }
    let records = TrainingRecord.records(of: runs)
    #expect(records.map(\.name) == ["b", "a"] && records.map(\.trainings) == [6, 6])
    #expect(records.map(\.repetitions) == [1, 1])
    let steps = try #require(records[0].results.first { $0.quantity == "steps" })
    #expect(steps.values.mean == 17)
    let seconds = try #require(records[0].results.first { $0.quantity == "seconds" })
    #expect(seconds.values.mean == (0 + 2 + 4 + 8 + 10 + 12) / 6)
  }

  @Test(
    "What is wrong is said, with its place",
    arguments: [
      ("grid: {rate: []}", "no values"), ("grid: {rate: 0.1}", "must be a list"),
      ("grid: {data: [a]}", "unknown key 'data'"), ("grid: {}", "empty"),
      ("grid: {rate: [0.1, -1]}", "s.yaml:5"), ("grid: {rate: [0.1, 0.1]}", "same name"),
      ("grid: {rate: [1]}\nvariants: [{name: a, with: {rate: 2}}]", "in the grid"),
      ("variants: [{name: a, with: {graph: x}}]", "unknown key 'graph'"),
      ("folds: 1\nvariants: [{name: a}]", "folds"),
      ("folds: {of: 3, part: training}\nvariants: [{name: a}]", "part"),
      ("name: nothing", "variants"),
    ])
  func wrong(text: String, message: String) {
    #expect {
      _ = try study(text)
    } throws: {
      "\($0)".contains(message)
    }
  }

  @Test("Windows that overlap are not divided into folds", arguments: [(4, false), (1, true)])
  func overlappingWindows(stride: Int, isRefused: Bool) throws {
    let text = try String(contentsOfFile: folder("t.yaml"), encoding: .utf8)
    _ = try folder.write(
      text.replacing(
        "targets: \"0..2\"", with: "targets: \"0..2\", windows: {length: 4, stride: \(stride)}"),
      "t.yaml")
    let more = "folds: 3\nvariants: [{name: a}]"
    guard isRefused else {
      _ = try study(more)
      return
    }
    #expect {
      _ = try study(more)
    } throws: {
      ($0 as? CyclogradError)?.message.contains("windows overlap") == true
    }
  }
}
