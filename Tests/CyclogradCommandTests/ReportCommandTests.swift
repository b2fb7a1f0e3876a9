import Foundation
import TestSupport
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The networks of graphs/.
let graphFiles: [String] = {
  let folder = packageRoot.appendingPathComponent("graphs").path
  let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  return names.filter { $0.hasSuffix(".yaml") }.sorted().map { "graphs/\($0)" }
}()

@Suite("cyclograd report", .tags(.slow), .unlessFast)
struct ReportCommandTests {
  /// The names of a page's figures, each with its table; nothing is loaded from elsewhere.
  private func figures(_ html: String?) throws -> [String] {
    let html = try #require(html)
    #expect(XMLParser(data: Data(html.utf8)).parse())
    let names = html.matches(of: /<figure id="([^"]+)"/).map { String($0.1) }
    #expect(html.matches(of: /<details>/).count == names.count)
    #expect(Set(names).count == names.count)
    #expect(html.firstMatch(of: /(src|href)="[^#]/) == nil)
    let addresses = Set(html.matches(of: /[a-z]+:\/\/[^"' <]*/).map { String($0.0) })
    #expect(
      addresses.isSubset(of: ["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"]))
    return names
  }

  private static func isCyclic(_ graph: String) -> Bool {
    !["attention", "autoencoder-v0", "lstm", "readout", "residual"].contains { graph.contains($0) }
  }

  @Test("Every network of graphs/ gives at least three figures", arguments: graphFiles)
  func inspect(graph: String) throws {
    let scratch = try Scratch()
    let run = try scratch.run("report", "inspect", graph, "--output", "a.html")
    #expect(run.status == 0 && run.output.isEmpty, "\(run.errors)")
    #expect(run.errors.isEmpty || graph == "graphs/deq.yaml", "\(run.errors)")
    let names = try figures(scratch.read("a.html"))
    #expect(names.count >= 4)
    #expect(names.contains("sparsity-condensation") && names.contains("component-sizes"))
    let isSmall = ["bistable", "self-loop", "xor", "newton-only", "no-equilibrium", "oscillator"]
      .contains { graph.contains($0) }
    #expect(names.contains("phase-portrait") == isSmall)
    let hasSpectrum = !graph.contains("no-equilibrium") && Self.isCyclic(graph)
    #expect(names.contains("eigenvalues") == hasSpectrum)
  }

  @Test("A training in stages that exchanges edges has its report, with norms of its groups")
  func stages() throws {
    let scratch = try Scratch()
    try scratch.write(
      "net.yaml",
      """
      format: cyclograd/1
      seed: 5
      groups:
        - {name: x, size: 2, role: input, names: [left, right]}
        - {name: c, shape: [2, 2, 2], activation: tanh, bias: {kernel: {uniform: [-1, 1]}}}
        - {name: h, size: 6, activation: tanh}
        - {name: y, size: 2, role: output, names: [up, down]}
      connections:
        - {from: x, to: c}
        - {from: c, to: h}
        - {from: h, to: h, weight: {normal: 0.1}}
        - {from: h, to: y}
      """)
    let rows = (0..<12).map {
      "\(Double($0) / 6 - 1),\(Double($0 % 5) / 4),\(Double($0 % 3)),0.5\n"
    }
    try scratch.write("d.csv", "left,right,up,down\n" + rows.joined())
    try scratch.write(
      "t.yaml",
      """
      format: cyclograd-training/1
      graph: net.yaml
      data: {file: d.csv, inputs: "left,right", targets: "up,down"}
      validation: {file: d.csv}
      optimizer: adam
      rate: 0.01
      stages:
        - {train: {epochs: 2}}
        - {rewire: {from: h, to: h, prune: 0.5, grow: 0}}
        - {train: {epochs: 2}}
      """)
    let run = try scratch.run("train", "t.yaml", "--json-log", "log.jsonl")
    #expect(run.status == 0, "\(run.errors)")
    let log = try #require(scratch.read("log.jsonl"))
    #expect(log.contains("\"blocks\"") && log.firstMatch(of: /"blocks": ?\{\}/) == nil)
    let report = try scratch.run("report", "training", "t.yaml", "--output", "a.html")
    #expect(report.status == 0, "\(report.errors)")
    _ = try figures(scratch.read("a.html"))
    let evaluation = try scratch.run("evaluate", "t.yaml", "--part", "training")
    #expect(evaluation.output.contains("r2 of up"), "\(evaluation.output) \(evaluation.errors)")
  }

  @Test("A course gives traces, and a path where there are two outputs")
  func course() throws {
    let scratch = try Scratch()
    let run = try scratch.run(
      "report", "course", "graphs/oscillator.yaml", "--times", "0:80:1", "--output", "a.html")
    #expect(run.status == 0 && run.output.isEmpty, "\(run.errors)")
    #expect(try figures(scratch.read("a.html")) == ["outputs", "groups", "path"])
    #expect(scratch.read("a.html")?.contains("oscillates with the period 8.7") == true)
    let inputs = try scratch.write("x.csv", "t,e\n0,0\n5,-2\n")
    let pulse = try scratch.run(
      "report", "course", "graphs/bistable.yaml", "--input", inputs, "--times", "0:10:1",
      "--figure", "inputs", "--output", "inputs.csv")
    #expect(pulse.status == 0, "\(pulse.errors)")
    #expect(scratch.read("inputs.csv")?.contains("5.0,-2.0") == true)
    let wrong = try scratch.run(
      "report", "course", "graphs/oscillator.yaml", "--times", "0:40:0.5", "--figure", "loss",
      "--output", "a.svg")
    #expect(wrong.status == 1)
  }

  @Test("Every network of graphs/ gives a comparison", arguments: graphFiles)
  func compare(graph: String) throws {
    let scratch = try Scratch()
    let run = try scratch.run(
      "report", "compare", graph, "--backends", "automatic,edge-list,direct", "--output", "a.html",
      // The way to an unstable equilibrium is long, and rounding decides how long.
      "--max-iterations", graph.contains("oscillator") ? "10000" : "500")
    let hasGradient = !graph.contains("no-equilibrium")
    #expect(run.status == (hasGradient ? 0 : 2), "\(run.errors)")
    let names = try figures(scratch.read("a.html"))
    #expect(names.count >= 2 && names.contains("seconds"))
    // Of the oscillator's unstable equilibrium only one of the backends has a gradient.
    #expect(
      names.contains("gradient-difference")
        == (hasGradient && !graph.contains("oscillator")))
    #expect(names.contains("approximate-gradients") == hasGradient)
    // edge-list iterates over the whole network even without a cycle.
    #expect(names.contains("residual-iterations") && names.contains("residual-time"))
    #expect(names.contains("cost") == Self.isCyclic(graph))
  }

