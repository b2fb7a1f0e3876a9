import Foundation
import TestSupport
import Testing

@Suite("cyclograd evaluate", .tags(.slow), .unlessFast)
struct EvaluateCommandTests {
  private static let samples = "a,b,xor\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n"

  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("xor.csv", Self.samples)
    // Two inputs that are the outputs, with errors of 0 and of the second input.
    try scratch.write(
      "mirror.yaml",
      """
      format: cyclograd/1
      groups:
        - {name: x, size: 2, role: input, bias: {value: 0}}
        - {name: y, size: 2, role: output, activation: identity, bias: {value: 0}}
      edges:
        - [x.0, y.0, 1]
        - [x.1, y.1, 0]

      """)
    return scratch
  }

  @Test("a classifier's measures, table and rows")
  func classifier() throws {
    let scratch = try scratch()
    let run = try scratch.run(
      "evaluate", "graphs/xor.yaml", "--input", "xor.csv", "--columns", "a,b", "--target-columns",
      "xor", "--mode", "classifier", "--output", "rows.csv", "--json")
    #expect(run.status == 0, "\(run.errors)")
    let json = try run.json()
    let metrics = try #require(json["metrics"] as? [String: Any])
    for name in ["accuracy", "f1", "mcc", "auc", "precision", "recall"] {
      let value = try #require(metrics[name] as? Double)
      #expect(abs(value - 1) < 1e-12, "\(name)")
    }
    #expect(json["confusion"] as? [[Int]] == [[2, 0], [0, 2]])
    let rows = try #require(scratch.read("rows.csv")).split(separator: "\n")
    #expect(rows.count == 5 && rows[0] == "row,converged,loss,class,answer")
    // With a threshold above all outputs nothing is found, so precision has no meaning.
    let none = try scratch.run(
      "evaluate", "graphs/xor.yaml", "--input", "xor.csv", "--columns", "a,b", "--target-columns",
      "xor", "--mode", "classifier", "--threshold", "2", "--json"
    ).json()
    let strict = try #require(none["metrics"] as? [String: Any])
    #expect(strict["precision"] is NSNull && strict["recall"] as? Double == 0)
    #expect(none["confusion"] as? [[Int]] == [[2, 0], [2, 0]])
    // Of single classes 0/0 counts as 0, and so it does in the mean: (2/3 + 0) / 2.
    #expect(strict["precision of class 1"] as? Double == 0)
    #expect(abs((strict["macro-f1"] as? Double ?? .nan) - 1.0 / 3) < 1e-15)
  }

  @Test("the threshold of an autoencoder comes from other samples than those evaluated")
  func autoencoder() throws {
    let scratch = try scratch()
    // Scores are |b| / √2: 1, 2, 3 (anomaly), 4 (anomaly); the best threshold is at 3.
    try scratch.write("valid.csv", "a,b,label\n0,1,0\n0,2,0\n0,3,1\n0,4,1\n")
    try scratch.write("test.csv", "a,b,label\n0,1,0\n0,5,0\n5,2.5,1\n1,9,1\n")
    let arguments = [
      "evaluate", "mirror.yaml", "--input", "test.csv", "--columns", "a,b", "--target-columns",
      "label", "--mode", "autoencoder",
    ]
    let json = try scratch.run(arguments + ["--validation", "valid.csv", "--json"]).json()
    #expect(json["confusion"] as? [[Int]] == [[1, 1], [1, 1]])
    let threshold = try #require(json["threshold"] as? Double)
    #expect(abs(threshold - 3 / 2.0.squareRoot()) < 1e-12)
    #expect((json["validation"] as? [String: Any])?["f1"] as? Double == 1)
    #expect((json["metrics"] as? [String: Any])?["auc"] as? Double == 0.75)
    let text = try scratch.run(arguments + ["--threshold", "0.1"])
    #expect(text.output.contains("taken for 1"))
    #expect(try scratch.run(arguments).errors.contains("either --threshold or --validation"))
  }

  @Test("a regression's errors")
  func regression() throws {
    let scratch = try scratch()
    try scratch.write("x.csv", "1,3\n2,4\n")
    let json = try scratch.run(
      "evaluate", "mirror.yaml", "--input", "x.csv", "--target", "x.csv", "--json"
    ).json()
    let metrics = try #require(json["metrics"] as? [String: Any])
    #expect(metrics["mse"] as? Double == 25.0 / 4)
    #expect(metrics["mae"] as? Double == 7.0 / 4)
    #expect(metrics["loss"] as? Double == 25.0 / 4)
    #expect(metrics["r2 of output 0"] as? Double == 1)
    let other = try #require(metrics["r2 of output 1"] as? Double)
    #expect(metrics["r2"] as? Double == (1 + other) / 2)
  }

  @Test("a regression's table has the outputs by their names, and the targets")
  func regressionTable() throws {
    let scratch = try scratch()
    try scratch.write("x.csv", "1,3\n2,4\n")
    _ = try scratch.run(
      "evaluate", "mirror.yaml", "--input", "x.csv", "--target", "x.csv", "--output", "rows.csv")
    #expect(
      scratch.read("rows.csv") == """
        row,converged,loss,"output y.0","output y.1","target y.0","target y.1"
        0,1,4.5,1.0,0.0,1.0,3.0
        1,1,8.0,2.0,0.0,2.0,4.0

        """)
  }

  @Test("classes have the words that the training file's labels have, also on new data")
  func words() throws {
    let scratch = try Scratch()
    let words = ["vinegar", "apple", "musk"]
    let rows = (0..<30).map { "\($0 % 3),\(Double($0 % 3) * 0.5),\(words[$0 % 3])\n" }.joined()
    try scratch.write("smells.csv", "a,b,odor\n" + rows)
    try scratch.write("new.csv", "a,b,odor\n0,0,vinegar\n2,1,musk\n1,0.5,apple\n")
    try scratch.write("numbers.csv", "a,b,odor\n0,0,2\n2,1,1\n1,0.5,0\n")
    try scratch.write("typo.csv", "a,b,odor\n0,0,vinegra\n")
    try scratch.write(
      "net.yaml",
      """
      format: cyclograd/1
      groups:
        - {name: x, size: 2, role: input}
        - {name: y, size: 3, role: output, activation: identity}
      connections:
        - {from: x, to: y, weight: {value: 0}}
      """)
    try scratch.write(
      "t.yaml",
      """
      format: cyclograd-training/1
      graph: net.yaml
      task: classifier
      data: {file: smells.csv, inputs: "a,b", labels: {column: odor}}
      test: {file: new.csv}
      optimizer: adam
      rate: 0.1
      epochs: 60
      batch: 10
      """)
    let trained = try scratch.run("train", "t.yaml", "--quiet")
    #expect(trained.status == 0, "\(trained.errors)")
    func check(_ run: CommandRun) throws {
      #expect(run.status == 0 && run.output.contains("taken for vinegar"), "\(run.errors)")
      let scores = run.output.split(separator: "\n").map { $0.split(separator: " ") }
      #expect(scores.contains(["musk", "1", "1", "1", "1"]), "\(run.output)")
      #expect(scores.contains(["macro-f1", "1"]), "\(run.output)")
      #expect(
        try #require(scratch.read("rows.csv")).contains(",musk,musk"),
        "\(scratch.read("rows.csv") ?? "")")
    }
    try check(try scratch.run("evaluate", "t.yaml", "--output", "rows.csv"))
    let new = [
      "evaluate", "net.yaml", "--parameters", "t-trained.safetensors", "--columns", "a,b",
      "--target-columns", "odor", "--mode", "classifier", "--output", "rows.csv", "--input",
    ]
    try check(try scratch.run(new + ["new.csv"]))
    try check(try scratch.run(new + ["numbers.csv"]))
    let typo = try scratch.run(new + ["typo.csv"])
    #expect(typo.status == 1 && typo.errors.contains("did you mean 'vinegar'?"), "\(typo.errors)")
    let json = try scratch.run(new + ["new.csv", "--json"]).json()
    #expect(json["classes"] as? [String] == ["apple", "musk", "vinegar"])
    let metrics = try #require(json["metrics"] as? [String: Any])
    for name in ["macro-f1", "precision of class musk", "recall of class apple"] {
      #expect(metrics[name] as? Double == 1, "\(name)")
    }

    // What is predicted has the same words.
    let solve = [
      "solve", "net.yaml", "--parameters", "t-trained.safetensors", "--input", "new.csv",
      "--columns", "a,b",
    ]
    let table = try scratch.run(solve)
    #expect(table.status == 0, "\(table.errors)")
    let lines = table.output.split(separator: "\n").map { $0.split(separator: ",") }
    #expect(lines.map { $0[0] } == ["answer", "vinegar", "musk", "apple"], "\(table.output)")
    #expect(lines.allSatisfy { $0.count == 4 })
    let answered = try scratch.run(solve + ["--json"]).json()
    #expect(answered["answers"] as? [String] == ["vinegar", "musk", "apple"])
    #expect(answered["classes"] as? [String] == ["apple", "musk", "vinegar"])
    let idle = try scratch.run(solve + ["--threshold", "0.5"])
    #expect(idle.status == 1 && idle.errors.contains("an output for each class"), "\(idle.errors)")
  }

  @Test("a single output names a word by --threshold, and none where labels are no targets")
  func singleOutput() throws {
    let scratch = try Scratch()
    try scratch.write("d.csv", "a,kind,y\n0,good,1\n1,bad,2\n0,good,1\n1,bad,2\n")
    try scratch.write(
      "net.yaml",
      """
      format: cyclograd/1
      groups:
        - {name: x, size: 1, role: input}
        - {name: y, size: 1, role: output, activation: identity}
      edges:
        - [x.0, y.0, 1]
      """)
    func train(_ data: String, _ more: String) throws {
      try scratch.write(
        "t.yaml",
        """
        format: cyclograd-training/1
        graph: net.yaml
        data: {file: d.csv, inputs: a, \(data)labels: {column: kind}}
        optimizer: sgd
        rate: 1e-9
        epochs: 1
        \(more)
        """)
      let run = try scratch.run("train", "t.yaml", "--quiet", "--overwrite")
      #expect(run.status == 0, "\(run.errors)")
    }
    let solve = [
      "solve", "net.yaml", "--parameters", "t-trained.safetensors", "--input", "d.csv",
      "--columns", "a",
    ]
    try train("", "task: classifier")
    #expect(try scratch.run(solve).output.hasPrefix("y.0\n"))
    let named = try scratch.run(solve + ["--threshold", "0.5"])
    let words = named.output.split(separator: "\n").map { $0.split(separator: ",")[0] }
    #expect(words == ["answer", "bad", "good", "bad", "good"], "\(named.output)\(named.errors)")

    try train("targets: y, ", "")
    let apart = try scratch.run(solve + ["--threshold", "0.5"])
    #expect(apart.status == 1 && apart.errors.contains("no words of classes"), "\(apart.errors)")
  }

  @Test("samples of a training file's part are known by their rows in the file")
  func fileRows() throws {
    let scratch = try scratch()
    let values = [3, 1, 4, 1.5, 5, 9, 2, 6, 5.5, 8]
    try scratch.write("d.csv", "a,y\n" + values.map { "\($0),\(-$0)\n" }.joined())
    try scratch.write(
      "net.yaml",
      """
      format: cyclograd/1
      groups:
        - {name: x, size: 1, role: input}
        - {name: y, size: 1, role: output, activation: identity}
      edges:
        - [x.0, y.0, 1]
      """)
    try scratch.write(
      "t.yaml",
      """
      format: cyclograd-training/1
      graph: net.yaml
      data:
        file: d.csv
        inputs: a
        targets: y
        steps:
          - {split: test, share: 0.4, seed: 3}
      validation: {file: d.csv, rows: "5..8"}
      optimizer: sgd
      rate: 1e-9
      epochs: 1
      """)
    let trained = try scratch.run("train", "t.yaml", "--quiet")
    #expect(trained.status == 0, "\(trained.errors)")
    var all: [Int] = []
    for part in ["training", "test", "validation"] {
      let run = try scratch.run("evaluate", "t.yaml", "--part", part, "--output", "rows.csv")
      #expect(run.status == 0, "\(run.errors)")
      let table = try #require(scratch.read("rows.csv")).split(separator: "\n").map {
        $0.split(separator: ",").map(String.init)
      }
      #expect(table[0].count == 6 && table[0][5] == "\"file row\"", "\(table[0])")
      let places = table.dropFirst().compactMap { Int($0[5]) }
      #expect(places.map { -values[$0] } == table.dropFirst().map { Double($0[4]) ?? .nan })
      if part == "validation" { #expect(places == [5, 6, 7, 8]) } else { all += places }
    }
    #expect(all.sorted() == Array(0..<10))
  }

  @Test("rows without an equilibrium are named and never scored")
  func failed() throws {
    let scratch = try scratch()
    try scratch.write("x.csv", "1,1\n")
    let run = try scratch.run(
      "evaluate", "graphs/xor.yaml", "--input", "xor.csv", "--columns", "a,b", "--target-columns",
      "xor", "--mode", "classifier", "--backend", "edge-list", "--max-iterations", "1", "--output",
      "rows.csv", "--json")
    #expect(run.status == 2)
    #expect(run.errors.contains("took part in no measure"))
    let json = try run.json()
    let failed = try #require(json["failed"] as? [Int])
    let converged = try #require(json["converged"] as? Int)
    #expect(!failed.isEmpty && failed.count + converged == 4)
    let rows = try #require(scratch.read("rows.csv")).split(separator: "\n").dropFirst()
    #expect(rows.filter { $0.contains("nan") }.count == failed.count)
    let counted = try #require(json["confusion"] as? [[Int]]).flatMap { $0 }.reduce(0, +)
    #expect(counted == converged)
  }

  @Test(
    "what is wrong with labels and options is said",
    arguments: [
      (["--target-columns", "label"], "no column is named"),
      (["--target-columns", "xor", "--validation", "xor.csv"], "autoencoders only"),
      (["--target-columns", "xor", "--threshold", "1"], "does not apply to regressions"),
      ([], "--target-columns"),
      (["--target", "odd.csv", "--mode", "classifier"], "odd.csv"),
      (["--target", "short.csv"], "short.csv: 1 rows of targets for 4 samples"),
      (["--target", "odd.csv", "--mode", "autoencoder", "--threshold", "1"], "neither 0 nor 1"),
      (["--target", "odd.csv", "--loss", "binary-cross-entropy"], "not between 0 and 1"),
    ])
  func bad(arguments: [String], message: String) throws {
    let scratch = try scratch()
    try scratch.write("odd.csv", "0\n1\n1\n7\n")
    try scratch.write("short.csv", "1\n")
    let run = try scratch.run(
      ["evaluate", "graphs/xor.yaml", "--input", "xor.csv", "--columns", "a,b"] + arguments)
    #expect(run.status == 1)
    #expect(run.errors.contains(message), "\(run.errors)")
  }

  @Test("parameters of a training on windows take a series, as the training file and its parts do")
  func windows() throws {
    let scratch = try scratch()
    func network(hidden: Int) -> String {
      """
      format: cyclograd/1
      groups:
        - {name: u, size: 6, role: input}
        - {name: h, size: \(hidden), activation: tanh}
        - {name: y, size: 1, role: output}
      connections:
        - {from: u, to: h}
        - {from: h, to: h, weight: {normal: 0.1}}
        - {from: h, to: y}

      """
    }
    try scratch.write("net.yaml", network(hidden: 5))
    try scratch.write("sized.yaml", network(hidden: 3))
    let rows = (0..<40).map { "\($0),\(100 + 10 * ($0 % 7)),\($0 % 5)" }
    try scratch.write("series.csv", (["row,a,b"] + rows).joined(separator: "\n") + "\n")
    let swapped = (25..<40).map { "\($0 % 5),\(100 + 10 * ($0 % 7))" }
    try scratch.write("new.csv", (["b,a"] + swapped).joined(separator: "\n") + "\n")
    try scratch.write(
      "t.yaml",
      """
      format: cyclograd-training/1
      graph: net.yaml
      sizes: {h: 3}
      data: {file: series.csv, inputs: "a,b", targets: b, rows: "0..24", windows: {length: 3},
             steps: [{scale: standardise}]}
      test: {file: series.csv, rows: "25..39"}
      optimizer: adam
      rate: 0.01
      epochs: 2

      """)
    #expect(try scratch.run("train", "t.yaml", "--quiet").status == 0)
    func measure(_ arguments: String...) throws -> (samples: Int?, mse: Double?) {
      let run = try scratch.run(["evaluate"] + arguments + ["--json"])
      #expect(run.status == 0, "\(run.errors)")
      let json = try run.json()
      return (json["samples"] as? Int, (json["metrics"] as? [String: Any])?["mse"] as? Double)
    }
    let parameters = ["sized.yaml", "--input", "new.csv", "--parameters", "t-trained.safetensors"]
    let test = try measure("t.yaml", "--part", "test")
    let training = try measure("t.yaml", "--part", "training")
    #expect(test.samples == 12 && training.samples == 22 && test.mse != nil)
    let again = try measure(
      "sized.yaml", "--input", "new.csv", "--parameters", "t-trained.safetensors",
      "--target-columns", "b")
    let (found, expected) = (try #require(again.mse), try #require(test.mse))
    #expect(again.samples == 12 && abs(found - expected) < 1e-8 * expected)
    // The last window has no target, but an answer.
    let solved = try scratch.run(["solve"] + parameters)
    #expect(solved.status == 0 && solved.output.split(separator: "\n").count == 14)
    for (command, options) in [
      ("gradient", ["--target-columns", "b"]), ("compare", []), ("bound", ["--radius", "0.01"]),
    ] {
      let run = try scratch.run([command] + parameters + options)
      #expect(run.status == 0, "\(command): \(run.errors)")
    }
    try scratch.write("bad.csv", "1,2,3,4,5\n")
    let bad = try scratch.run(
      "solve", "sized.yaml", "--input", "bad.csv", "--parameters", "t-trained.safetensors")
    #expect(bad.status == 1 && bad.errors.contains("neither the 2 of a series nor the 6"))
  }
}
