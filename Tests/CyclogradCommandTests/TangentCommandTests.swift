import Foundation
import TestSupport
import Testing

@Suite("cyclograd tangent and curvature", .tags(.slow), .unlessFast)
struct TangentCommandTests {
  private func rows(_ text: String) -> [[Double]] {
    text.split(separator: "\n").dropFirst().map {
      $0.split(separator: ",").map { Double($0) ?? .nan }
    }
  }

  @Test(
    "the tangent's outputs are the network's, then their derivatives along what follows the inputs")
  func inputs() throws {
    let scratch = try Scratch()
    try scratch.write("x.csv", "0.3,0.6\n")
    try scratch.write("both.csv", "0.3,0.6,1,-2\n")
    let write = try scratch.run("tangent", "graphs/xor.yaml", "--output", "t.yaml")
    #expect(write.status == 0, "\(write.errors)")
    let solved = try scratch.run("solve", "t.yaml", "--input", "both.csv")
    #expect(solved.status == 0, "\(solved.errors)")
    let values = try #require(rows(solved.output).first)
    let primal = try scratch.run("solve", "graphs/xor.yaml", "--input", "x.csv")
    let json = try scratch.run("jacobian", "graphs/xor.yaml", "--input", "x.csv", "--json").json()
    let jacobian = try #require((json["jacobians"] as? [[[Double]]])?.first)
    let outputs = try #require(rows(primal.output).first)
    #expect(values.count == 2 * outputs.count)
    for (a, b) in zip(values, outputs) { #expect(abs(a - b) < 1e-9) }
    for (a, row) in zip(values.dropFirst(outputs.count), jacobian) {
      #expect(abs(a - (row[0] - 2 * row[1])) < 1e-8)
    }
    let check = try scratch.run(
      "gradient", "t.yaml", "--input", "both.csv", "--cotangent", "v.csv", "--check")
    #expect(check.status == 1)
    try scratch.write(
      "v.csv", values.map { "\($0)" }.joined(separator: ",") + "\n")
    let checked = try scratch.run(
      "gradient", "t.yaml", "--input", "both.csv", "--cotangent", "v.csv", "--check", "--output",
      "d.csv")
    #expect(checked.status == 0, "\(checked.errors)")
  }

  @Test("a direction of the parameters becomes frozen parameters")
  func parameters() throws {
    let scratch = try Scratch()
    try scratch.write("x.csv", "0,1\n1,1\n")
    try scratch.write("y.csv", "1\n0\n")
    let gradient = try scratch.run(
      "gradient", "graphs/xor.yaml", "--input", "x.csv", "--target", "y.csv", "--output", "g.csv")
    #expect(gradient.status == 0)
    let write = try scratch.run(
      "tangent", "graphs/xor.yaml", "--by", "parameters", "--direction", "g.csv", "--output",
      "t.yaml")
    #expect(write.status == 0, "\(write.errors)")
    let solved = try scratch.run("solve", "t.yaml", "--input", "x.csv")
    let values = rows(solved.output)
    // The mean loss changes along its gradient g by |g|².
    let change = zip(values, [1.0, 0]).map { ($0[0] - $1) * $0[1] }.reduce(0, +) / 2
    let squares = try #require(scratch.read("g.csv")).split(separator: "\n").dropFirst()
      .map { pow(Double($0.split(separator: ",").last ?? "") ?? .nan, 2) }.reduce(0, +)
    #expect(abs(change - squares) < 1e-9 * max(1, squares))
    let wrong = try scratch.run(
      "tangent", "graphs/xor.yaml", "--direction", "g.csv", "--output", "t.yaml")
    #expect(wrong.status == 1)
    let unknown = try scratch.run("tangent", "graphs/xor.yaml", "--by", "nothing")
    #expect(unknown.status == 1 && unknown.errors.contains("nothing"))
  }

  @Test("eigenvalues ascend, and those of the Gauss-Newton matrix are not negative")
  func curvature() throws {
    let scratch = try Scratch()
    try scratch.write("x.csv", "0,0\n0,1\n1,0\n1,1\n")
    try scratch.write("y.csv", "0\n1\n1\n0\n")
    let json = try scratch.run(
      "curvature", "graphs/xor.yaml", "--input", "x.csv", "--target", "y.csv", "--count", "2",
      "--json"
    ).json()
    let values = try #require(json["eigenvalues"] as? [Double])
    #expect(values == values.sorted() && values.count >= 4)
    // By central differences in 60-digit arithmetic.
    #expect(abs((values.first ?? 0) + 1.19804978e-8) < 1e-13)
    #expect(abs((values.last ?? 0) - 3.22995758686e-4) < 1e-13)
    let run = try scratch.run(
      "curvature", "graphs/xor.yaml", "--input", "x.csv", "--target", "y.csv", "--gauss-newton")
    #expect(run.status == 0, "\(run.errors)")
    #expect(rows(run.output).allSatisfy { $0[0] > -1e-8 })
    let bad = try scratch.run(
      "curvature", "graphs/xor.yaml", "--input", "x.csv", "--target", "y.csv", "--count", "0")
    #expect(bad.status == 1)
  }
}