  @Test("Approximate gradients are shown as compare finds them")
  func approximations() throws {
    let scratch = try Scratch()
    let options = [
      "graphs/feedback.yaml", "--samples", "3", "--gradients", "semi,neumann:2,phantom:400:0.25",
    ]
    let json = try scratch.run(["compare"] + options + ["--json"]).json()
    let rows = try #require(json["gradients"] as? [[String: Any]])
    for (figure, key) in [
      ("approximate-gradients", "relative_error"), ("gradient-angles", "degrees"),
    ] {
      let run = try scratch.run(
        ["report", "compare"] + options
          + ["--format", "csv", "--figure", figure, "--output", "a.csv"])
      #expect(run.status == 0, "\(run.errors)")
      let cells = try #require(scratch.read("a.csv")).split(separator: "\r\n").dropFirst().map {
        $0.split(separator: ",").map(String.init)
      }
      try #require(cells.count == 3 && rows.count == 3)
      for (cell, row) in zip(cells, rows) {
        #expect(cell[0] == row["gradient"] as? String)
        #expect(cell[1] == key.replacingOccurrences(of: "_", with: " "))
        let (shown, expected) = (try #require(Double(cell[2])), try #require(row[key] as? Double))
        #expect(abs(shown - expected) <= 1e-12 * expected)
      }
    }
    let page = ["report", "compare"] + options.dropLast() + ["none", "--output", "a.html"]
    #expect(try scratch.run(page).status == 0)
    let html = try #require(scratch.read("a.html"))
    #expect(try !figures(html).contains("approximate-gradients"))
    #expect(html.contains("because none was asked for"))
    let exact = try scratch.run(
      ["report", "compare"] + options.dropLast() + ["exact", "--output", "b.html"])
    #expect(exact.status == 1 && exact.errors.contains("exact gradient"))
  }

