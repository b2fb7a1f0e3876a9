import Cyclograd
import Foundation
import Testing

@testable import CyclogradBench

@Suite("Peers are asked over a pipe")
struct PeerTests {
  private func folder() throws -> URL {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("cyclograd-peer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  private func peer(_ script: String, limit: Double = 60) throws -> PeerContestant {
    let folder = try folder()
    let file = folder.appendingPathComponent("peer.sh")
    try script.write(to: file, atomically: true, encoding: .utf8)
    return try PeerContestant(
      "peer", command: ["sh", file.path, folder.path], folder: folder, vectors: ["states"],
      limit: limit)
  }

  @Test func replies() throws {
    let peer = try peer(
      """
      echo '{"ready": true}'
      read request; echo '{"equilibrium": 0.25, "gradient": 0.5, "iterations": [7, 8]}'
      read request; printf '\\0\\0\\0\\0\\0\\0\\360\\77' > "$1/answer-states.f64"; echo '{}'
      read request; echo '{"error": "out of luck"}'
      """)
    let timing = try peer.run()
    #expect(timing.total == 0.75 && timing.iterations == [7, 8])
    #expect(try peer.answer().vectors[0].values == [1])
    #expect(throws: Withdrawal(reason: "out of luck")) { try peer.run() }
  }

  @Test func silence() throws {
    #expect(throws: Withdrawal(reason: "it took more than 0 s")) {
      try peer("exec sleep 60", limit: 0.2)
    }
    #expect(throws: Withdrawal(reason: "it ended without a reply")) { try peer("exit 1") }
    #expect(throws: Withdrawal(reason: "a reply that is not JSON")) { try peer("echo hello") }
  }

  @Test("What is exported is the network")
  func export() throws {
    let problem = try Families.uniform(1000)
    let folder = try folder()
    try problem.export(to: folder, tolerance: 1e-10)
    func bytes(_ name: String) throws -> Int {
      try Data(contentsOf: folder.appendingPathComponent(name)).count
    }
    #expect(try bytes("row-starts.i64") == 8 * 1001)
    #expect(try bytes("columns.i32") == 4 * 10_000)
    #expect(try bytes("weights.f64") == 8 * 10_000)
    #expect(try bytes("inputs.f64") == 8 * 64)
    #expect(try bytes("direction-weights.f64") == 8 * 10_000)
    #expect(try bytes("direction-biases.f64") == 8 * 1000)
    let about = try Data(contentsOf: folder.appendingPathComponent("problem.json"))
    let fields = try #require(JSONSerialization.jsonObject(with: about) as? [String: Any])
    #expect(fields["activation"] as? String == "tanh" && fields["tolerance"] as? Double == 1e-10)
  }
}
