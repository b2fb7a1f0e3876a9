import Foundation
import Testing

@Suite struct ConvertCommandTests {
  private let run: Command

  init() throws { run = try Command() }

  private let matrix = """
    %%MatrixMarket matrix coordinate real general
    3 3 3
    2 1 0.5
    2 2 -0.25
    3 2 1

    """

  @Test func fromMatrixToAnswers() throws {
    try run.write(matrix, "w.mtx")
    try run.write("0.5\n-1\n", "x.csv")
    let converted = try run(
      "convert", "w.mtx", "net.yaml", "--activation", "tanh", "--inputs", "1", "--outputs", "1")
    #expect(converted.status == 0 && converted.output.isEmpty && converted.errors.isEmpty)
    let first = try run("solve", "net.yaml", "--input", "x.csv")
    let second = try run(
      "solve", "w.mtx", "--input", "x.csv", "--activation", "tanh", "--inputs", "0..0",
      "--outputs", "last:1")
    #expect(first.status == 0 && first.output == second.output)
    #expect(first.output.split(separator: "\n").count == 3)
  }

  @Test func whatIsMissingIsAskedForByName() throws {
    try run.write(matrix, "w.mtx")
    try run.write("0.5\n", "x.csv")
    var answer = try run("solve", "w.mtx", "--input", "x.csv")
    #expect(answer.status == 1)
    #expect(answer.errors.contains("give --activation, --inputs, --outputs"))
    answer = try run("solve", "w.mtx", "--input", "x.csv", "--activation", "relu", "--inputs", "1")
    #expect(answer.errors.contains("does not say the network's outputs"))
    #expect(answer.errors.contains("give --outputs"))
    answer = try run("compare", "w.mtx", "--activation", "relu")
    #expect(answer.errors.contains("give --outputs"))
    answer = try run("convert", "w.mtx", "net.yaml")
    #expect(answer.errors.contains("give --activation"))
    for name in ["v.mtx", "v.csv", "v.graphml", "v.dot"] {
      #expect(try run("convert", "w.mtx", name).status == 0)
    }
    #expect(try run("inspect", "w.mtx").status == 0)
  }

  @Test func remarksGoToStandardError() throws {
    let answer = try run(
      "convert", Command.package + "graphs/feedback.yaml", "/dev/stdout", "--to", "edge-list")
    #expect(answer.status == 0)
    #expect(answer.output.hasPrefix("source,target,weight\n"))
    #expect(answer.errors.contains("activations dropped: identity, tanh"))
  }

  @Test func aFailureLeavesTheOldFile() throws {
    try run.write("old", "out.csv")
    let graph = Command.package + "graphs/autoencoder-v2.yaml"
    let answer = try run("convert", graph, "out.csv")
    #expect(answer.status == 1 && answer.errors.contains("2 units"))
    #expect(try run.content("out.csv") == "old")
    #expect(try run.names == ["out.csv"])
  }

  @Test(arguments: [
    (["--from", "gexf"], "there is no format"), (["--to", "mtx"], "there is no format"),
    (["--activation", "tahn"], "did you mean 'tanh'?"), (["--index-base", "2"], "give 0 or 1"),
    (["--index-base", "1"], "does not apply to the format matrix-market"),
    (["--duplicates", "keep"], "give error or sum"), (["--weights", "b.dat"], "does not apply"),
    (["--inputs", "4"], "4 of 3 neurons"), (["--bias", "none.csv"], "No such file"),
    (["--activation-3", "relu"], "does not apply"), (["--header"], "does not apply"),
  ])
  func wrongOptions(_ options: [String], _ message: String) throws {
    try run.write(matrix, "w.mtx")
    let answer = try run.with(["convert", "w.mtx", "net.graphml"] + options)
    #expect(answer.status == 1)
    #expect(answer.errors.contains(message), "\(answer.errors)")
    #expect(try run.names == ["w.mtx"])
  }

  @Test func simulatorFiles() throws {
    try run.write("1 ### 2 1; ### 1 ### 0\n1 ### 3 1; ### 1 ### 3\n0 ### ### 1 ### 0", "graph.dat")
    try run.write("0.5\n2\n\n\n0\n0.25\n-1\n1 0 1\n", "backup.dat")
    let words = [
      "convert", "graph.dat", "net.yaml", "--from", "szekeres", "--weights", "backup.dat",
      "--inputs", "1", "--outputs", "1",
    ]
    let ambiguous = try run.with(words)
    #expect(ambiguous.status == 1 && ambiguous.errors.contains("--activation-3 arctan"))
    #expect(try run.with(words + ["--activation-3", "arctan"]).status == 0)
    try run.write("1\n", "x.csv")
    let answer = try run("solve", "net.yaml", "--input", "x.csv")
    #expect(answer.output == "y.0\n\(2 * atan(0.75) - 1)\n")
    // And back: code 3 needs a meaning in this direction too.
    let back = try run(
      "convert", "net.yaml", "back.dat", "--to", "szekeres", "--activation-3", "arctan")
    #expect(back.status == 0)
    #expect(try run.content("back.dat").contains("### 1 ### 3"))
    #expect(try run.names.contains("back.weights.dat"))
  }

  @Test func help() throws {
    let answer = try run("convert", "--help")
    #expect(answer.status == 0)
    for word in ["matrix-market", "--activation-3", "--index-base", "Examples:", "networkx"] {
      #expect(answer.output.contains(word))
    }
  }

  @Test func schema() throws {
    let answer = try run("schema")
    #expect(answer.status == 0)
    _ = try JSONSerialization.jsonObject(with: Data(answer.output.utf8))
  }
}