  @Test("A matrix without activations still shows its structure")
  func matrix() throws {
    let scratch = try Scratch()
    let run = try scratch.run("report", "inspect", "graphs/hopfield.mtx", "--output", "a.html")
    #expect(run.status == 0, "\(run.errors)")
    let html = try #require(scratch.read("a.html"))
    let names = try figures(html)
    #expect(names.contains("sparsity-condensation") && !names.contains("eigenvalues"))
    #expect(html.contains("because nothing was solved"))
  }

  @Test("Single figures as SVG, CSV and PNG")
  func single() throws {
    let scratch = try Scratch()
    func write(_ format: String, _ figure: String, _ file: String) throws -> CommandRun {
      try scratch.run(
        "report", "inspect", "graphs/xor.yaml", "--format", format, "--figure", figure,
        "--output", file)
    }
    #expect(try write("svg", "phase-portrait", "a.svg").status == 0)
    let svg = try #require(scratch.read("a.svg"))
    #expect(XMLParser(data: Data(svg.utf8)).parse() && svg.hasPrefix("<svg "))
    #expect(try write("csv", "sparsity-condensation", "a.csv").status == 0)
    let csv = try #require(scratch.read("a.csv"))
    #expect(csv.split(separator: "\r\n").count == 1 + 8)
    #expect(csv.hasPrefix("unit,neuron,count\r\n"))
    let png = try write("png", "graph", "a.png")
    let image = try? Data(contentsOf: scratch.folder.appendingPathComponent("a.png"))
    if try scratch.shell("command -v rsvg-convert || true").output.isEmpty {
      #expect(png.status == 1 && png.errors.contains("librsvg2-bin") && image == nil)
    } else {
      #expect(png.status == 0)
      #expect(image?.starts(with: [0x89, 0x50, 0x4E, 0x47]) == true)
    }
  }

  @Test("Without rsvg-convert png is refused with the package's name")
  func noConverter() throws {
    let scratch = try Scratch()
    let run = try scratch.shell(
      """
      command=$(command -v cyclograd)
      PATH=/nowhere $command report inspect graphs/xor.yaml --format png --figure graph --output a.png \
      && exit 9 || exit 0
      """)
    #expect(run.status == 0 && run.errors.contains("librsvg2-bin"))
    #expect(scratch.read("a.png") == nil)
  }

  @Test("Without graphviz the graph is drawn in columns")
  func noGraphviz() throws {
    let scratch = try Scratch()
    let run = try scratch.shell(
      "command=$(command -v cyclograd); PATH=/nowhere $command report inspect graphs/xor.yaml --output a.html"
    )
    #expect(run.status == 0, "\(run.errors)")
    #expect(try figures(scratch.read("a.html")).contains("graph"))
  }

