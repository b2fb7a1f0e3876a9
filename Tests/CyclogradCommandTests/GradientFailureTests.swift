import Foundation
import TestSupport
import Testing

@Suite("cyclograd gradient where samples fail, and with cotangents", .tags(.slow), .unlessFast)
struct GradientFailureTests {
  /// Three samples of y = x, the first of which has a loss of 5e399.
  private func overflow() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write(
      "net.yaml", "format: cyclograd/1\ngroups:\n  - {name: x, size: 1, role: [input, output]}\n")
    try scratch.write("x.csv", "1e200\n1\n2\n")
    try scratch.write("t.csv", "0\n0\n0\n")
    return scratch
  }

  private let samples = ["gradient", "net.yaml", "--input", "x.csv", "--target", "t.csv"]

  @Test("An overflow in one sample is named, and nothing is written")
  func mean() throws {
    let scratch = try overflow()
    let run = try scratch.run(samples + ["--output", "g.csv", "--input-gradient", "dx.csv"])
    #expect(run.status == 2)
    #expect(run.errors.contains("row 0: no gradient was found for 1 of 3 samples"))
    #expect(run.errors.contains("its loss overflows"))
    #expect(run.errors.contains("--skip-failed takes the mean over the others"))
    #expect(scratch.read("g.csv") == nil && scratch.read("dx.csv") == nil)
  }

  @Test("--per-sample keeps the other rows")
  func perSample() throws {
    let scratch = try overflow()
    let run = try scratch.run(samples + ["--per-sample", "--input-gradient", "dx.csv"])
    #expect(run.status == 2)
    #expect(
      run.output == """
        sample,kind,source,target,unit,value,gradient
        0,bias,,x.0,0,0.0,nan
        1,bias,,x.0,0,0.0,1.0
        2,bias,,x.0,0,0.0,2.0

        """)
    #expect(run.errors.contains("no gradient was found for 1 of 3 samples; their rows hold nan"))
    #expect(run.errors.contains("row 0: not-finite: its loss overflows"))
    #expect(!run.errors.contains("row 1") && !run.errors.contains("row 2"))
    #expect(run.errors.contains("loss 1.25 over 2 of 3 samples"))
    #expect(scratch.read("dx.csv") == "x.0\nnan\n1.0\n2.0\n")
    let skipping = try scratch.run(samples + ["--per-sample", "--skip-failed"])
    #expect(skipping.status == 0)
    #expect(
      skipping.output == """
        sample,kind,source,target,unit,value,gradient
        1,bias,,x.0,0,0.0,1.0
        2,bias,,x.0,0,0.0,2.0

        """)
  }

  @Test("--skip-failed takes the mean over the others, and says over how many")
  func skipping() throws {
    let scratch = try overflow()
    let run = try scratch.run(
      samples + ["--skip-failed", "--check", "--certify", "--input-gradient", "dx.csv"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.hasSuffix("bias,,x.0,0,0.0,1.5\n"))
    #expect(run.errors.contains("loss 1.25 over 2 of 3 samples"))
    #expect(run.errors.contains("left out: 1 of 3 samples\n  row 0: not-finite"))
    #expect(run.errors.contains("check: 3 of 3 derivatives"))
    #expect(run.errors.contains("certificate: every derivative is within"))
    #expect(scratch.read("dx.csv") == "x.0\nnan\n0.5\n1.0\n")
    let json = try scratch.run(samples + ["--skip-failed", "--json"]).json()
    #expect(json["samples"] as? Int == 3 && json["used"] as? Int == 2)
    #expect(json["failed"] as? [Int] == [0])
    let failure = try #require((json["failures"] as? [[String: Any]])?.first)
    #expect(failure["row"] as? Int == 0 && failure["status"] as? String == "not-finite")
    #expect(json["loss"] as? Double == 1.25)
    try scratch.write("t.csv", "0\n1e300\n-1e300\n")
    let none = try scratch.run(samples + ["--skip-failed"])
    #expect(none.status == 2 && none.output.isEmpty)
    #expect(none.errors.contains("no gradient was found for 3 of 3 samples"))
  }

  @Test("A mean that overflows although each sample is finite is told so; each sample has its rows")
  func together() throws {
    let scratch = try overflow()
    try scratch.write("x.csv", "1.8e154\n1.8e154\n1\n")
    for more in [[], ["--skip-failed"]] {
      let run = try scratch.run(samples + more)
      #expect(run.status == 2 && run.output.isEmpty)
      #expect(run.errors.contains("the mean over 3 samples overflows"))
    }
    let run = try scratch.run(samples + ["--per-sample"])
    #expect(run.status == 0 && run.output.contains("1,bias,,x.0,0,0.0,1.8e+154"))
    #expect(run.errors.contains("loss overflows over 3 samples"))
    let json = try scratch.run(samples + ["--per-sample", "--json"]).json()
    #expect(json["loss"] is NSNull && json["used"] as? Int == 3)
  }

  @Test("A training leaves out the sample that overflows, and no other of its step")
  func training() throws {
    let scratch = try Scratch()
    try scratch.write(
      "net.yaml",
      """
      format: cyclograd/1
      groups:
        - {name: x, size: 2, role: input, bias: {value: 0, trainable: false}}
        - {name: h, size: 3, activation: tanh, bias: [0.1, -0.2, 0.3]}
        - {name: y, size: 1, role: output, bias: 0.05}
      connections:
        - {from: x, to: h, weight: [0.5, -0.3, 0.8, 0.2, -0.6, 0.4]}
        - {from: h, to: h, weight: [0.2, -0.4, 0.1, 0.3, 0.1, -0.5, -0.2, 0.6, 0.3]}
        - {from: h, to: y, weight: [1.0, -1.0, 0.5]}

      """)
    try scratch.write(
      "data.csv", "a,b,t\n0.13,-0.13,-0.02\n0.64,0.1,1e200\n-0.54,0.36,-0.18\n1.3,0.95,0.9\n")
    try scratch.write(
      "train.yaml",
      """
      format: cyclograd-training/1
      graph: net.yaml
      data: {file: data.csv, inputs: 'a,b', targets: t}
      optimizer: adam
      rate: 0.05
      epochs: 1
      batch: 4
      shuffle: false

      """)
    let run = try scratch.run("train", "train.yaml", "--json-log", "log.jsonl")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("1 sample left out"))
    let log = try #require(scratch.read("log.jsonl"))
    #expect(log.contains(#""used": 3"#) && log.contains(#""skipped": [{"sample": 1, "#))
  }

  // MARK: Cotangents

  /// Fig. 1's network with two samples.
  private func selfLoop() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("x.csv", "1,0.5\n0,1\n")
    try scratch.write("v.csv", "0.5\n-2\n")
    return scratch
  }

  private func derivatives(_ text: String) -> [Double] {
    text.split(separator: "\n").dropFirst().compactMap {
      $0.split(separator: ",", omittingEmptySubsequences: false).last.flatMap { Double($0) }
    }
  }

  @Test("--cotangent differentiates the sum of v · a: twice the mean of the linear loss")
  func cotangent() throws {
    let scratch = try selfLoop()
    let start = ["gradient", "graphs/self-loop.yaml", "--input", "x.csv"]
    let cotangent = start + ["--cotangent", "v.csv"]
    let run = try scratch.run(cotangent + ["--check", "--certify", "--input-gradient", "dx.csv"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("sum of v · a ") && run.errors.contains("over 2 samples"))
    #expect(run.errors.contains("check: 10 of 10") && run.errors.contains("certificate: every"))
    for kind in ["exact", "semi", "neumann:3", "phantom:2:0.5"] {
      let sum = try scratch.run(cotangent + ["--gradient", kind])
      let mean = try scratch.run(
        start + ["--target", "v.csv", "--loss", "linear", "--gradient", kind])
      #expect(sum.status == 0 && mean.status == 0)
      let (found, expected) = (derivatives(sum.output), derivatives(mean.output))
      #expect(found.count == 6 && expected.count == 6)
      for (a, b) in zip(found, expected) { #expect(abs(a - 2 * b) < 1e-12, "\(kind)") }
    }
    let parts = try scratch.run(cotangent + ["--per-sample"])
    let own = derivatives(parts.output)
    #expect(own.count == 12)
    for (index, whole) in derivatives(run.output).enumerated() {
      #expect(abs(own[index] + own[index + 6] - whole) < 1e-9)
    }
    let json = try scratch.run(cotangent + ["--json", "--output", "g.csv"]).json()
    #expect(json["cotangent_of"] as? String == "outputs" && json["sum"] is Double)
    #expect(json["loss_name"] == nil && scratch.read("g.csv")?.isEmpty == false)
  }

  @Test("--cotangent-of neurons takes a column for each neuron, by name or in file order")
  func neurons() throws {
    let scratch = try selfLoop()
    let names = "x.0,x.1,h.0\n"
    try scratch.write("wide.csv", names + "0,0,0.5\n0,0,-2\n")
    try scratch.write("swapped.csv", "h.0,x.1,x.0\n0.5,0,0\n-2,0,0\n")
    let start = ["gradient", "graphs/self-loop.yaml", "--input", "x.csv", "--cotangent"]
    let of = ["--cotangent-of", "neurons"]
    let outputs = try scratch.run(start + ["v.csv"])
    let wide = try scratch.run(start + ["wide.csv", "--check"] + of)
    #expect(wide.status == 0, "\(wide.errors)")
    #expect(wide.output == outputs.output)
    let json = try scratch.run(start + ["wide.csv", "--json"] + of).json()
    #expect(json["cotangent_of"] as? String == "neurons")
    let swapped = try scratch.run(start + ["swapped.csv"] + of)
    #expect(swapped.status == 0 && swapped.output == outputs.output, "\(swapped.errors)")
    let narrow = try scratch.run(start + ["v.csv"] + of)
    #expect(narrow.status == 1 && narrow.errors.contains("v.csv: the rows have 1 column"))
    #expect(narrow.errors.contains("3 neurons"))
  }

  @Test(
    "What contradicts itself is refused with advice",
    arguments: [
      (["--cotangent", "v.csv", "--target", "v.csv"], "--cotangent and --target both say"),
      (["--cotangent", "v.csv", "--loss", "linear"], "--cotangent and --loss both say"),
      (["--cotangent", "v.csv", "--target-columns", "0"], "give --cotangent alone"),
      (["--cotangent-of", "neurons", "--target", "v.csv"], "give the file with --cotangent"),
      ([], "or a file with --cotangent"),
      (["--cotangent", "x.csv"], "x.csv: the rows have 2 columns"),
      (["--cotangent", "one.csv"], "one.csv: the cotangent is 1 × 1"),
      (["--cotangent", "v.csv", "--gradient", "semi", "--check"], "only approximates"),
    ])
  func contradictions(options: [String], message: String) throws {
    let scratch = try selfLoop()
    try scratch.write("one.csv", "1\n")
    let run = try scratch.run(
      ["gradient", "graphs/self-loop.yaml", "--input", "x.csv"] + options)
    #expect(run.status == 1 && run.output.isEmpty)
    #expect(run.errors.contains(message), "\(run.errors)")
  }
}
