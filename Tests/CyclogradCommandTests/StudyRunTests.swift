import Cyclograd
import CyclogradReports
import Foundation
import Testing

@testable import CyclogradCommand
@testable import CyclogradFormats

@Suite("The runs of a study, in their file and in its tables")
struct StudyRunTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write(
      "net.yaml", "format: cyclograd/1\ngroups:\n  - {name: h, size: 3, role: [input, output]}\n")
    try scratch.write(
      "t.yaml",
      """
      format: cyclograd-training/1
      graph: net.yaml
      data: {file: d.csv, inputs: "0..2", targets: "0..2"}
      optimizer: adam
      rate: 0.1
      epochs: 4

      """)
  }

  private func path(_ name: String) -> String { scratch.folder.path + "/" + name }

  private func study(_ more: String = "") throws -> StudyFile {
    try scratch.write(
      "s.yaml",
      """
      format: cyclograd-study/1
      training: t.yaml
      seeds: 3
      measures: [test mse, test rmse]
      variants: [{name: a, family: f, x: 1}, {name: b, family: f, x: 2}]
      abscissa: size
      \(more)

      """)
    return try StudyFile.read(path("s.yaml"))
  }

  private func run(
    _ study: StudyFile, _ variant: Int, seed: Int, fold: Int? = nil,
    measures: [String: Double] = [:]
  ) throws -> StudyRun {
    let variant = study.variants[variant]
    return StudyRun(
      variant: variant.name, seed: seed, fold: fold,
      fingerprint: try study.fingerprint(of: variant), parameters: 3, end: "finished", steps: 4,
      bestStep: 4, skipped: 0, failed: 0, seconds: 1, inferenceSeconds: 1, measures: measures,
      confusion: nil, losses: [1], validationLosses: [])
  }

  private func write(_ runs: [StudyRun], _ name: String = "runs.jsonl") throws {
    let lines = try runs.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
    try scratch.write(name, lines.map { $0 + "\n" }.joined())
  }

  @Test("A run that was written twice counts once, as it was done last, and it is said")
  func repeated() throws {
    let study = try study()
    let values = [1.0, 2, 4]
    let once = try values.indices.map {
      try run(study, 0, seed: $0 + 1, measures: ["test mse": values[$0]])
    }
    let again = try run(study, 0, seed: 2, measures: ["test mse": 8])
    try write(once + [once[0], again])
    let store = try StudyStore(path("runs.jsonl"), study, isOverwritten: false)
    #expect(store.runs.map(\.seed) == [1, 2, 3] && store.repetitions == 2)
    #expect(store.runs.map { $0.measures["test mse"] } == [1, 8, 4])
    let table = try scratch.run("study", "s.yaml", "--table-only", "--runs", "runs.jsonl", "--json")
    #expect(table.errors.contains("runs.jsonl") && table.errors.contains("left out: 2"))
    let variants = try #require(try table.json()["variants"] as? [[String: Any]])
    #expect(variants[0]["runs"] as? Int == 3)

    var watched = try WatchedFolder(scratch.folder.path)
    _ = watched.refresh()
    let page = try #require(watched.page(of: nil))
    #expect(page.remarks.contains { $0.hasSuffix(": 2 of runs: a.") }, "\(page.remarks)")
  }

  @Test("A file of runs is written by one study at a time, and read by any")
  func held() throws {
    let study = try study()
    var first: StudyStore? = try StudyStore(path("runs.jsonl"), study, isOverwritten: false)
    let second = try StudyStore(path("runs.jsonl"), study, isOverwritten: false)
    try first?.hold()
    for isOverwritten in [false, true] {
      #expect {
        try StudyStore(path("runs.jsonl"), study, isOverwritten: isOverwritten).hold()
      } throws: {
        ($0 as? CyclogradError)?.message == "another study is writing to it"
      }
    }
    try first?.add(run(study, 1, seed: 2))
    #expect(
      try StudyStore(path("runs.jsonl"), study, isOverwritten: false).runs.map(\.variant) == ["b"])
    first = nil
    // What was added in between is there once the file is held.
    let trial = try #require(study.trials.first { $0.variant.name == "b" && $0.seed == 2 })
    #expect(!second.has(trial))
    try second.hold()
    #expect(second.has(trial))
  }

  @Test("A study that begins over has no runs, and one without any leaves no file")
  func overwritten() throws {
    let study = try study()
    try write([run(study, 0, seed: 1)])
    var store: StudyStore? = try StudyStore(path("runs.jsonl"), study, isOverwritten: true)
    #expect(store?.runs.isEmpty == true && scratch.read("runs.jsonl") == "")
    try store?.hold()
    store = nil
    #expect(scratch.read("runs.jsonl") == nil)
  }

  @Test("A mean says so where it is of fewer runs than are counted beside it")
  func counts() throws {
    let study = try study()
    let runs = try [
      run(study, 0, seed: 1, measures: ["test mse": 1, "test rmse": 1]),
      run(study, 0, seed: 2, measures: ["test mse": 2]),
      run(study, 0, seed: 3, measures: ["test mse": 3, "test rmse": 2]),
      run(study, 1, seed: 1, measures: ["test rmse": 5]),
    ]
    let report = StudyReport(study: study, runs: runs)
    let lines = report.text.split(separator: "\n")
    let first = try #require(lines.first { $0.hasPrefix("a ") })
    #expect(first.contains("2 ± 1 ") && first.hasSuffix("(2 of 3)"), "\(first)")
    let second = try #require(lines.first { $0.hasPrefix("b ") })
    #expect(!second.contains("of"), "\(second)")
    let json = report.json.line
    #expect(json.contains(#""counts": {"test mse": 3, "test rmse": 2}"#), "\(json)")
    #expect(json.contains(#""counts": {"test mse": 0, "test rmse": 1}"#))
    try report.write(to: scratch.folder.path)
    #expect(scratch.read("by-abscissa.svg")?.contains("runs with a value: b 0 of 1") == true)

    let page = TrainingComparison.page(TrainingRecord.records(of: runs), settings: [])
    let table = try #require(page.tables.first { $0.title == "Results" }).table
    let column = try #require(table.columns.firstIndex(of: "test rmse"))
    #expect(table.row(0)[column].hasSuffix(" (2 of 3)") && table.row(1)[column] == "5")
  }

  @Test("Seeds and folds together are runs, and means say that they are over both")
  func folds() throws {
    let study = try study("folds: 2")
    let runs = try [(1, 1), (1, 2), (2, 1)].map { seed, fold in
      try run(study, 0, seed: seed, fold: fold, measures: ["test mse": Double(seed + fold)])
    }
    let page = TrainingComparison.page(TrainingRecord.records(of: runs), settings: [])
    let table = try #require(page.tables.first { $0.title == "Results" }).table
    #expect(table.columns.starts(with: ["training", "runs"]) && table.row(0)[1] == "3")
    #expect(page.summary.contains("over the runs") && !page.summary.contains("seed"))
    let report = StudyReport(study: study, runs: runs)
    #expect(report.text.contains("over the seeds and folds\n"))
    try report.write(to: scratch.folder.path)
    for name in ["training-loss", "by-abscissa"] {
      #expect(scratch.read(name + ".svg")?.contains("mean over the seeds and folds") == true)
    }
  }

  @Test("What ended early is told with its fold, where there are folds")
  func ended() throws {
    for (more, fold) in [("folds: 4", 4), ("", nil)] as [(String, Int?)] {
      let study = try study(more)
      var run = try run(study, 0, seed: 2, fold: fold)
      run.end = "the training blows up"
      let report = StudyReport(study: study, runs: [run])
      let place = fold == nil ? "a, seed 2" : "a, seed 2, fold 4"
      #expect(report.text.contains(place + ": the training blows up; measured as it was"))
      let json = report.json.line
      #expect(json.contains(#""ended_early": [2]"#), "\(json)")
      let isTold = json.contains(#""ended_early_runs": [{"seed": 2, "fold": 4}]"#)
      #expect(isTold == (fold != nil), "\(json)")
    }
  }

  @Test("Tables of a file that is not there are refused")
  func absent() throws {
    _ = try study()
    let table = try scratch.run("study", "s.yaml", "--table-only", "--runs", "wrong.jsonl")
    #expect(table.status == 1 && table.output.isEmpty)
    #expect(
      table.errors.contains("wrong.jsonl: there are no runs; leave --table-only out, or name"),
      "\(table.errors)")
    #expect(scratch.read("wrong.jsonl") == nil)
  }
}
