import Foundation
import TestSupport
import Testing

@Suite(
  "Certificates, several equilibria and Jacobians on the command line", .tags(.slow), .unlessFast)
struct CertifyCommandTests {
  private static let loop = """
    format: cyclograd/1
    groups:
      - {name: y, size: 1, role: [input, output], activation: ACTIVATION}
    edges:
      - [y.0, y.0, WEIGHT]
    """

  private func scratch(_ activation: String = "tanh", _ weight: String = "2") throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write(
      "loop.yaml",
      Self.loop.replacingOccurrences(of: "ACTIVATION", with: activation)
        .replacingOccurrences(of: "WEIGHT", with: weight))
    try scratch.write("x.csv", "0\n3\n")
    try scratch.write("y.csv", "1\n1\n")
    return scratch
  }

  @Test("solve --certify proves every row, in words and in JSON")
  func solve() throws {
    let scratch = try scratch()
    let run = try scratch.run("solve", "loop.yaml", "--input", "x.csv", "--certify")
    #expect(run.status == 0 && run.errors.contains("2 of 2 samples proved"))
    let json = try scratch.run("solve", "loop.yaml", "--input", "x.csv", "--certify", "--json")
      .json()
    let certificates = try #require(json["certificates"] as? [[String: Any]])
    #expect(certificates.count == 2)
    for certificate in certificates {
      #expect(certificate["proved"] as? Bool == true && certificate["reason"] is NSNull)
      #expect(try #require(certificate["state_error"] as? Double) < 1e-9)
      #expect(try #require(certificate["contraction"] as? Double) < 1e-6)
      #expect(try #require(certificate["isolation"] as? Double) > 1e-3)
    }
  }

  @Test("solve --certify says why a row is not proved")
  func unproved() throws {
    let scratch = try scratch("relu", "1")
    try scratch.write("x.csv", "1\n-1\n")
    let run = try scratch.run("solve", "loop.yaml", "--input", "x.csv", "--certify")
    #expect(run.status == 2)
    #expect(run.errors.contains("1 of 2 samples proved"))
    #expect(run.errors.contains("unproved: no equilibrium was found"))
  }

  @Test("gradient --certify bounds every derivative")
  func gradient() throws {
    let scratch = try scratch()
    let run = try scratch.run(
      "gradient", "loop.yaml", "--input", "x.csv", "--target", "y.csv", "--certify")
    #expect(run.status == 0 && run.errors.contains("within"))
    let json = try scratch.run(
      "gradient", "loop.yaml", "--input", "x.csv", "--target", "y.csv", "--certify", "--json"
    ).json()
    let certificate = try #require(json["certificate"] as? [String: Any])
    #expect(certificate["proved"] as? Bool == true)
    #expect(try #require(certificate["largest_error"] as? Double) < 1e-8)
  }

  @Test("solve --starts lists the equilibria that were met")
  func starts() throws {
    let json = try scratch().run(
      "solve", "loop.yaml", "--input", "x.csv", "--starts", "12", "--json"
    ).json()
    let rows = try #require(json["equilibria"] as? [[String: Any]])
    let met = rows.map { $0["met"] as? [[String: Any]] ?? [] }
    #expect(met.map(\.count) == [3, 1])
    #expect(met[0].map { $0["stable_under_iteration"] as? Bool } == [false, true, true])
    #expect(met[0][0]["spectral_radius_is_estimate"] as? Bool == false)
    let text = try scratch().run("solve", "loop.yaml", "--input", "x.csv", "--starts", "12")
    #expect(text.errors.contains("1 sample of 2 with more than one"))
    let none = try scratch().run("solve", "loop.yaml", "--input", "x.csv", "--starts", "0")
    #expect(none.status == 1)
  }

  @Test(
    "check --input refutes by two equilibria and by none",
    arguments: [
      ("tanh", "2", "0\n", "refuted"), ("softplus", "1", "1\n", "refuted"),
      ("tanh", "0.5", "0\n", "proved"), ("softplus", "1", "-2\n", "unproved"),
    ])
  func check(activation: String, weight: String, input: String, verdict: String) throws {
    let scratch = try scratch(activation, weight)
    try scratch.write("x.csv", input)
    let run = try scratch.run(
      "check", "loop.yaml", "--input", "x.csv", "--starts", "12", "--json")
    #expect(run.status == 0)
    let json = try run.json()
    #expect(json["well_posed"] as? String == verdict)
    let row = try #require((json["samples"] as? [[String: Any]])?.first)
    #expect((row["no_equilibrium"] is String) == (activation == "softplus" && input == "1\n"))
    let text = try scratch.run("check", "loop.yaml", "--input", "x.csv", "--starts", "12")
    #expect(text.output.contains("exactly one equilibrium for every input: \(verdict)"))
  }

  @Test("what check needs samples for is refused without them")
  func needless() throws {
    let run = try scratch().run("check", "loop.yaml", "--starts", "3")
    #expect(run.status == 1 && run.errors.contains("--input"))
  }

  @Test("jacobian writes a row an output, and refuses what it cannot use")
  func jacobian() throws {
    let scratch = try scratch("tanh", "0.5")
    try scratch.write("x.csv", "0\n")
    let run = try scratch.run("jacobian", "loop.yaml", "--input", "x.csv")
    // a = tanh(a / 2 + x): da/dx = 1 / (1 − 1/2) at 0.
    #expect(run.status == 0 && run.output == "sample,output,y.0\n0,y.0,2.0\n")
    let json = try scratch.run("jacobian", "loop.yaml", "--input", "x.csv", "--json").json()
    #expect(json["jacobians"] as? [[[Double]]] == [[[2]]])
    let refused = try scratch.run(
      "jacobian", "loop.yaml", "--input", "x.csv", "--adjoint", "gmres")
    #expect(refused.status == 1 && refused.errors.contains("--adjoint"))
    let file = try scratch.run(
      "jacobian", "loop.yaml", "--input", "x.csv", "--output", "j.csv", "--json")
    #expect(try file.json()["samples"] as? Int == 1)
    #expect(scratch.read("j.csv")?.hasPrefix("sample,output,y.0\n") == true)
  }

  @Test("--trace writes a JSON object for each iterate, of equilibria and of adjoints")
  func trace() throws {
    let scratch = try scratch()
    let run = try scratch.run(
      "gradient", "loop.yaml", "--input", "x.csv", "--target", "y.csv", "--trace", "t.jsonl")
    #expect(run.status == 0)
    let points = try (scratch.read("t.jsonl") ?? "").split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
    }
    #expect(Set(points.map { $0["phase"] as? String }) == ["equilibrium", "adjoint"])
    #expect(Set(points.map { $0["sample"] as? Int }) == [0, 1])
    #expect(
      points.allSatisfy {
        $0["component"] as? Int == 0 && $0["iteration"] is Int && $0["method"] is String
          && $0["residual"] is Double
      })
    let failed = try scratch.run(
      "solve", "loop.yaml", "--input", "x.csv", "--trace", "x.csv")
    #expect(failed.status == 1 && failed.errors.contains("a trace cannot be written as .csv"))
  }
}
