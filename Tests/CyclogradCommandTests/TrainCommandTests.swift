import Foundation
import TestSupport
import Testing

@Suite("cyclograd train", .tags(.slow), .unlessFast)
struct TrainCommandTests {
  @Test(
    "trains, reports each epoch, and writes parameters that solve reads")
  func trains() throws {
    let job = try TrainingScratch(epochs: 30, "checkpoints: {every: 1}")
    let run = try job.train()
    #expect(run.status == 0, "\(run.errors)")
    let lines = run.errors.split(separator: "\n").filter { $0.contains("Z  epoch ") }
    #expect(lines.count == 30)
    #expect(
      lines.allSatisfy {
        $0.contains("loss ") && $0.contains("samples/s") && $0.contains(" left")
          && $0.contains("forward") && $0.contains("backward")
      })
    #expect(run.output.contains("trained 30 epochs, 120 steps"))
    #expect(job.checkpoints.count == 3)
    let solved = try job.scratch.run(
      "solve", "net.yaml", "--input", "data.csv", "--columns", "0..1", "--parameters",
      "job-trained.safetensors")
    #expect(solved.status == 0, "\(solved.errors)")
  }

  @Test("a training with other sizes than the graph's writes the network that solve takes")
  func sizes() throws {
    let job = try TrainingScratch(epochs: 2, "sizes: {h: 7}")
    let run = try job.train()
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("the network: job-trained.yaml"), "\(run.output)")
    let samples = ["--input", "data.csv", "--columns", "0..1"]
    let solved = try job.scratch.run(["solve", "job-trained.yaml"] + samples)
    #expect(solved.status == 0, "\(solved.errors)")
    let loaded = try job.scratch.run(
      ["solve", "job-trained.yaml", "--parameters", "job-trained.safetensors"] + samples)
    #expect(loaded.output == solved.output, "\(loaded.errors)")
    let old = try job.scratch.run(
      ["solve", "net.yaml", "--parameters", "job-trained.safetensors"] + samples)
    #expect(old.status == 1)
    // It is that which was trained.
    _ = try job.scratch.run("evaluate", "job.yaml", "--part", "training", "--output", "rows.csv")
    func column(_ text: String?, _ place: Int) -> [Double] {
      (text ?? "").split(separator: "\n").dropFirst().map {
        Double($0.split(separator: ",")[place]) ?? .nan
      }
    }
    let (answers, trained) = (column(solved.output, 0), column(job.scratch.read("rows.csv"), 3))
    #expect(answers.count == 30 && trained.count == 30)
    #expect(zip(answers, trained).allSatisfy { abs($0 - $1) < 1e-8 })
    let json = try job.train("--overwrite", "--json").json()
    #expect(json["network_output"] as? String == "job-trained.yaml")
  }

  @Test("JSON has the contract's keys; the log has a line for every event, the loss falls")
  func log() throws {
    let job = try TrainingScratch(
      epochs: 40,
      "validation: {file: data.csv, inputs: \"0..1\", targets: product, per-epoch: 2}")
    let run = try job.train("--json", "--json-log", "log.jsonl")
    let json = try run.json()
    #expect(json["finished"] as? Bool == true)
    #expect(json["epochs"] as? Int == 40 && json["steps"] as? Int == 160)
    #expect(run.errors.isEmpty)
    let events = try #require(job.scratch.read("log.jsonl")).split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
    }
    func losses(_ kind: String) -> [Double] {
      events.filter { $0["event"] as? String == kind }.compactMap { $0["loss"] as? Double }
    }
    #expect(losses("step").count == 160)
    #expect(losses("validation").count == 80)
    #expect(losses("epoch").count == 40)
    #expect(losses("epoch")[39] < 0.5 * losses("epoch")[0])
    let best = try #require(json["best"] as? [String: Any])
    #expect(best["loss"] as? Double == losses("validation").min())
    #expect(job.bytes("job-checkpoints/best.safetensors") != nil)
  }

  @Test("files that could not be written, or would be removed, are said before anything is trained")
  func outputs() throws {
    let job = try TrainingScratch(epochs: 1)
    for (arguments, message) in [
      (["--output", "x.yaml"], "written as .safetensors"),
      (["--output", "none/x.safetensors"], "no folder"),
      (["--output", "job-checkpoints/x.safetensors"], "folder of checkpoints"),
      (["--json-log", "job-checkpoints/log.jsonl"], "folder of checkpoints"),
      (["--json-log", "job-trained.safetensors"], "write over"),
    ] {
      let run = try job.scratch.run(["train", "job.yaml"] + arguments)
      #expect(run.status == 1 && run.errors.contains(message), "\(arguments): \(run.errors)")
      #expect(job.checkpoints.isEmpty)
    }
  }

  @Test("a log whose last line was cut off goes on with whole lines")
  func tornLog() throws {
    let job = try TrainingScratch(epochs: 2)
    #expect(try job.train("--json-log", "log.jsonl", "--quiet").status == 0)
    let log = try #require(job.scratch.read("log.jsonl"))
    for cut in [1, 20] {
      try job.scratch.write("log.jsonl", String(log.dropLast(cut)))
      let run = try job.train("--json-log", "log.jsonl", "--quiet", "--resume", "--epochs", "3")
      #expect(run.status == 0, "\(run.errors)")
      let lines = try #require(job.scratch.read("log.jsonl")).split(separator: "\n")
      for line in lines {
        #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil, "\(line)")
      }
      // An end that is missing is given to a line that is whole.
      #expect(
        String(log.dropLast(cut)).split(separator: "\n").count - (cut == 1 ? 0 : 1) < lines.count)
    }
  }

  @Test("the kind of gradient is that of the training file")
  func kinds() throws {
    let results = try ["exact", "neumann:5", "phantom:5:1", "phantom:5:0.5"].map { kind in
      let job = try TrainingScratch("gradient: \(kind)")
      let run = try job.train("--quiet")
      #expect(run.status == 0, "\(run.errors)")
      return try #require(job.bytes("job-trained.safetensors"))
    }
    #expect(results[1] == results[2])
    #expect(results[0] != results[1] && results[1] != results[3])
    let bad = try TrainingScratch("gradient: neumann:0").train()
    #expect(bad.status == 1)
    #expect(bad.errors.contains("job.yaml:13") && bad.errors.contains("'neumann:0'"))
  }

  @Test("The number of threads changes nothing; the seed does")
  func reproducible() throws {
    let results = try [["--threads", "1"], ["--threads", "4"], ["--seed", "12"]].map { more in
      let job = try TrainingScratch()
      #expect(try job.scratch.run(["train", "job.yaml", "--quiet"] + more).status == 0)
      return try #require(job.bytes("job-trained.safetensors"))
    }
    #expect(results[0] == results[1])
    #expect(results[0] != results[2])
  }

  @Test("Checkpoints that are there are neither used nor removed unless asked for")
  func existing() throws {
    let job = try TrainingScratch()
    #expect(try job.train().status == 0)
    let again = try job.train()
    #expect(again.status == 1)
    #expect(again.errors.contains("--resume") && again.errors.contains("--overwrite"))
    #expect(try job.train("--overwrite").status == 0)
    let resumed = try job.train("--resume", "--json")
    #expect(try resumed.json()["resumed_from"] as? String == job.checkpoints.last)
  }

  @Test("A damaged checkpoint, one of another seed and one of another graph are refused")
  func refused() throws {
    let job = try TrainingScratch()
    #expect(try job.train().status == 0)
    let seed = try job.train("--resume", "--seed", "5")
    #expect(seed.status == 1 && seed.errors.contains("the seed 11, not 5"))
    let net = try #require(job.scratch.read("net.yaml"))
    try job.scratch.write("net.yaml", net.replacingOccurrences(of: "size: 5", with: "size: 6"))
    let other = try job.train("--resume")
    #expect(other.status == 1 && other.errors.contains("another network"))
    try job.scratch.write("net.yaml", net)
    let newest = try #require(job.checkpoints.last)
    let bytes = try #require(job.bytes(newest))
    try bytes.prefix(bytes.count - 3).write(
      to: job.scratch.folder.appendingPathComponent(newest))
    let damaged = try job.train("--resume")
    #expect(damaged.status == 1 && damaged.errors.contains("damaged"))
    #expect(damaged.errors.contains(newest))
    try FileManager.default.removeItem(at: job.scratch.folder.appendingPathComponent(newest))
    #expect(try job.train("--resume").status == 0)
  }

  @Test("A rate that blows up ends with 2, and names step, group and last checkpoint")
  func blowUp() throws {
    let job = try TrainingScratch(
      epochs: 50, "groups:\n  - {name: answers, kind: weights, to: y, rate: 1.0e+13}")
    let run = try job.train()
    #expect(run.status == 2)
    #expect(run.errors.contains("blows up"))
    #expect(run.errors.contains("step 1, parameter group answers"))
    #expect(job.bytes("job-trained.safetensors") == nil)
  }

  @Test(
    "What is wrong in a training file is said with its line",
    arguments: [
      ("rate: 0.01", "rate: -1", "job.yaml:5"), ("epochs: 4", "epochs: 0", "job.yaml:8"),
      ("batch: 8", "bach: 8", "did you mean 'batch'"),
      ("adam: {beta1: 0.8}", "adam: {beta1: 1.8}", "job.yaml:4"),
      ("targets: product", "targets: quotient", "quotient"),
      ("\"0..1\"", "\"0..2\"", "the network has 2"),
      ("graph: net.yaml", "graph: nit.yaml", "nit.yaml"),
      ("format: cyclograd-training/1", "format: cyclograd/1", "job.yaml:1"),
      ("warm-start: sample", "warm-start: always", "unknown warm start"),
      ("{cosine: {to: 0.001}}", "{cosine: {}}", "no 'to'"),
      ("decay: 1.0e-4", "groups:\n  - {name: g, to: z}", "no group 'z'"),
      ("decay: 1.0e-4", "loss: l2", "'half-squared-error'"),
      ("decay: 1.0e-4", "loss: binary-cross-entropy\nbackend: exact", "no backend named"),
      ("targets: product", "targets: sum\nloss: binary-cross-entropy", "not between 0 and 1"),
    ])
  func wrong(old: String, new: String, message: String) throws {
    let job = try TrainingScratch()
    let text = try #require(job.scratch.read("job.yaml"))
    #expect(text.contains(old))
    var changed = text.replacingOccurrences(of: old, with: new)
    if let loss = new.split(separator: "\n").last, new.hasPrefix("targets: sum") {
      changed = text.replacingOccurrences(of: old, with: "targets: sum") + loss + "\n"
    }
    try job.scratch.write("job.yaml", changed)
    let run = try job.train()
    #expect(run.status == 1, "\(run.errors)")
    #expect(run.errors.contains(message), "\(run.errors)")
  }
}
