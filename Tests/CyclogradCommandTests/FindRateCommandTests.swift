import Foundation
import TestSupport
import Testing

@Suite("cyclograd find-rate", .tags(.slow), .unlessFast)
struct FindRateCommandTests {
  @Test("finds a rate with which the loss falls, and writes nothing")
  func rate() throws {
    let scratch = try Scratch()
    let file = packageRoot.appendingPathComponent("graphs/training/xor.yaml").path
    func names() throws -> [String] {
      // What commands print is kept in hidden files.
      try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path)
        .filter { !$0.hasPrefix(".") }.sorted()
    }
    let before = try names()
    let found = try scratch.run("find-rate", file, "--steps", "60", "--to", "100", "--json")
    #expect(found.status == 0, "\(found.errors)")
    let json = try found.json()
    let steps = try #require(json["steps"] as? [[String: Any]])
    #expect(steps.count > 10 && steps.count <= 60)
    let rate = try #require(json["rate"] as? Double)
    let edge = try #require(json["rate_of_lowest_loss"] as? Double)
    #expect(rate > 1e-6 && rate < edge)
    #expect(try names() == before)
    let text = try scratch.run("find-rate", file, "--steps", "60", "--to", "100")
    #expect(text.status == 0 && text.output.contains("a rate to begin with"))
    let wrong = try scratch.run("find-rate", file, "--from", "1", "--to", "0.1")
    #expect(wrong.status == 1 && wrong.errors.contains("positive rates"))
  }
}
