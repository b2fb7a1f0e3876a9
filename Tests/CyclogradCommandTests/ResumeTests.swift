import Foundation
import TestSupport
import Testing

@Suite(
  "A training that is resumed says what is different, or is refused", .tags(.slow), .unlessFast)
struct ResumeTests {
  private static let network = """
    format: cyclograd/1
    seed: 3
    groups:
      - {name: x, size: 2, role: input, bias: {value: 0, trainable: false}}
      - {name: h, size: 3, activation: tanh, bias: [0.1, -0.2, 0.3]}
      - {name: y, size: 1, role: output, bias: 0.05}
    connections:
      - {from: x, to: h, weight: [0.5, -0.3, 0.8, 0.2, -0.6, 0.4]}
      - {from: h, to: h, weight: [0.2, -0.4, 0.1, 0.3, 0.1, -0.5, -0.2, 0.6, 0.3]}
      - {from: h, to: y, weight: [1.0, -1.0, 0.5]}

    """

  private static let file = """
    format: cyclograd-training/1
    graph: net.yaml
    data: {file: d.csv, inputs: "a,b", targets: t}
    validation: {file: v.csv}
    optimizer: adam
    rate: 0.05
    epochs: 4
    batch: 4

    """

  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write("net.yaml", Self.network)
    try scratch.write("train.yaml", Self.file)
    var random = TestRandom(14)
    for name in ["d.csv", "v.csv"] {
      var rows = "a,b,t\n"
      for _ in 0..<20 {
        let (a, b) = (random.number(-2, 2), random.number(-2, 2))
        rows += "\(a),\(b),\(a * b / 2)\n"
      }
      try scratch.write(name, rows)
    }
  }

  private func train(_ arguments: String...) throws -> CommandRun {
    try scratch.run(["train", "train.yaml"] + arguments)
  }

  private func change(_ old: String, _ new: String) throws {
    #expect(Self.file.contains(old))
    try scratch.write("train.yaml", Self.file.replacingOccurrences(of: old, with: new))
  }

  private var output: Data? {
    try? Data(contentsOf: scratch.folder.appendingPathComponent("train-trained.safetensors"))
  }

  @Test("Another loss is refused; with --restart-best the choice of the best begins anew")
  func loss() throws {
    #expect(try train().status == 0)
    let before = output
    try change("epochs: 4", "loss: absolute-error\nepochs: 40")
    let refused = try train("--resume")
    #expect(refused.status == 1)
    #expect(
      refused.errors.contains("half-squared-error, not absolute-error")
        && refused.errors.contains("--restart-best"))
    #expect(output == before)
    let run = try train("--resume", "--restart-best", "--json", "--json-log", "log.jsonl")
    #expect(run.status == 0, "\(run.errors)")
    #expect(output != before)
    let best = try #require(try run.json()["best"] as? [String: Any])
    #expect((best["epoch"] as? Int ?? 0) > 4)
    #expect(try run.json()["chose_anew"] as? Bool == true)
    let log = try #require(scratch.read("log.jsonl"))
    #expect(log.contains(#""event": "resume""#) && log.contains(#""what": "loss""#))
    // From there on it is as any other training.
    let again = try train("--resume", "--json")
    #expect(again.status == 0)
    #expect((try again.json()["changes"] as? [Any])?.isEmpty == true)
  }

  @Test(
    "What the best or the optimizer's memory depends on is refused",
    arguments: [
      ("file: d.csv", "file: e.csv", "training data"),
      ("validation: {file: v.csv}", "validation: {file: e.csv}", "validation data"),
      ("validation: {file: v.csv}", "validation: {file: v.csv}\nselect: mae", "select"),
      ("validation: {file: v.csv}\n", "", "validation data"),
      ("optimizer: adam", "optimizer: adamw", "optimizer"),
    ])
  func yardsticks(old: String, new: String, what: String) throws {
    #expect(try train("--quiet").status == 0)
    let rows = try #require(scratch.read("d.csv")).split(separator: "\n")
    // The same rows but for a digit.
    let last = "0.125,0.25,1"
    try scratch.write("e.csv", (rows.dropLast() + [Substring(last)]).joined(separator: "\n") + "\n")
    try change(old, new)
    let refused = try train("--resume")
    #expect(refused.status == 1 && refused.errors.contains("the \(what) "), "\(refused.errors)")
    let run = try train("--resume", "--restart-best", "--epochs", "6", "--quiet")
    #expect(run.status == 0, "\(run.errors)")
  }

  @Test(
    "What the place in an epoch depends on is refused in any case",
    arguments: [
      ("batch: 4", "batch: 5", "batch 4, not 5"),
      ("batch: 4", "batch: 4\nseed: 2", "seed 0, not 2"),
      ("batch: 4", "batch: 4\nshuffle: false", "shuffle true, not false"),
    ])
  func places(old: String, new: String, message: String) throws {
    #expect(try train("--quiet").status == 0)
    try change(old, new)
    for options in [["--resume"], ["--resume", "--restart-best"]] {
      let run = try scratch.run(["train", "train.yaml"] + options)
      #expect(run.status == 1 && run.errors.contains(message), "\(run.errors)")
    }
  }

  @Test("Epochs, rate, schedule, measures and the like may change, and it is said")
  func free() throws {
    #expect(try train("--quiet").status == 0)
    try change(
      "rate: 0.05\nepochs: 4",
      "rate: 0.01\nschedule: {cosine: {to: 0.001}}\nmetrics: [mae]\nwarm-start: sample\nepochs: 9")
    let run = try train("--resume")
    #expect(run.status == 0, "\(run.errors)")
    for text in [
      "changed: epochs 4 → 9", "changed: rate 0.05 → 0.01",
      "changed: schedule constant → cosine to 0.001 in 45 steps", "changed: metrics none → mae",
      "changed: warm-start none → sample",
    ] {
      #expect(run.errors.contains(text), "\(run.errors)")
    }
    #expect(!run.errors.contains("begin anew"))
  }

  @Test(
    "--epochs is as the file's; --log-interval leaves events out, each of the others has a time")
  func options() throws {
    #expect(try train("--quiet", "--epochs", "7").status == 0)
    let before = output
    try change("epochs: 4", "epochs: 7")
    let run = try train(
      "--overwrite", "--quiet", "--json-log", "log.jsonl", "--log-interval", "1000")
    #expect(run.status == 0 && output == before)
    let lines = try #require(scratch.read("log.jsonl")).split(separator: "\n")
    #expect(lines.filter { $0.contains(#""event": "step""#) }.count == 1)
    #expect(lines.filter { $0.contains(#""event": "epoch""#) }.count == 2)
    #expect(lines.filter { $0.contains(#""event": "validation""#) }.count == 7)
    let time = /"time": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"/
    #expect(lines.allSatisfy { $0.contains(time) }, "\(lines[0])")
    #expect(try train("--restart-best").status == 64)
  }

  @Test("Checkpoints are written by time, in the middle of an epoch too")
  func byTime() throws {
    try change("batch: 4", "batch: 1\ncheckpoints: {minutes: 1.0e-9, keep: 1000}")
    #expect(try train("--quiet").status == 0)
    let folder = scratch.folder.appendingPathComponent("train-checkpoints").path
    let count = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasPrefix("step-") }.count
    #expect(count == 80)
    try change("batch: 4", "batch: 1\ncheckpoints: {minutes: 0}")
    #expect(try train("--overwrite", "--quiet").status == 0)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { $0.hasPrefix("step-") } == ["step-000000080.safetensors"])
    #expect(
      FileManager.default.fileExists(atPath: folder + "/best.safetensors"))
  }
}
