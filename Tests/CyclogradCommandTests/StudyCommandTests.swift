import CyclogradFormats
import Foundation
import TestSupport
import Testing

@Suite("cyclograd study, and trainings with a recipe", .tags(.slow), .unlessFast)
struct StudyCommandTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write(
      "study.yaml",
      """
      format: cyclograd-study/1
      name: a small study
      training: job.yaml
      seeds: 2
      measures: [validation f1, test f1, test mcc]
      abscissa: latent neurons
      variants:
        - {name: two, sizes: {latent: 2}, family: v1, x: 2, published: {means: [0.9, 0.7, 0.6]}}
        - {name: four, sizes: {latent: 4}, family: v1, x: 4}

      """)
    let pulsars = try String(
      contentsOf: packageRoot.appendingPathComponent("graphs/training/pulsars.yaml"),
      encoding: .utf8)
    try scratch.write(
      "job.yaml",
      pulsars.replacingOccurrences(of: "epochs: 20", with: "epochs: 2")
        .replacingOccurrences(
          of: "../autoencoder", with: "\(packageRoot.path)/graphs/autoencoder"
        )
        .replacingOccurrences(
          of: "pulsars.csv", with: "\(packageRoot.path)/graphs/training/pulsars.csv"))
  }

  private func runs(_ path: String = "study-runs.jsonl") throws -> [StudyRun] {
    try (scratch.read(path) ?? "").split(separator: "\n").map {
      try JSONDecoder().decode(StudyRun.self, from: Data($0.utf8))
    }.sorted { ($0.variant, $0.seed) < ($1.variant, $1.seed) }
  }

  @Test("has a run for each variant and seed, and its tables are their means")
  func whole() throws {
    let study = try scratch.run("study", "study.yaml", "--threads", "2", "--json")
    #expect(study.status == 0, "\(study.errors)")
    let runs = try runs()
    #expect(runs.map(\.variant) == ["four", "four", "two", "two"])
    #expect(runs.map(\.seed) == [1, 2, 1, 2])
    #expect(
      runs.allSatisfy { $0.end == "finished" && $0.measures.count == 3 && $0.losses.count == 2 })
    #expect(runs[0].measures != runs[1].measures && runs[0].parameters > runs[2].parameters)
    let variants = try #require(try study.json()["variants"] as? [[String: Any]])
    let means = try #require(variants[1]["means"] as? [String: Double])
    let f1 = try (0..<2).map { try #require(runs[$0].measures["test f1"]) }
    #expect(abs((means["test f1"] ?? 0) - (f1[0] + f1[1]) / 2) < 1e-15)
    let deviations = try #require(variants[1]["deviations"] as? [String: Double])
    #expect(abs((deviations["test f1"] ?? 0) - abs(f1[0] - f1[1]) / 2.0.squareRoot()) < 1e-15)

    // The same again trains nothing; a table shows what was published beside it.
    let bytes = scratch.read("study-runs.jsonl")
    let again = try scratch.run("study", "study.yaml", "--figures", "figures/new")
    #expect(again.status == 0 && again.errors.isEmpty, "\(again.errors)")
    #expect(scratch.read("study-runs.jsonl") == bytes)
    #expect(again.output.contains("published") && again.output.contains(" ± "))
    for name in ["training-loss", "validation-loss", "by-abscissa", "by-parameters"] {
      #expect(scratch.read("figures/new/\(name).csv")?.isEmpty == false)
      #expect(scratch.read("figures/new/\(name).svg")?.contains("<svg") == true)
    }
  }

  @Test("a grid with folds has a run for each combination and fold, and goes on")
  func grid() throws {
    let job = try #require(scratch.read("job.yaml"))
    #expect(job.contains("split: test"))
    try scratch.write(
      "job.yaml",
      job.split(separator: "\n").filter { !$0.contains("split: test") }.joined(separator: "\n")
        + "\n")
    try scratch.write(
      "grid.yaml",
      """
      format: cyclograd-study/1
      training: job.yaml
      measures: [test f1]
      grid: {rate: [0.01, 0.002], batch: [16]}
      folds: {of: 3, seed: 2}

      """)
    let first = try scratch.run("study", "grid.yaml", "--threads", "2", "--json")
    #expect(first.status == 0, "\(first.errors)")
    let runs = try runs("grid-runs.jsonl")
    #expect(runs.count == 6 && Set(runs.map(\.fold)) == [1, 2, 3])
    #expect(Set(runs.map(\.variant)) == ["rate 0.01, batch 16", "rate 0.002, batch 16"])
    let variants = try #require(try first.json()["variants"] as? [[String: Any]])
    #expect(variants[0]["changes"] as? [String: String] == ["rate": "0.01", "batch": "16"])
    let means = try #require(variants[0]["means"] as? [String: Double])
    let values = runs.filter { $0.variant.contains("0.01") }.compactMap { $0.measures["test f1"] }
    #expect(values.count == 3 && Set(values).count > 1)
    #expect(abs((means["test f1"] ?? 0) - values.reduce(0, +) / 3) < 1e-14)
    // Two of the runs are taken away and made again.
    let lines = try #require(scratch.read("grid-runs.jsonl")).split(separator: "\n")
    try scratch.write("grid-runs.jsonl", lines.prefix(4).joined(separator: "\n") + "\n")
    let again = try scratch.run("study", "grid.yaml", "--threads", "1")
    #expect(again.status == 0 && again.output.contains("over the seeds and folds"))
    #expect(again.errors.contains("2/2") && again.errors.contains("fold "))
    #expect(
      Set(try self.runs("grid-runs.jsonl").map(\.measures)) == Set(runs.map(\.measures)))
  }

  @Test("goes on where it was stopped, whatever ran beside it, and refuses runs of another kind")
  func continued() throws {
    #expect(try scratch.run("study", "study.yaml", "--only", "two", "--quiet").status == 0)
    #expect(try runs().map(\.seed) == [1, 2])
    let rest = try scratch.run("study", "study.yaml", "--threads", "1")
    #expect(rest.errors.contains("2/2  four, seed 2"))
    let whole = try scratch.run(
      "study", "study.yaml", "--threads", "2", "--runs", "other.jsonl", "--quiet")
    #expect(whole.status == 0)
    #expect(try runs().map(\.measures) == runs("other.jsonl").map(\.measures))
    let other = try scratch.run("study", "study.yaml", "--epochs", "3")
    #expect(other.status == 1 && other.errors.contains("--overwrite"), "\(other.errors)")
    #expect(try scratch.run("study", "study.yaml", "--only", "three").status == 1)
    // A process that was killed while it wrote leaves half a line, which does not count, and is gone once one is added.
    let lines = try #require(scratch.read("other.jsonl")).split(separator: "\n")
    try scratch.write("torn.jsonl", "\(lines[0])\n\(lines[1])\n\(lines[2].prefix(40))")
    let torn = try scratch.run("study", "study.yaml", "--runs", "torn.jsonl", "--quiet")
    #expect(torn.status == 0, "\(torn.errors)")
    #expect(try runs("torn.jsonl").map(\.measures) == runs().map(\.measures))
    try scratch.write("broken.jsonl", "{\"variant\": 1}\n")
    let broken = try scratch.run("study", "study.yaml", "--runs", "broken.jsonl")
    #expect(broken.status == 1 && broken.errors.contains("broken.jsonl:1"))
    let table = try scratch.run("study", "study.yaml", "--runs", "none.jsonl", "--table-only")
    #expect(table.status == 1 && scratch.read("none.jsonl") == nil)
    let there = try scratch.run("study", "study.yaml", "--runs", "other.jsonl", "--table-only")
    #expect(there.status == 0 && there.errors.isEmpty && there.output.contains(" ± "))
  }

  @Test("does not begin where the runs before cannot be removed")
  func overwrite() throws {
    let kept = scratch.folder.appendingPathComponent("taken/kept")
    try FileManager.default.createDirectory(at: kept, withIntermediateDirectories: true)
    let study = try scratch.run("study", "study.yaml", "--runs", "taken", "--overwrite")
    #expect(study.status == 1 && study.errors.contains("taken: cannot remove the runs"))
    #expect(FileManager.default.fileExists(atPath: kept.path))
  }

  @Test("Ctrl-C ends it with the runs that are whole, and it goes on from there")
  func interrupt() throws {
    let arguments = ["study", "study.yaml", "--epochs", "40", "--threads", "1", "--quiet"]
    let process = Process()
    process.executableURL = productFolder.appendingPathComponent("cyclograd")
    process.arguments = arguments
    process.currentDirectoryURL = scratch.folder
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    let deadline = Date(timeIntervalSinceNow: 120)
    while scratch.read("study-runs.jsonl")?.contains("\n") != true, process.isRunning,
      Date() < deadline
    { usleep(2_000) }
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 130)
    let count = try runs().count
    #expect(1..<4 ~= count)
    #expect(try scratch.run(arguments).status == 0)
    #expect(try runs().count == 4)
  }

  @Test("a training that blows up is a run that says so")
  func blowUp() throws {
    let job = try #require(scratch.read("job.yaml"))
    try scratch.write("job.yaml", job.replacingOccurrences(of: "rate: 0.01", with: "rate: 1.0e+9"))
    let study = try scratch.run("study", "study.yaml", "--seeds", "1", "--only", "two")
    #expect(study.status == 0, "\(study.errors)")
    #expect(try runs().first?.end.contains("blows up") == true)
    #expect(study.output.contains("ended early"))
  }

  @Test(
    "what is wrong in a study file is said with its line",
    arguments: [
      ("measures: [validation f1", "measures: [validation g1", "study.yaml:5"),
      ("x: 4", "y: 4", "unknown key 'y'"), ("name: four", "name: two", "same name"),
      ("[0.9, 0.7, 0.6]", "[0.9]", "a list of 3 numbers"),
      ("training: job", "training: jab", "jab"),
      ("abscissa: latent neurons", "seeds: 3", "seeds"), ("cyclograd-study/1", "x", "format"),
      ("sizes: {latent: 4}", "sizes: {latent: 0}", "between 1"),
      ("sizes: {latent: 4}", "sizes: {lotent: 4}", "lotent"),
      ("sizes: {latent: 4}", "gradient: phantom:2:0", "'phantom:2:0"),
    ])
  func bad(old: String, new: String, message: String) throws {
    let text = try #require(scratch.read("study.yaml"))
    try scratch.write("study.yaml", text.replacingOccurrences(of: old, with: new))
    let run = try scratch.run("study", "study.yaml", "--quiet", "--epochs", "1", "--seeds", "1")
    #expect(run.status == 1)
    #expect(run.errors.contains(message), "\(run.errors)")
  }

  @Test("what was fitted to the training samples is applied wherever the parameters are used")
  func transform() throws {
    let trained = try scratch.run("train", "job.yaml", "--quiet")
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(trained.output.contains("f1 "))
    let graph = "\(packageRoot.path)/graphs/autoencoder-v1.yaml"
    let input = "\(packageRoot.path)/graphs/training/pulsars.csv"
    let solve = ["solve", graph, "--input", input, "--parameters", "job-trained.safetensors"]
    // The columns are known from the training.
    let raw = try scratch.run(solve + ["--output", "raw.csv"])
    #expect(raw.status == 0, "\(raw.errors)")
    let setup = try TrainingSetup(try TrainingFile.read(scratch.folder.path + "/job.yaml"))
    let transform = try #require(setup.data.transform)
    try CSVFile.write(
      header: nil, matrix: transform.inputs(input), to: scratch.folder.path + "/scaled.csv")
    let scaled = try scratch.run(
      "solve", graph, "--input", "scaled.csv", "--parameters", "job-trained.safetensors",
      "--as-is", "--output", "as-is.csv")
    #expect(scaled.status == 0, "\(scaled.errors)")
    #expect(scratch.read("raw.csv") == scratch.read("as-is.csv"))
    let wrong = try scratch.run(solve + ["--columns", "0..7", "--as-is", "--output", "wrong.csv"])
    #expect(wrong.status == 0 && scratch.read("wrong.csv") != scratch.read("raw.csv"))
    // Two samples for the commands that take long.
    let rows = try String(contentsOfFile: input, encoding: .utf8).split(separator: "\n")
    try scratch.write("few.csv", rows.prefix(3).joined(separator: "\n") + "\n")
    try CSVFile.write(
      header: nil, matrix: transform.inputs(scratch.folder.path + "/few.csv"),
      to: scratch.folder.path + "/few-scaled.csv")
    for command in [["jacobian"], ["check"], ["report", "inspect", "--output", "page.html"]] {
      let task = command + [graph, "--parameters", "job-trained.safetensors"]
      let plain = try scratch.run(task + ["--input", "few.csv"])
      let plainPage = scratch.read("page.html")
      #expect(plain.status == 0, "\(plain.errors)")
      let prepared = try scratch.run(task + ["--input", "few-scaled.csv", "--as-is"])
      #expect(prepared.status == 0, "\(prepared.errors)")
      #expect(plain.output == prepared.output && plainPage == scratch.read("page.html"))
      let raw = try scratch.run(task + ["--input", "few.csv", "--columns", "0..7", "--as-is"])
      #expect(plain.output != raw.output || plainPage != scratch.read("page.html"), "\(command)")
    }
  }

  @Test("evaluate takes the threshold of logits where the training's loss does")
  func logits() throws {
    try scratch.write(
      "net.yaml",
      """
      format: cyclograd/1
      groups:
        - {name: x, size: 1, role: input}
        - {name: y, size: 1, role: output}
      connections:
        - {from: x, to: y, weight: 1}

      """)
    try scratch.write("d.csv", "x,t\n0.3,1\n0.4,1\n0.2,1\n-0.3,0\n-0.1,0\n")
    try scratch.write(
      "logits.yaml",
      """
      format: cyclograd-training/1
      graph: net.yaml
      data: {file: d.csv, inputs: x, targets: t}
      test: {file: d.csv}
      task: classifier
      loss: binary-cross-entropy
      optimizer: sgd
      rate: 1.0e-9
      epochs: 1

      """)
    #expect(try scratch.run("train", "logits.yaml", "--quiet").status == 0)
    let json = try scratch.run("evaluate", "logits.yaml", "--json").json()
    #expect(json["threshold"] as? Double == 0)
    #expect((json["metrics"] as? [String: Any])?["accuracy"] as? Double == 1)
    let wrong = try scratch.run("evaluate", "logits.yaml", "--part", "validation")
    #expect(wrong.status == 1)
    let unknown = try scratch.run("evaluate", "logits.yaml", "--part", "a")
    #expect(unknown.errors.contains("training, test") && !unknown.errors.contains("validation"))
  }

  @Test("evaluate follows the training file; its threshold comes from the validation samples")
  func evaluate() throws {
    #expect(try scratch.run("train", "job.yaml", "--quiet").status == 0)
    let test = try scratch.run("evaluate", "job.yaml", "--json", "--output", "rows.csv")
    #expect(test.status == 0, "\(test.errors)")
    let json = try test.json()
    #expect(json["samples"] as? Int == 150)
    let validation = try scratch.run("evaluate", "job.yaml", "--part", "validation", "--json")
      .json()
    #expect(json["threshold"] as? Double == validation["threshold"] as? Double)
    let best = try #require(
      (json["validation"] as? [String: Any])?["f1"] as? Double)
    #expect((validation["metrics"] as? [String: Any])?["f1"] as? Double == best)
    // The counts, once more from the rows.
    let threshold = try #require(json["threshold"] as? Double)
    let rows = try #require(scratch.read("rows.csv")).split(separator: "\n").dropFirst().map {
      $0.split(separator: ",").compactMap { Double($0) }
    }
    let found = rows.count { $0[3] >= threshold && $0[4] == 1 }
    #expect((json["confusion"] as? [[Int]])?[1][1] == found)
    for (arguments, message) in [
      (["--input", "x.csv"], "--input"), (["--mode", "classifier"], "--mode"),
      (["--part", "tests"], "did you mean 'test'?"), (["--parameters", "none"], "none"),
    ] {
      let run = try scratch.run(["evaluate", "job.yaml"] + arguments)
      #expect(run.status == 1 && run.errors.contains(message), "\(run.errors)")
    }
    let graph = "\(packageRoot.path)/graphs/autoencoder-v1.yaml"
    let none = try scratch.run("evaluate", graph, "--target-columns", "8")
    #expect(none.status == 1 && none.errors.contains("--input"))
  }

  @Test("a checkpoint is not continued with samples that were prepared differently")
  func prepared() throws {
    #expect(try scratch.run("train", "job.yaml", "--quiet").status == 0)
    let job = try #require(scratch.read("job.yaml"))
    try scratch.write("job.yaml", job.replacingOccurrences(of: "standardise", with: "min-max"))
    let run = try scratch.run("train", "job.yaml", "--resume")
    #expect(run.status == 1 && run.errors.contains("prepared differently"), "\(run.errors)")
  }

  @Test(
    "missing raw data is named with where to get it and its digest",
    arguments: ["htru2", "nsl-kdd"])
  func missing(name: String) throws {
    let run = try scratch.run(
      "study", "\(packageRoot.path)/graphs/studies/\(name).yaml", "--data", ".")
    #expect(run.status == 1)
    #expect(run.errors.contains("https://") && run.errors.contains("SHA-256"))
  }

  @Test("every study in graphs/ compiles every variant")
  func studies() throws {
    let folder = packageRoot.appendingPathComponent("graphs/studies")
    for name in ["htru2", "nsl-kdd", "xor", "xor-semi", "oscillator", "oscillator-full"] {
      let study = try StudyFile.read(folder.appendingPathComponent(name + ".yaml").path)
      for variant in study.variants {
        let file = study.training(of: variant, seed: 1)
        var graph = try GraphFile.read(file.graph).graph
        for (group, size) in file.sizes {
          let index = try #require(graph.groups.firstIndex { $0.name == group })
          graph.groups[index].shape = [size]
        }
        let network = try graph.compile().network
        // Table 3 of Szekeres and Izsák.
        let expected = [
          "htru2": ["(5;32;8) – v0": 1904, "(7;64;16) – v1": 7144, "(5;64;16) – v2": 6616],
          "nsl-kdd": ["(5;32;8) – v0": 8989, "(5;64;16) – v1": 20661, "(7;64;16) – v2": 21221],
        ][name]?[variant.name]
        if let expected { #expect(network.trainableParameterCount == expected, "\(variant.name)") }
      }
    }
  }
}
