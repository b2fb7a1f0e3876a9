import Foundation
import TestSupport
import Testing

/// What somebody does who has not read the manual, and the word that helps.
@Suite("Mistakes of newcomers", .tags(.slow), .unlessFast)
struct NewcomerTests {
  private static let net = """
    format: cyclograd/1
    groups:
      - {name: x, size: 2, role: input}
      - {name: h, size: 3, activation: tanh}
      - {name: y, size: 1, role: output}
    connections:
      - {from: x, to: h}
      - {from: h, to: h, weight: {normal: 0.2}}
      - {from: h, to: y}
    """
  private static let training = """
    format: cyclograd-training/1
    graph: net.yaml
    data: {file: xor.csv, inputs: "a,b", targets: xor}
    optimizer: adam
    rate: 0.05
    epochs: 3
    """

  private func folder(_ training: String = training) throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("net.yaml", Self.net)
    try scratch.write("train.yaml", training)
    try scratch.write(
      "window.yaml",
      Self.net.replacingOccurrences(
        of: "to: h, weight", with: "to: h, pattern: {neighborhood: 3}, weight"))
    try scratch.write("xor.csv", "a,b,xor\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n")
    return scratch
  }

  @Test(
    "The message says what to do",
    arguments: [
      (["inspect", "train.yaml"], "train.yaml:1:9: this is a training file, not a graph file"),
      (["inspect", "train.yaml"], "cyclograd train, evaluate and report training take it"),
      (["train", "net.yaml"], "net.yaml:1:9: this is a graph file, not a training file"),
      (["study", "train.yaml"], "this is a training file, not a study file"),
      (["evaluate", "train.yaml"], "run cyclograd train train.yaml first"),
      (
        ["inspect", "window.yaml"],
        "a neighborhood must be a mapping, not '3'; its keys are kernel, "
      ),
      (["compare", "net.yaml", "--backends", "dirct"], "did you mean 'direct'?"),
      (["compare", "net.yaml", "--backends", "magic"], "the backends are automatic, edge-list"),
      (["solve", "net.yaml", "--solver", "newtn"], "did you mean 'newton'?"),
      (
        ["solve", "net.yaml", "--input", "xor.csv", "--columns", "a"],
        "the rows have 1 column, but the network has 2 inputs"
      ),
      (
        ["gradient", "net.yaml", "--input", "xor.csv", "--columns", "a,b", "--target", "xor.csv"],
        "select the columns, for example with --target-columns 0..0"
      ),
      (
        ["compare", "net.yaml", "--target", "xor.csv"],
        "select the columns, for example with --target-columns 0..0"
      ),
      (
        ["report", "inspect", "net.yaml", "--output", "a.svg"],
        "svg holds one figure, and --figure names none; name one with --figure; there are network,"
      ),
      (
        ["report", "inspect", "net.yaml", "--output", "a.svg", "--figure", "grph"],
        "did you mean 'graph'?"
      ),
    ])
  func advice(arguments: [String], message: String) throws {
    let run = try folder().run(arguments)
    #expect(run.status == 1 && run.errors.contains(message), "\(run.errors)")
  }

  @Test("A schedule without its numbers is shown with them")
  func schedule() throws {
    let run = try folder(Self.training + "\nschedule: cosine\n").run("train", "train.yaml")
    #expect(run.status == 1)
    #expect(
      run.errors.contains("train.yaml:7:11: unknown schedule 'cosine'; give constant, {cosine: "))
  }

  @Test(
    "A loss that takes logits says where outputs are none",
    arguments: [("softmax", "softmax-cross-entropy"), ("logistic", "binary-cross-entropy")])
  func noLogits(activation: String, loss: String) throws {
    let scratch = try folder(Self.training + "\nloss: \(loss)\n")
    for (given, isRemarked) in [("identity", false), (activation, true)] {
      try scratch.write(
        "net.yaml",
        Self.net.replacingOccurrences(
          of: "role: output", with: "role: output, activation: \(given)"))
      // One output is the whole of a softmax, and 1; the targets only need to be allowed.
      try scratch.write("xor.csv", "a,b,xor\n0,1,1\n1,0,1\n")
      let runs = [
        try scratch.run("compare", "net.yaml", "--loss", loss),
        try scratch.run(
          "gradient", "net.yaml", "--loss", loss, "--input", "xor.csv", "--columns", "a,b",
          "--target", "xor.csv", "--target-columns", "xor"),
        try scratch.run("train", "train.yaml", "--overwrite"),
      ]
      for run in runs {
        #expect(run.status == 0, "\(run.errors)")
        let note = "note: \(loss) takes outputs as logits, but y has an activation"
        #expect(run.errors.contains(note) == isRemarked, "\(run.errors)")
      }
    }
  }

  @Test("Weights under another name are not passed over in silence")
  func weightColumn() throws {
    let scratch = try Scratch()
    try scratch.write("a.csv", "pre,post,strength\nA,B,0.5\nB,A,-0.2\n")
    let run = try scratch.run("inspect", "a.csv")
    #expect(run.status != 0)
    #expect(run.errors.contains("give --weight-attribute with the column of the weights"))
  }

  @Test("A report's format follows from the name of its file")
  func format() throws {
    let scratch = try folder()
    let run = try scratch.run(
      "report", "inspect", "net.yaml", "--output", "a.svg", "--figure", "graph")
    #expect(run.status == 0, "\(run.errors)")
    #expect(scratch.read("a.svg")?.hasPrefix("<svg ") == true)
    #expect(
      try scratch.run("report", "inspect", "net.yaml", "--output", "a.svg", "--format", "html")
        .status == 0)
    #expect(scratch.read("a.svg")?.hasPrefix("<!DOCTYPE html>") == true)
  }

  @Test("Edges that point the wrong way are seen by what no input leads to")
  func reversedEdges() throws {
    let scratch = try folder()
    let forward = try scratch.run("inspect", "net.yaml")
    #expect(!forward.errors.contains("note:"))
    try scratch.write(
      "net.yaml",
      Self.net.replacingOccurrences(of: "{from: x, to: h}", with: "{from: h, to: x}")
        .replacingOccurrences(of: "{from: h, to: y}", with: "{from: y, to: h}"))
    let run = try scratch.run("inspect", "net.yaml")
    #expect(run.status == 0)
    #expect(run.errors.contains("note: no input leads to 1 output: y.0; edges go from "))
    #expect(run.errors.contains("note: 2 inputs lead to no output: x.0, x.1"))
    let json = try scratch.run("inspect", "net.yaml", "--json").json()
    #expect(json["constant_outputs"] as? [String] == ["y.0"])
    #expect(json["idle_inputs"] as? [String] == ["x.0", "x.1"])
  }

  @Test("Where there is no equilibrium, the command that may prove it is named, and does")
  func noEquilibrium() throws {
    let scratch = try Scratch()
    try scratch.write(
      "net.yaml",
      Self.net.replacingOccurrences(of: "tanh", with: "relu")
        .replacingOccurrences(of: "to: h}", with: "to: h, weight: 1}")
        .replacingOccurrences(of: "{normal: 0.2}", with: "1"))
    try scratch.write("x.csv", "1,1\n")
    let run = try scratch.run("solve", "net.yaml", "--input", "x.csv")
    #expect(run.status == 2)
    #expect(run.errors.contains("'cyclograd check net.yaml --input x.csv' looks for a proof"))
    let check = try scratch.run("check", "net.yaml", "--input", "x.csv")
    #expect((check.output + check.errors).contains("no equilibrium, proved"))
  }

  @Test("A training whose loss grows says so; one that falls does not")
  func growingLoss() throws {
    let wild = Self.training.replacingOccurrences(of: "rate: 0.05", with: "rate: 5000")
    #expect(
      try folder(wild).run("train", "train.yaml", "--quiet").output
        .contains("it has grown: that of epoch 1 was "))
    #expect(
      try !folder().run("train", "train.yaml", "--quiet").output.contains("it has grown"))
  }

  @Test("The lines of epochs stand below each other")
  func alignedEpochs() throws {
    let long = Self.training.replacingOccurrences(of: "epochs: 3", with: "epochs: 12")
    let run = try folder(long).run("train", "train.yaml")
    let lines = run.errors.split(separator: "\n").filter { $0.contains("Z  epoch ") }
    #expect(lines.count == 12)
    for word in ["loss", "rate", "iterations", "forward", "backward"] {
      let places = Set(
        lines.map { line in line.firstRange(of: word).map { line[..<$0.lowerBound].count } ?? -1 })
      #expect(places.count == 1, "\(word): \(run.errors)")
    }
  }
}
