import Foundation
import TestSupport
import Testing

@Suite("cyclograd gradient", .tags(.slow), .unlessFast)
struct GradientCommandTests {
  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("x.csv", "1,0.5\n")
    try scratch.write("y.csv", "0.3\n")
    return scratch
  }

  private func rows(_ text: String) -> [[String]] {
    text.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  @Test("gives the known gradient of Fig. 1's network as CSV")
  func known() throws {
    let run = try scratch().run(
      "gradient", "graphs/self-loop.yaml", "--input", "x.csv", "--target", "y.csv")
    #expect(run.status == 0)
    let rows = rows(run.output)
    #expect(rows[0] == ["kind", "source", "target", "unit", "value", "gradient"])
    let weights = rows.filter { $0[0] == "weight" }.map { Double($0[5]) ?? .nan }
    let expected = [0.27872331180987528061, 0.13936165590493764031, 0.1623595451754747307]
    #expect(weights.count == 3)
    for (weight, value) in zip(weights, expected) { #expect(abs(weight - value) < 1e-12) }
    let biases = rows.filter { $0[0] == "bias" }
    #expect(biases.count == 3)
    #expect(biases.allSatisfy { $0[1].isEmpty })
    #expect(abs((Double(biases[2][5]) ?? .nan) - 0.27872331180987528061) < 1e-12)
  }

  @Test("writes the gradient of the inputs, and of each sample")
  func parts() throws {
    let scratch = try scratch()
    try scratch.write("x.csv", "1,0.5\n0,1\n")
    try scratch.write("y.csv", "0.3\n0.1\n")
    let run = try scratch.run(
      "gradient", "graphs/self-loop.yaml", "--input", "x.csv", "--target", "y.csv", "--per-sample",
      "--output", "g.csv", "--input-gradient", "dx.csv", "--check")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("check: 10 of 10"))
    let rows = rows(try #require(scratch.read("g.csv")))
    #expect(rows[0].first == "sample")
    #expect(rows.count == 1 + 2 * 6)
    let inputs = self.rows(try #require(scratch.read("dx.csv")))
    #expect(inputs[0] == ["x.0", "x.1"])
    #expect(abs((Double(inputs[1][0]) ?? .nan) - 0.13936165590493764031) < 1e-12)
  }

  @Test("lists the largest derivatives, of inputs too, the largest first")
  func top() throws {
    let scratch = try scratch()
    try scratch.write("x.csv", "1,0.5\n0,1\n")
    try scratch.write("y.csv", "0.3\n0.1\n")
    let arguments = [
      "gradient", "graphs/self-loop.yaml", "--input", "x.csv", "--target", "y.csv", "--top", "5",
    ]
    let run = try scratch.run(arguments + ["--output", "g.csv", "--input-gradient", "dx.csv"])
    #expect(run.status == 0, "\(run.errors)")
    let listed = rows(run.output)
    #expect(listed[0] == ["sample", "kind", "source", "target", "unit", "value", "gradient"])
    let whole = rows(try #require(scratch.read("g.csv"))).dropFirst()
    #expect(whole.count == 6)
    let inputs = rows(try #require(scratch.read("dx.csv"))).dropFirst().flatMap { $0 }
    let expected = (whole.map { $0[5] } + inputs).compactMap { Double($0) }.map { abs($0) }
      .sorted(by: >).prefix(5)
    #expect(listed.dropFirst().map { abs(Double($0[6]) ?? .nan) } == Array(expected))
    for row in listed.dropFirst() {
      #expect(
        row[1] == "input"
          ? inputs.contains(row[6]) && !row[0].isEmpty
          : row[0].isEmpty && whole.contains { Array(row[1...]) == $0 }, "\(row)")
    }
    let json = try scratch.run(arguments + ["--json"]).json()
    let top = try #require(json["top"] as? [[String: Any]])
    #expect(json["gradient"] == nil && top.count == 5)
    // Foundation reads the last digits of JSON's numbers otherwise.
    for (entry, row) in zip(top, listed.dropFirst()) {
      let (found, wanted) = (try #require(entry["gradient"] as? Double), Double(row[6]) ?? .nan)
      #expect(abs(found - wanted) <= 1e-14 * abs(wanted))
    }
    #expect(top.map { $0["target"] as? String } == listed.dropFirst().map { $0[3] })
    for (more, message) in [(["--per-sample"], "--per-sample"), (["--top", "0"], "--top is 0")] {
      let bad = try scratch.run(arguments + more)
      #expect(bad.status == 1 && bad.errors.contains(message), "\(bad.errors)")
    }
  }

  @Test("a weight that several edges share is listed once among the largest")
  func topOfTied() throws {
    let scratch = try scratch()
    try scratch.write(
      "tied.yaml",
      """
      format: cyclograd/1
      groups:
        - {name: x, size: 1, role: input}
        - {name: y, size: 2, role: output, activation: identity}
      edges:
        - [x.0, y.0, {weight: 0.5, share: s}]
        - [x.0, y.1, {share: s}]
      """)
    try scratch.write("x.csv", "2\n")
    try scratch.write("y.csv", "0,-1\n")
    let run = try scratch.run(
      "gradient", "tied.yaml", "--input", "x.csv", "--target", "y.csv", "--top", "100")
    // ∂E/∂w = 2 (1 − 0) + 2 (1 + 1), of both edges together.
    #expect(run.output.contains("gradient\n,weight,x.0,y.0,0,0.5,6.0\n"), "\(run.output)")
    #expect(rows(run.output).count { $0[1] == "weight" } == 1, "\(run.output)")
  }

  /// z = w₁ x₁ + w₂ x₂ + w₃ f(z): the self-loop's factor 1 / (1 − f′ w₃) becomes a sum.
  @Test("approximate gradients of Fig. 1's network are the sums that they should be")
  func kinds() throws {
    let scratch = try scratch()
    func gradient(_ kind: String) throws -> [Double] {
      let run = try scratch.run(
        "gradient", "graphs/self-loop.yaml", "--input", "x.csv", "--target", "y.csv", "--json",
        "--gradient", kind)
      let json = try run.json()
      #expect(json["gradient_kind"] as? String == kind)
      return try #require(json["gradient"] as? [[String: Any]]).compactMap {
        $0["gradient"] as? Double
      }
    }
    let exact = try gradient("exact")
    let one = try gradient("neumann:1")
    // exact = one / (1 − q)
    let q = 1 - one[0] / exact[0]
    #expect(q > 0.01)
    let (three, phantom) = (try gradient("neumann:3"), try gradient("phantom:2:0.5"))
    for index in exact.indices {
      #expect(abs(three[index] - one[index] * (1 + q + q * q)) < 1e-12)
      #expect(abs(phantom[index] - 0.5 * one[index] * (1 + 0.5 * q + 0.5)) < 1e-12)
    }
    for (more, message) in [
      (["semi", "--check"], "--check"), (["neumann:3", "--certify"], "--certify"),
      (["phantom:3:0.5", "--adjoint", "gmres"], "leave --adjoint out"),
      (["phantom:3"], "phantom:K:τ"), (["neumann:3000000"], "from 1 to"),
    ] {
      let run = try scratch.run(
        [
          "gradient", "graphs/self-loop.yaml", "--input", "x.csv", "--target", "y.csv",
          "--gradient",
        ]
          + more)
      #expect(run.status == 1 && run.errors.contains(message), "\(run.errors)")
    }
  }

  @Test("differentiates at a given state, and refuses one that is no equilibrium")
  func state() throws {
    let scratch = try scratch()
    _ = try scratch.run(
      "solve", "graphs/self-loop.yaml", "--input", "x.csv", "--save-state", "z.csv")
    let run = try scratch.run(
      "gradient", "graphs/self-loop.yaml", "--input", "x.csv", "--target", "y.csv", "--state",
      "z.csv",
      "--json")
    #expect(run.status == 0)
    #expect(abs((try run.json()["loss"] as? Double ?? .nan) - 0.039906384690070707302) < 1e-13)
    try scratch.write("bad.csv", "1,0.5,0.1\n")
    let bad = try scratch.run(
      "gradient", "graphs/self-loop.yaml", "--input", "x.csv", "--target", "y.csv", "--state",
      "bad.csv",
      "--output", "g.csv")
    #expect(bad.status == 2)
    #expect(bad.errors.contains("residual"))
    #expect(scratch.read("g.csv") == nil)
  }

  @Test(
    "every loss and backend agrees with central differences",
    arguments: [
      ("half-squared-error", "1,0,0,0,0.5,0\n"), ("absolute-error", "2,-2,2,-2,2,-2\n"),
      ("softmax-cross-entropy", "2\n"), ("binary-cross-entropy", "1,0,0.5,0.25,1,0\n"),
    ])
  func losses(name: String, target: String) throws {
    let scratch = try Scratch()
    try scratch.write(
      "net.yaml",
      """
      format: cyclograd/1
      seed: 3
      groups:
        - {name: x, size: 2, role: input}
        - {name: h, size: 5, activation: silu, bias: {normal: 0.1}}
        - {name: y, size: 6, role: output}
      connections:
        - {from: x, to: h}
        - {from: h, to: h, weight: {normal: 0.3, scaled: fan-in}}
        - {from: h, to: y}
      """)
    try scratch.write("x.csv", "1,-0.5\n")
    try scratch.write("y.csv", target)
    for backend in ["automatic", "edge-list", "direct", "klu", "dense", "iterative"] {
      let run = try scratch.run(
        "gradient", "net.yaml", "--input", "x.csv", "--target", "y.csv", "--loss", name,
        "--backend",
        backend, "--check", "--json")
      #expect(run.status == 0, "\(run.errors)")
      let check = try #require(try run.json()["check"] as? [String: Any])
      #expect(check["checked"] as? Int == check["derivatives"] as? Int)
      #expect(try #require(check["relative_error"] as? Double) < 1e-7)
    }
  }

  @Test("targets that do not fit are refused by file and row")
  func targets() throws {
    let scratch = try scratch()
    try scratch.write("two.csv", "0.3\n0.4\n")
    try scratch.write("wide.csv", "0.3,0.4\n")
    for file in ["two.csv", "wide.csv"] {
      let run = try scratch.run(
        "gradient", "graphs/self-loop.yaml", "--input", "x.csv", "--target", file)
      #expect(run.status == 1)
      #expect(run.errors.contains(file))
      #expect(run.output.isEmpty)
    }
    let loss = try scratch.run(
      "gradient", "graphs/self-loop.yaml", "--input", "x.csv", "--target", "y.csv", "--loss",
      "square")
    #expect(loss.errors.contains("half-squared-error"))
  }

  @Test("no gradient is written where no equilibrium was found")
  func none() throws {
    let scratch = try scratch()
    try scratch.write("y.csv", "0.3,0.2\n")
    let run = try scratch.run(
      "gradient", "graphs/newton-only.yaml", "--input", "x.csv", "--target", "y.csv", "--backend",
      "edge-list", "--output", "g.csv", "--input-gradient", "dx.csv")
    #expect(run.status == 2)
    #expect(run.errors.contains("iteration-limit"))
    #expect(run.errors.contains("no gradient was found for 1 of 1 samples"))
    #expect(scratch.read("g.csv") == nil)
    #expect(scratch.read("dx.csv") == nil)
  }
}
