import Foundation
import TestSupport
import Testing

@Suite(.tags(.slow), .unlessFast) struct ConvertCommandTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// What the command left, beside what the folder has from the beginning.
  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path)
      .filter { $0 != "graphs" && !$0.hasPrefix(".") }.sorted()
  }

  private let matrix = """
    %%MatrixMarket matrix coordinate real general
    3 3 3
    2 1 0.5
    2 2 -0.25
    3 2 1

    """

  @Test(.tags(.slow), .unlessFast) func fromMatrixToAnswers() throws {
    try scratch.write("w.mtx", matrix)
    try scratch.write("x.csv", "0.5\n-1\n")
    let converted = try scratch.run(
      "convert", "w.mtx", "net.yaml", "--activation", "tanh", "--input-neurons", "1",
      "--output-neurons", "1")
    #expect(converted.status == 0 && converted.output.isEmpty && converted.errors.isEmpty)
    let first = try scratch.run("solve", "net.yaml", "--input", "x.csv")
    let second = try scratch.run(
      "solve", "w.mtx", "--input", "x.csv", "--activation", "tanh", "--input-neurons", "0..0",
      "--output-neurons", "last:1")
    #expect(first.status == 0 && first.output == second.output)
    #expect(first.output.split(separator: "\n").count == 3)
  }

  @Test(.tags(.slow), .unlessFast) func whatIsMissingIsAskedForByName() throws {
    try scratch.write("w.mtx", matrix)
    try scratch.write("x.csv", "0.5\n")
    var answer = try scratch.run("solve", "w.mtx", "--input", "x.csv")
    #expect(answer.status == 1)
    #expect(answer.errors.contains("give --activation, --input-neurons, --output-neurons"))
    answer = try scratch.run(
      "solve", "w.mtx", "--input", "x.csv", "--activation", "relu", "--input-neurons", "1")
    #expect(answer.errors.contains("does not say the network's outputs"))
    #expect(answer.errors.contains("give --output-neurons"))
    answer = try scratch.run("compare", "w.mtx", "--activation", "relu")
    #expect(answer.errors.contains("give --output-neurons"))
    answer = try scratch.run("convert", "w.mtx", "net.yaml")
    #expect(answer.errors.contains("give --activation"))
    for name in ["v.mtx", "v.csv", "v.graphml", "v.dot"] {
      #expect(try scratch.run("convert", "w.mtx", name).status == 0)
    }
    #expect(try scratch.run("inspect", "w.mtx").status == 0)
  }

  @Test func edgesGoToShards() throws {
    try scratch.write("w.mtx", matrix)
    try scratch.write("x.csv", "0.5\n-1\n")
    let options = ["--activation", "tanh", "--input-neurons", "1", "--output-neurons", "1"]
    let plain = try scratch.run(["convert", "w.mtx", "plain.yaml"] + options)
    let converted = try scratch.run(["convert", "w.mtx", "net.yaml", "--shards", "2"] + options)
    #expect(plain.status == 0 && converted.status == 0)
    #expect(converted.errors.contains("edges written to net.shards"))
    #expect(scratch.read("net.yaml")?.contains("net.shards") == true)
    let answers = try ["plain.yaml", "net.yaml"].map {
      try scratch.run("solve", $0, "--input", "x.csv")
    }
    #expect(answers[0].status == 0 && answers[0].output == answers[1].output)
    // The folder is replaced as a whole.
    #expect(
      try scratch.run(["convert", "w.mtx", "net.yaml", "--shards", "3"] + options).status == 0)
    #expect(try scratch.run("solve", "net.yaml", "--input", "x.csv").output == answers[0].output)
    for (arguments, words) in [
      (["w.mtx", "net.yaml", "--shards", "0"] + options, "from 1 to 1000"),
      (["w.mtx", "v.mtx", "--shards", "2"] + options, "go with a graph file"),
      (["graphs/feedback.yaml", "v.yaml", "--shards", "2"], "not the format graph"),
      (["w.mtx", "net.yaml", "--shards", "2"], "--activation"),
      (["w.mtx", "net.yaml", "--shards", "2", "--scale", "lambda-pf=0.5"] + options, "--scale"),
    ] {
      let answer = try scratch.run(["convert"] + arguments)
      #expect(answer.status == 1 && answer.errors.contains(words), "\(arguments)")
    }
  }

  @Test func remarksGoToStandardError() throws {
    let answer = try scratch.run(
      "convert", "graphs/feedback.yaml", "/dev/stdout", "--to", "edge-list")
    #expect(answer.status == 0)
    #expect(answer.output.hasPrefix("# neurons: "))
    #expect(answer.errors.contains("activations dropped: identity, tanh"))
  }

  @Test func aFailureLeavesTheOldFile() throws {
    try scratch.write("out.csv", "old")
    let graph = "graphs/autoencoder-v2.yaml"
    let answer = try scratch.run("convert", graph, "out.csv")
    #expect(answer.status == 1 && answer.errors.contains("2 units"))
    #expect(scratch.read("out.csv") == "old")
    #expect(try names() == ["out.csv"])
  }

  @Test(arguments: [
    (["--from", "gefx"], "there is no format"), (["--to", "mtx"], "there is no format"),
    (["--activation", "tahn"], "did you mean 'tanh'?"), (["--index-base", "2"], "give 0 or 1"),
    (["--index-base", "1"], "does not apply to the format matrix-market"),
    (["--duplicates", "keep"], "give error or sum"), (["--weights", "b.dat"], "does not apply"),
    (["--input-neurons", "4"], "4 of 3 neurons"), (["--bias", "none.csv"], "No such file"),
    (["--activation-3", "relu"], "does not apply"), (["--header"], "does not apply"),
  ])
  func wrongOptions(_ options: [String], _ message: String) throws {
    try scratch.write("w.mtx", matrix)
    let answer = try scratch.run(["convert", "w.mtx", "net.graphml"] + options)
    #expect(answer.status == 1)
    #expect(answer.errors.contains(message), "\(answer.errors)")
    #expect(try names() == ["w.mtx"])
  }

  @Test(.tags(.slow), .unlessFast) func simulatorFiles() throws {
    try scratch.write(
      "graph.dat", "1 ### 2 1; ### 1 ### 0\n1 ### 3 1; ### 1 ### 3\n0 ### ### 1 ### 0")
    try scratch.write("backup.dat", "0.5\n2\n\n\n0\n0.25\n-1\n1 0 1\n")
    let words = [
      "convert", "graph.dat", "net.yaml", "--from", "szekeres", "--weights", "backup.dat",
      "--input-neurons", "1", "--output-neurons", "1",
    ]
    let ambiguous = try scratch.run(words)
    #expect(ambiguous.status == 1 && ambiguous.errors.contains("--activation-3 arctan"))
    #expect(try scratch.run(words + ["--activation-3", "arctan"]).status == 0)
    try scratch.write("x.csv", "1\n")
    let answer = try scratch.run("solve", "net.yaml", "--input", "x.csv")
    #expect(answer.output == "y.0\n\(2 * atan(0.75) - 1)\n")
    // And back: code 3 needs a meaning in this direction too.
    let back = try scratch.run(
      "convert", "net.yaml", "back.dat", "--to", "szekeres", "--activation-3", "arctan")
    #expect(back.status == 0)
    #expect(scratch.read("back.dat")?.contains("### 1 ### 3") == true)
    #expect(try names().contains("back.weights.dat"))
  }

  @Test func help() throws {
    let answer = try scratch.run("convert", "--help")
    #expect(answer.status == 0)
    for word in ["matrix-market", "--activation-3", "--index-base", "Examples:", "networkx"] {
      #expect(answer.output.contains(word))
    }
  }

  @Test func schema() throws {
    let answer = try scratch.run("schema")
    #expect(answer.status == 0)
    _ = try JSONSerialization.jsonObject(with: Data(answer.output.utf8))
  }
}
