import Foundation
import TestSupport
import Testing

@Suite("cyclograd check", .tags(.slow), .unlessFast)
struct CheckCommandTests {
  @Test(
    "JSON names the theorem of each component, or null",
    arguments: [
      ("autoencoder-v0", "acyclic", "proved"), ("autoencoder-v1", "perron-frobenius", "proved"),
      ("feedback", "monotone", "proved"), ("xor", nil, "unproved"),
    ])
  func json(graph: String, theorem: String?, verdict: String) throws {
    let run = try Scratch().run("check", "graphs/\(graph).yaml", "--json")
    #expect(run.status == 0)
    let json = try run.json()
    #expect(json["well_posed"] as? String == verdict)
    let components = try #require(json["components"] as? [[String: Any]])
    let missing = components.filter { ($0["proved"] as? Bool) == false }
    #expect(missing.isEmpty == (theorem != nil))
    #expect(missing.allSatisfy { $0["by"] is NSNull && $0["reason"] is String })
    if let theorem { #expect(components.contains { $0["by"] as? String == theorem }) }
  }

  @Test("advice goes with what is proved, in words and in JSON")
  func advice() throws {
    let scratch = try Scratch()
    try scratch.write("x.csv", "0,1\n")
    for (arguments, words) in [
      (["graphs/autoencoder-v0.yaml"], "there is no cycle"),
      (["graphs/autoencoder-v1.yaml"], "plain iteration reaches the equilibrium from every start"),
      (["graphs/feedback.yaml"], "need not reach it"),
      (["graphs/xor.yaml"], "give them with --input"),
      (["graphs/xor.yaml", "--input", "x.csv"], "solve --certify"),
    ] {
      let text = try scratch.run(["check"] + arguments).output
      #expect(text.contains("advice: ") && text.contains(words), "\(arguments)")
      let json = try scratch.run(["check"] + arguments + ["--json"]).json()
      let lines = try #require(json["advice"] as? [String])
      #expect(lines.contains { $0.contains(words) })
    }
  }

  @Test("the scaling is given when asked for, and makes sums of rows less than 1")
  func scaling() throws {
    let scratch = try Scratch()
    try scratch.write(
      "net.yaml",
      """
      format: cyclograd/1
      groups:
        - {name: x, size: 1, role: input}
        - {name: y, size: 2, role: output, activation: relu}
      edges:
        - [x.0, y.0, 1]
        - [y.0, y.1, 8]
        - [y.1, y.0, -0.1]

      """)
    let json = try scratch.run("check", "net.yaml", "--scaling", "--json").json()
    let components = try #require(json["components"] as? [[String: Any]])
    let scaling = try #require(
      components.compactMap { $0["scaling"] as? [String: Any] }.first)
    #expect(scaling["neurons"] as? [String] == ["y.0", "y.1"])
    let v = try #require(scaling["factors"] as? [Double])
    let norm = try #require(scaling["norm"] as? Double)
    let rows = [0.1 * v[1] / v[0], 8 * v[0] / v[1]]
    #expect(rows.allSatisfy { $0 <= norm * (1 + 1e-15) } && norm < 1)
    let text = try scratch.run("check", "net.yaml", "--scaling").output
    #expect(text.contains("divided by") && text.contains("y.1"))
    // tanh is not homogeneous.
    let other = try scratch.run("check", "graphs/autoencoder-v2.yaml", "--scaling")
    #expect(other.output.contains("no scaling for"))
    let plain = try scratch.run("check", "net.yaml", "--json").json()
    #expect((plain["components"] as? [[String: Any]])?.allSatisfy { $0["scaling"] == nil } == true)
  }
}
