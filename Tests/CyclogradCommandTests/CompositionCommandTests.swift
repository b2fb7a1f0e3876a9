import Foundation
import TestSupport
import Testing

@Suite("cyclograd compose, reduce, scale and inspect --expanded", .tags(.slow), .unlessFast)
struct CompositionCommandTests {
  private func numbers(_ text: String) -> [Double] {
    text.split(separator: "\n").dropFirst().flatMap { $0.split(separator: ",") }
      .map { Double($0) ?? .nan }
  }

  @Test("a composed network answers as its parts do, one after the other")
  func compose() throws {
    let scratch = try Scratch()
    try scratch.write("x.csv", "0.1,0.2,0.3,0.4\n")
    let composed = try scratch.run(
      "compose", "cascade", "graphs/feedback.yaml", "graphs/readout.yaml", "--output", "both.yaml")
    #expect(composed.status == 0, "\(composed.errors)")
    let both = try scratch.run("solve", "both.yaml", "--input", "x.csv")
    let first = try scratch.run("solve", "graphs/feedback.yaml", "--input", "x.csv")
    let y = numbers(first.output)
    try scratch.write("y.csv", "\(y[0]),\(y[1])\n")
    let second = try scratch.run("solve", "graphs/readout.yaml", "--input", "y.csv")
    let (a, b) = (numbers(both.output), numbers(second.output))
    #expect(a.count == 3 && a.count == b.count)
    for (p, q) in zip(a, b) { #expect(abs(p - q) < 1e-9) }
    let wrong = try scratch.run(
      "compose", "cascade", "graphs/readout.yaml", "graphs/feedback.yaml", "--output", "no.yaml")
    #expect(wrong.status == 1 && wrong.errors.contains("outputs and the second's inputs"))
  }

  @Test("scaled and reduced networks answer as before, and say what was done")
  func scaleAndReduce() throws {
    let scratch = try Scratch()
    try scratch.write("u.csv", "0.5,-0.2,0.8\n")
    let before = numbers(
      try scratch.run("solve", "graphs/robust.yaml", "--input", "u.csv").output)
    let scaled = try scratch.run(
      "scale", "graphs/robust.yaml", "--norm", "0.8", "--output", "scaled.yaml", "--json")
    #expect(scaled.status == 0, "\(scaled.errors)")
    let norm = try #require(try scaled.json()["norm"] as? Double)
    #expect(norm <= 0.8)
    let reduced = try scratch.run(
      "reduce", "graphs/robust.yaml", "--trained", "--input", "u.csv", "--radius", "0.01",
      "--output",
      "reduced.yaml", "--json")
    #expect(reduced.status == 0, "\(reduced.errors)")
    let steps = try #require(try reduced.json()["steps"] as? [[String: Any]])
    #expect(!steps.isEmpty)
    for file in ["scaled.yaml", "reduced.yaml"] {
      let after = numbers(try scratch.run("solve", file, "--input", "u.csv").output)
      #expect(after.count == 2)
      for (p, q) in zip(before, after) { #expect(abs(p - q) < 1e-9) }
    }
    let refused = try scratch.run(
      "scale", "graphs/self-loop.yaml", "--norm", "0.9", "--output", "no.yaml")
    #expect(refused.status == 1 && refused.errors.contains("positively homogeneous"))
    let half = try scratch.run(
      "reduce", "graphs/robust.yaml", "--radius", "1", "--output", "no.yaml")
    #expect(half.status != 0 && half.errors.contains("both --input and --radius"))
  }

  @Test("a network written out is the same network")
  func expanded() throws {
    let scratch = try Scratch()
    for file in ["gru", "attention", "modules", "residual"] {
      let written = try scratch.run("inspect", "graphs/\(file).yaml", "--expanded")
      #expect(written.status == 0 && !written.output.contains("layer:"), "\(written.errors)")
      try scratch.write("\(file)-out.yaml", written.output)
      let a = try scratch.run("inspect", "graphs/\(file).yaml").output
      let b = try scratch.run("inspect", "\(file)-out.yaml").output
      #expect(a == b)
    }
  }

  @Test("numbers may begin with a minus, and a part's fault is told with its place in that part")
  func minusAndFaults() throws {
    let scratch = try Scratch()
    let difference = try scratch.run(
      "compose", "sum", "graphs/feedback.yaml", "graphs/feedback.yaml", "--coefficients", "-0.5,2",
      "--output", "d.yaml")
    #expect(difference.status == 0, "\(difference.errors)")
    try scratch.write(
      "bad.yaml",
      """
      format: cyclograd/1
      groups:
        - {name: x, size: 4, role: [input, output]}
      connections:
        - {from: x, to: x, pattern: one-to-one, share: s}
        - {from: x, to: x, pattern: {random: 1}, share: s}

      """)
    try scratch.write(
      "good.yaml", "format: cyclograd/1\ngroups: [{name: x, size: 4, role: [input, output]}]\n")
    let alone = try scratch.run("inspect", "bad.yaml")
    let joined = try scratch.run("compose", "sum", "good.yaml", "bad.yaml", "--output", "no.yaml")
    #expect(joined.status == 1 && joined.errors == alone.errors, "\(joined.errors)")
  }
}