  @Test("What does not fit together is refused, and says what does")
  func refusals() throws {
    let scratch = try Scratch()
    let inspect = ["report", "inspect", "graphs/xor.yaml", "--output", "a.html"]
    for (arguments, words) in [
      (["--format", "svg"], "phase-portrait"),
      (["--format", "svg", "--figure", "nonsense"], "phase-portrait"),
      (["--figure", "graph"], "--format"),
      (["--columns", "0..1"], "--input"),
      (["--input", "graphs/training/xor.csv", "--columns", "a"], "inputs"),
      (["--backend", "nonsense"], "automatic"),
    ] {
      let run = try scratch.run(inspect + arguments)
      #expect(run.status == 1 && run.errors.contains(words), "\(arguments): \(run.errors)")
      #expect(scratch.read("a.html") == nil)
    }
    let missing = try scratch.run(
      "report", "inspect", "graphs/autoencoder-v0.yaml", "--format", "svg", "--figure",
      "eigenvalues", "--output", "a.svg")
    #expect(missing.status == 1 && missing.errors.contains("without a cycle"))
    try scratch.write("net.html", "")
    let over = try scratch.run("report", "inspect", "net.html", "--output", "net.html")
    #expect(over.status == 1 && over.errors.contains("write over"))
  }

  @Test("The sample can be given")
  func sample() throws {
    let scratch = try Scratch()
    let run = try scratch.run(
      "report", "inspect", "graphs/xor.yaml", "--input", "graphs/training/xor.csv", "--columns",
      "a,b", "--format", "csv", "--figure", "phase-portrait", "--output", "a.csv")
    #expect(run.status == 0, "\(run.errors)")
    // For (0, 0) the answer is 0.010, as the graph file says.
    let lines = try #require(scratch.read("a.csv")).split(separator: "\r\n")
    let answers = lines.filter { $0.hasPrefix("stable equilibria,") }.compactMap {
      Double($0.split(separator: ",")[1])
    }
    #expect(answers.contains { abs($0 - 0.010) < 0.0005 }, "\(answers)")
  }

