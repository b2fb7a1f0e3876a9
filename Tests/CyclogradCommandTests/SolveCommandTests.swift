import Foundation
import TestSupport
import Testing

@Suite("cyclograd solve", .tags(.slow), .unlessFast)
struct SolveCommandTests {
  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("x.csv", "a,b\n0,0\n0,1\n1,0\n1,1\n")
    return scratch
  }

  @Test("solves exclusive or and names the outputs")
  func exclusiveOr() throws {
    let run = try scratch().run("solve", "graphs/xor.yaml", "--input", "x.csv")
    #expect(run.status == 0)
    let lines = run.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 5)
    #expect(lines[0].split(separator: ",").allSatisfy { $0.contains(".") })
    let answers = lines.dropFirst().map { Double($0.split(separator: ",")[0]) ?? .nan }
    for (answer, target) in zip(answers, [0.0, 1, 1, 0]) { #expect(abs(answer - target) < 0.02) }
    #expect(run.errors.contains("4 samples converged"))
  }

  @Test("columns, files, text and state files work together")
  func files() throws {
    let scratch = try scratch()
    try scratch.write("x.txt", "7 0 0\n7 0 1\n\n7 1 0\n")
    for backend in ["edge-list", "direct"] {
      for name in ["z.npy", "z.csv"] {
        let run = try scratch.run(
          "solve", "graphs/xor.yaml", "--input", "x.txt", "--columns", "1..2", "--backend", backend,
          "--output", "y.csv", "--save-state", name)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.isEmpty)
        #expect(scratch.read("y.csv")?.split(separator: "\n").count == 4)
        let again = try scratch.run(
          "solve", "graphs/xor.yaml", "--input", "x.txt", "--columns", "1..2", "--backend", backend,
          "--state", name, "--json"
        ).json()
        #expect(again["converged"] as? Int == 3)
        #expect(try #require(again["iterations"] as? Int) <= 2)
      }
    }
  }

  @Test("--solver names the method, and --backend beside it is refused")
  func solver() throws {
    let scratch = try scratch()
    let help = try scratch.run("solve", "--help").output
    #expect(help.contains("gauss-seidel") && help.contains("gmres"))
    let run = try scratch.run(
      "solve", "graphs/xor.yaml", "--input", "x.csv", "--solver", "relaxation", "--json"
    ).json()
    #expect(run["converged"] as? Int == 4)
    #expect(run["backend"] as? String == "relaxation+automatic")
    let both = try scratch.run(
      "solve", "graphs/xor.yaml", "--input", "x.csv", "--solver", "picard", "--backend", "direct")
    #expect(both.status == 1)
    #expect(both.errors.contains("--solver"))
    let unknown = try scratch.run(
      "solve", "graphs/xor.yaml", "--input", "x.csv", "--adjoint", "magic")
    #expect(unknown.status == 1)
    #expect(unknown.errors.contains("gmres"))
  }

  @Test("JSON has the contract's keys")
  func json() throws {
    let json = try scratch().run("solve", "graphs/xor.yaml", "--input", "x.csv", "--json").json()
    #expect(json["samples"] as? Int == 4)
    #expect(json["converged"] as? Int == 4)
    #expect((json["failed"] as? [Int])?.isEmpty == true)
    #expect(try #require(json["max_residual"] as? Double) <= 1e-10)
    #expect(json["iterations"] is Int)
    #expect(json["seconds"] is Double)
  }

  @Test("--follow stays on a branch as long as it lasts")
  func follow() throws {
    let scratch = try Scratch()
    try scratch.write("ramp.csv", "-1\n-0.4\n0.4\n0.8\n0.4\n-0.4\n-1\n")
    func signs(_ arguments: String...) throws -> [Bool] {
      let run = try scratch.run(
        ["solve", "graphs/bistable.yaml", "--input", "ramp.csv"] + arguments)
      #expect(run.status == 0, "\(run.errors)")
      return run.output.split(separator: "\n").dropFirst().map { !$0.hasPrefix("-") }
    }
    for backend in ["automatic", "direct", "edge-list"] {
      #expect(
        try signs("--follow", "--backend", backend)
          == [false, false, false, true, true, true, false])
    }
    #expect(try signs() == [false, false, true, true, true, false, false])
    try scratch.write("z.csv", "2\n")
    #expect(try signs("--follow", "--state", "z.csv")[0] == false)
    let certified = try scratch.run(
      "solve", "graphs/bistable.yaml", "--input", "ramp.csv", "--follow", "--certify", "--json")
    #expect(try certified.json()["converged"] as? Int == 7)
    let traced = try scratch.run(
      "solve", "graphs/bistable.yaml", "--input", "ramp.csv", "--follow", "--trace", "t.jsonl")
    #expect(traced.status == 1 && traced.errors.contains("--follow"))
    try scratch.write("z.csv", String(repeating: "2\n", count: 7))
    let states = try scratch.run(
      "solve", "graphs/bistable.yaml", "--input", "ramp.csv", "--follow", "--state", "z.csv")
    #expect(
      states.status == 1 && states.errors.contains("from one state, not from 7"), "\(states.errors)"
    )
  }

  @Test("rows without an equilibrium hold nan, are named, and make the exit code 2")
  func failure() throws {
    let scratch = try Scratch()
    try scratch.write("x.csv", "1,2\n-1,0.5\n")
    let run = try scratch.run(
      "solve", "graphs/newton-only.yaml", "--input", "x.csv", "--backend", "edge-list",
      "--max-iterations", "50", "--save-state", "z.csv")
    #expect(run.status == 2)
    #expect(run.output.split(separator: "\n").dropFirst().allSatisfy { $0 == "nan,nan" })
    #expect(run.errors.contains("row 0: iteration-limit"))
    // It has one; what is not found is not said to be missing.
    #expect(run.errors.contains("no equilibrium was found for 2 of 2 samples"))
    #expect(!run.errors.contains("have no equilibrium"))
    #expect(scratch.read("z.csv")?.contains("nan") == true)
    let json = try scratch.run(
      "solve", "graphs/newton-only.yaml", "--input", "x.csv", "--backend", "edge-list",
      "--max-iterations", "50", "--json")
    #expect(json.status == 2)
    #expect(try json.json()["failed"] as? [Int] == [0, 1])
  }

  @Test("the number of threads does not change a bit of the answer")
  func threads() throws {
    let scratch = try Scratch()
    var generator = SystemRandomNumberGenerator()
    let rows = (0..<64).map { _ in
      (0..<4).map { _ in String(Double.random(in: -1...1, using: &generator)) }
        .joined(separator: " ")
    }
    try scratch.write("x.txt", rows.joined(separator: "\n"))
    let answers = try ["1", "2", "5"].map { threads in
      try scratch.run(
        "solve", "graphs/feedback.yaml", "--input", "x.txt", "--threads", threads
      ).output
    }
    #expect(Set(answers).count == 1)
    #expect(answers[0].split(separator: "\n").count == 65)
  }

  @Test("bad input gives one clear message, exit code 1, and no file")
  func badInput() throws {
    let scratch = try scratch()
    let good = try #require(
      String(
        data: Data(contentsOf: packageRoot.appendingPathComponent("graphs/xor.yaml")),
        encoding: .utf8))
    try scratch.write("unknown-key.yaml", good.replacingOccurrences(of: "groups:", with: "gruops:"))
    try scratch.write(
      "activation.yaml", good.replacingOccurrences(of: "logistic", with: "logistik"))
    try scratch.write(
      "no-outputs.yaml",
      "format: cyclograd/1\ngroups:\n  - {name: x, size: 2, role: input}\n")
    try scratch.write("empty-graph.yaml", "format: cyclograd/1\n")
    try scratch.write("short.csv", "0,0\n1\n")
    try scratch.write("words.csv", "0,0\n1,one\n")
    try scratch.write("nan.csv", "0,nan\n")
    try scratch.write("empty.csv", "")
    for (graph, input, message) in [
      ("unknown-key.yaml", "x.csv", "did you mean 'groups'"),
      ("activation.yaml", "x.csv", "logistic"),
      ("no-outputs.yaml", "x.csv", "outputs"),
      ("empty-graph.yaml", "x.csv", "no groups"),
      ("missing.yaml", "x.csv", "missing.yaml"),
      ("graphs/xor.yaml", "short.csv", "short.csv:2"),
      ("graphs/xor.yaml", "words.csv", "words.csv:2"),
      ("graphs/xor.yaml", "nan.csv", "nan.csv:1"),
      ("graphs/xor.yaml", "empty.csv", "empty.csv"),
      ("graphs/xor.yaml", "missing.csv", "missing.csv"),
      ("graphs/feedback.yaml", "x.csv", "4 inputs"),
    ] {
      let run = try scratch.run("solve", graph, "--input", input, "--output", "out.csv")
      #expect(run.status == 1, "\(graph) \(input)")
      #expect(run.errors.contains(message), "\(run.errors)")
      #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
      #expect(run.output.isEmpty)
      #expect(scratch.read("out.csv") == nil)
    }
    #expect(
      try scratch.run("solve", "graphs/xor.yaml", "--input", "x.csv", "--save-state", "z.txt")
        .errors
        .contains(".csv, .tsv, .json, .jsonl or .npy"))
    #expect(
      try scratch.run(
        "solve", "graphs/xor.yaml", "--input", "x.csv", "--output", "no/such/folder.csv"
      )
      .status == 1)
  }

  @Test("no file is written over another one of the same call")
  func collisions() throws {
    let scratch = try scratch()
    for arguments in [
      ["--output", "a.csv", "--save-state", "./a.csv"], ["--output", "x.csv"],
      ["--save-state", "x.csv"],
    ] {
      let run = try scratch.run(
        ["solve", "graphs/xor.yaml", "--input", "x.csv"] + arguments)
      #expect(run.status == 1)
      #expect(run.errors.contains("would write over"))
      #expect(scratch.read("a.csv") == nil)
      #expect(scratch.read("x.csv")?.hasPrefix("a,b") == true)
    }
  }

  @Test("a network without inputs needs none")
  func withoutInputs() throws {
    let scratch = try scratch()
    try scratch.write(
      "loop.yaml",
      """
      format: cyclograd/1
      groups: [{name: h, size: 2, role: output, activation: tanh, bias: 0.5}]
      connections: [{from: h, to: h, weight: 0.3}]
      """)
    let run = try scratch.run("solve", "loop.yaml")
    #expect(run.status == 0)
    #expect(run.output.split(separator: "\n").count == 2)
    #expect(try scratch.run("solve", "loop.yaml", "--input", "x.csv").status == 1)
    #expect(try scratch.run("solve", "graphs/xor.yaml").errors.contains("--input"))
  }

  @Test("the Newton step that confirmed a state tells its backward error and condition")
  func linearSystem() throws {
    let scratch = try scratch()
    let loops = [[0.0, 0.9, -0.4], [0.7, 0.0, 1.2], [-1.1, 0.3, 0.0]]
    var text = """
      format: cyclograd/1
      groups:
        - {name: x, size: 3, role: input, bias: {value: 0, trainable: false}}
        - {name: h, size: 3, role: output, activation: tanh, bias: 0}
      connections: [{from: x, to: h, pattern: one-to-one, weight: 1}]
      edges:

      """
    for (target, row) in loops.enumerated() {
      for (source, weight) in row.enumerated() where weight != 0 {
        text += "  - [h.\(source), h.\(target), \(weight)]\n"
      }
    }
    try scratch.write("net.yaml", text)
    // The slopes are near 1 for the first sample and near 0 for the last one.
    let samples = [[0.05, -0.02, 0.01], [0.6, 0.2, -0.5], [4, -5, 6]]
    func solve(_ rows: [[Double]], _ options: String...) throws -> [String: Any] {
      try scratch.write(
        "x.csv", rows.map { $0.map { "\($0)" }.joined(separator: ",") + "\n" }.joined())
      return try scratch.run(["solve", "net.yaml", "--input", "x.csv", "--json"] + options).json()
    }
    var conditions: [Double] = []
    for sample in samples {
      let json = try solve([sample], "--backend", "dense", "--certify")
      let outputs = try #require((json["outputs"] as? [[Double]])?.first)
      // I − diag(1 − a²) W, from the answer.
      var matrix: [[Double]] = []
      for (output, row) in zip(outputs, loops) {
        matrix.append(row.map { -(1 - output * output) * $0 })
        matrix[matrix.count - 1][matrix.count - 1] += 1
      }
      let exact = Self.norm(matrix) * Self.norm(Self.inverse(matrix))
      let condition = try #require(json["condition"] as? Double)
      // The estimate is of the equilibrated matrix, in which this one differs little.
      #expect(condition <= 3 * exact && condition >= exact / 3)
      conditions.append(condition)
      let error = try #require(json["backward_error"] as? Double)
      #expect(error >= 0 && error <= 4 * 0x1p-53)
    }
    #expect(conditions[0] > 2 * conditions[2])
    // Of several samples the worst.
    let all = try solve(samples.reversed(), "--backend", "dense", "--certify")
    #expect(try abs(#require(all["condition"] as? Double) / conditions.max()! - 1) < 1e-12)
    #expect(try #require(all["backward_error"] as? Double) <= 4 * 0x1p-53)
    let plain = try solve(samples, "--backend", "dense")
    #expect(plain["backward_error"] is Double && plain["condition"] is NSNull)
    let swept = try solve(samples, "--backend", "edge-list", "--certify")
    #expect(swept["backward_error"] is NSNull && swept["condition"] is NSNull)
  }

  /// The largest sum of absolute values in a row.
  private static func norm(_ matrix: [[Double]]) -> Double {
    matrix.map { $0.reduce(0) { $0 + abs($1) } }.max() ?? 0
  }

  /// Of a 3 × 3 matrix, by cofactors.
  private static func inverse(_ m: [[Double]]) -> [[Double]] {
    func cofactor(_ i: Int, _ j: Int) -> Double {
      let (a, b, c, d) = ((i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3)
      return m[a][c] * m[b][d] - m[a][d] * m[b][c]
    }
    var determinant = 0.0
    for j in 0..<3 { determinant += m[0][j] * cofactor(0, j) }
    var result = m
    for i in 0..<3 { for j in 0..<3 { result[i][j] = cofactor(j, i) / determinant } }
    return result
  }

  @Test("--as-is without anything that it could leave out is refused")
  func asIs() throws {
    let scratch = try scratch()
    for command in [
      ["solve"], ["gradient", "--target", "y.csv"], ["compare"],
      ["report", "compare", "--output", "a.html"],
      ["evaluate", "--target", "y.csv"], ["jacobian"], ["check"],
      ["report", "inspect", "--output", "a.html"],
    ] {
      let run = try scratch.run(command + ["graphs/xor.yaml", "--input", "x.csv", "--as-is"])
      #expect(
        run.status == 1 && run.errors.contains("--as-is means nothing without --parameters"),
        "\(run.errors)")
    }
    let run = try scratch.run("compare", "graphs/xor.yaml", "--parameters", "p.npz", "--as-is")
    #expect(run.status == 1)
    let columns = try scratch.run("solve", "graphs/hopfield.yaml", "--columns", "0..7")
    #expect(columns.status == 1 && columns.errors.contains("no file to select them from"))
  }

  @Test("what would never fit or never end is refused at once")
  func refused() throws {
    let scratch = try scratch()
    try scratch.write(
      "huge.yaml",
      "format: cyclograd/1\ngroups: [{name: x, size: 2000000000, role: [input, output]}]\n")
    let huge = try scratch.run("inspect", "huge.yaml")
    #expect(huge.status == 1)
    #expect(huge.errors.contains("GB"))
    for samples in ["9223372036854775807", "3000000000"] {
      let run = try scratch.run("compare", "graphs/xor.yaml", "--samples", samples)
      #expect(run.status == 1)
      #expect(run.errors.contains("GB"))
    }
    #expect(try scratch.run("inspect", "/dev/zero").errors.contains("device"))
    try scratch.write("damaged.csv", ",2\n1,1\n")
    let damaged = try scratch.run("solve", "graphs/xor.yaml", "--input", "damaged.csv")
    #expect(damaged.status == 1)
    #expect(damaged.errors.contains("damaged.csv:1"))
  }
}
