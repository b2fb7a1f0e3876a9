import Foundation
import Testing

@Suite("cyclograd check")
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
}