  @Test("A training is reported from its file and from its log")
  func training() throws {
    let training = try TrainingScratch(
      "validation: {file: data.csv, inputs: \"0..1\", targets: product}")
    let scratch = training.scratch
    #expect(try training.train("--json-log", "log.jsonl").status == 0)
    let log = try scratch.run("report", "training", "log.jsonl", "--output", "log.html")
    #expect(log.status == 0, "\(log.errors)")
    let common = [
      "loss", "iterations", "learning-rate", "gradient-norm", "residual", "gradients", "parameters",
    ]
    #expect(try figures(scratch.read("log.html")) == common)
    let file = try scratch.run("report", "training", "job.yaml", "--output", "file.html")
    #expect(file.status == 0, "\(file.errors)")
    #expect(
      try figures(scratch.read("file.html")) == ["loss", "iterations", "learning-rate", "answers"])
    let both = try scratch.run(
      "report", "training", "job.yaml", "--json-log", "log.jsonl", "--output", "both.html")
    #expect(both.status == 0, "\(both.errors)")
    #expect(try figures(scratch.read("both.html")) == common + ["answers"])
    // The epochs of the log are those of the checkpoint.
    func losses(_ run: String) throws -> [Substring] {
      let written = try scratch.run(
        "report", "training", run, "--format", "csv", "--figure", "loss", "--output", "loss.csv")
      #expect(written.status == 0)
      return scratch.read("loss.csv")?.split(separator: "\r\n").filter {
        $0.hasPrefix("epoch,") || $0.hasPrefix("validation,")
      } ?? []
    }
    #expect(try losses("job.yaml") == losses("log.jsonl"))
    #expect(try losses("job.yaml").count == 8)
  }

  @Test("The README's picture is what its command writes, wherever graphviz may place the parts")
  func readme() throws {
    func parts(_ svg: String) -> [String] {
      svg.matches(of: /<(text|title|desc)[^>]*>([^<]*)</).map { String($0.2) }.sorted()
        + svg.matches(of: /class="(box o|arrow|s0 arrow|h [^"]*)"/).map { String($0.1) }.sorted()
    }
    let scratch = try Scratch()
    let block = try #require(
      try DocumentBlock.all("README.md").first { $0.text.contains("--figure graph") })
    #expect(try scratch.shell(block.text).status == 0)
    let shown = try String(
      contentsOf: packageRoot.appendingPathComponent("Docs/images/feedback.svg"), encoding: .utf8)
    let written = try #require(scratch.read("feedback.svg"))
    #expect(parts(written) == parts(shown))
    #expect(parts(shown).contains("2 outputs") && parts(shown).count { $0.hasSuffix("arrow") } == 6)
  }

  @Test("Several trainings, and a study, are compared")
  func comparison() throws {
    let training = try TrainingScratch(
      "validation: {file: data.csv, inputs: \"0..1\", targets: product}")
    let scratch = training.scratch
    #expect(try training.train("--json-log", "one.jsonl").status == 0)
    #expect(
      try training.train(
        "--seed", "5", "--epochs", "2", "--checkpoints", "other", "--json-log", "two.jsonl"
      ).status == 0)
    let both = try scratch.run(
      "report", "training", "one.jsonl", "two.jsonl", "job.yaml", "--output", "both.html")
    #expect(both.status == 0, "\(both.errors)")
    let html = try #require(scratch.read("both.html"))
    let names = try figures(html)
    #expect(
      names == [
        "training-loss", "validation-loss", "loss-by-step", "gradient-norm", "learning-rate",
        "iterations", "residual",
      ])
    #expect(html.contains("Settings that differ") && html.contains("Single steps of job,"))
    let json = try scratch.run(
      "report", "training", "one.jsonl", "two.jsonl", "--output", "both.json")
    #expect(json.status == 0, "\(json.errors)")
    let parsed =
      try JSONSerialization.jsonObject(
        with: Data(try #require(scratch.read("both.json")).utf8)) as? [String: Any]
    let tables = try #require(parsed?["tables"] as? [[String: Any]])
    let settings = try #require(tables.first { $0["title"] as? String == "Settings that differ" })
    let columns = try #require(settings["columns"] as? [String])
    #expect(columns.starts(with: ["training", "seed"]) && columns.contains("epochs"))
    #expect((settings["rows"] as? [[Any]])?.map { $0[1] as? Int } == [11, 5])
    // The log and the checkpoints tell the same of one training.
    let csv = try scratch.run(
      "report", "training", "one.jsonl", "job.yaml", "--figure", "validation-loss", "--output",
      "loss.csv")
    #expect(csv.status == 0, "\(csv.errors)")
    let lines = try #require(scratch.read("loss.csv")).split(separator: "\r\n").dropFirst()
    func values(_ name: String) -> [Substring] {
      lines.filter { $0.hasPrefix(name + ",") }.map { $0.dropFirst(name.count) }
    }
    #expect(values("one").count == 4 && values("one") == values("job"))
    try scratch.write(
      "study.yaml",
      """
      format: cyclograd-study/1
      training: job.yaml
      seeds: 2
      measures: [validation rmse]
      variants:
        - {name: small, sizes: {h: 2}}
        - {name: large, sizes: {h: 6}}

      """)
    let trained = try scratch.run("study", "study.yaml", "--quiet")
    #expect(trained.status == 0, "\(trained.errors)")
    for run in ["study.yaml", "study-runs.jsonl"] {
      let study = try scratch.run("report", "training", run, "--output", "study.html")
      #expect(study.status == 0, "\(study.errors)")
      let page = try #require(scratch.read("study.html"))
      #expect(try figures(page) == ["training-loss", "validation-loss"])
      #expect(page.contains("validation rmse") && page.contains(" ± "))
      #expect(page.contains("size of h") == (run == "study.yaml"))
    }
    let refused = try scratch.run(
      "report", "training", "one.jsonl", "two.jsonl", "--part", "test", "--output", "a.html")
    #expect(refused.status == 1 && refused.errors.contains("several trainings are compared"))
  }

  @Test("A classifier shows its confusions, an autoencoder its errors and the threshold")
  func evaluation() throws {
    var rows = "a,b,product,label\n"
    for index in 0..<20 {
      rows += "\(Double(index) / 20),0.5,\(index % 3 == 0 ? 1 : 0),\(index < 5 ? 1 : 0)\n"
    }
    let training = try TrainingScratch(
      "task: {classifier: {threshold: 0.2}}\ntest: {file: labelled.csv, inputs: \"0..1\", targets: product}"
    )
    let scratch = training.scratch
    try scratch.write("data.csv", rows)
    try scratch.write("labelled.csv", rows)
    let trained = try training.train()
    #expect(trained.status == 0, "\(trained.errors)")
    let run = try scratch.run(
      "report", "training", "job.yaml", "--part", "test", "--format", "csv", "--figure",
      "confusion", "--output", "a.csv")
    #expect(run.status == 0, "\(run.errors)")
    let counts = scratch.read("a.csv")?.split(separator: "\r\n").dropFirst().compactMap {
      Int($0.split(separator: ",")[2])
    }
    #expect(counts?.reduce(0, +) == 20)
    try scratch.write(
      "auto.yaml",
      """
      format: cyclograd-training/1
      graph: auto-net.yaml
      data: {file: labelled.csv, inputs: "0..1", labels: {column: label, positive: "1"}}
      validation: {file: labelled.csv}
      task: autoencoder
      optimizer: adam
      rate: 0.01
      epochs: 3

      """)
    try scratch.write(
      "auto-net.yaml",
      """
      format: cyclograd/1
      name: auto
      groups:
        - {name: x, size: 2, role: input}
        - {name: h, size: 1, activation: tanh}
        - {name: y, size: 2, role: output}
      connections: [{from: x, to: h}, {from: h, to: h}, {from: h, to: y}]

      """)
    let auto = try scratch.run("train", "auto.yaml", "--json-log", "auto.jsonl")
    #expect(auto.status == 0, "\(auto.errors)")
    let labelled = try scratch.run("report", "training", "auto.yaml", "--output", "auto.html")
    #expect(labelled.status == 0, "\(labelled.errors)")
    let names = try figures(scratch.read("auto.html"))
    #expect(names.contains("reconstruction-errors") && names.contains("confusion"))
    // The validation loss is not what it seems, and the file as well as the log tell why.
    let log = try scratch.run("report", "training", "auto.jsonl", "--output", "log.html")
    #expect(log.status == 0, "\(log.errors)")
    for page in ["auto.html", "log.html"] {
      #expect(
        scratch.read(page)?.contains("validation loss includes 5 anomalies") == true, "\(page)")
    }
    let classifier = try scratch.run("report", "training", "job.yaml", "--output", "job.html")
    #expect(classifier.status == 0 && scratch.read("job.html")?.contains("anomal") == false)
  }

  @Test("Options that a log cannot serve, folders and empty folders are refused")
  func trainingRefusals() throws {
    let training = try TrainingScratch()
    let scratch = training.scratch
    try scratch.write("log.jsonl", "{}\n")
    for (arguments, words) in [
      (["log.jsonl"], "log.jsonl:1"), (["log.jsonl", "--part", "test"], "training file"),
      (["."], "training file"), (["job.yaml", "--checkpoints", "nowhere"], "nowhere"),
      (["job.yaml", "--checkpoints", "graphs"], "no checkpoint"),
      (["job.yaml", "--part", "nonsense"], "no part"),
    ] {
      let run = try scratch.run(["report", "training"] + arguments + ["--output", "a.html"])
      #expect(run.status == 1 && run.errors.contains(words), "\(arguments): \(run.errors)")
      #expect(scratch.read("a.html") == nil)
    }
  }
}
