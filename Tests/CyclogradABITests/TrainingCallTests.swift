import CCyclogradABI
import Foundation
import Testing

@Suite("Trainings through the C interface are saved, and continue from there")
struct TrainingCallTests {
  private static let inputs = [0.5, -1, 0.25, 0, 0, 2, 1, 1, 1, -0.5, 0.75, 0]
  private static let targets = [0.1, 0.2, 0.3, -0.1, 0.4, 0, 0.5, 0, -0.5, 0.2, 0.1, 0]

  /// A training of the ring on four samples, the last of which it is validated with.
  private final class Training {
    let ring: Ring
    let handle: OpaquePointer

    init(epochs: Int, rate: Double = 0.05, targets: [Double] = TrainingCallTests.targets) throws {
      ring = try Ring()
      let settings = """
        {"format": "cyclograd-training/1", "graph": "memory", "epochs": \(epochs), "rate": \(rate),
         "data": {"file": "memory", "inputs": "0", "targets": "0"}, "optimizer": "adam", "batch": 2}
        """
      var error: UnsafeMutablePointer<CChar>?
      let made = cg_training_create(
        ring.simulator, nil, TrainingCallTests.inputs, targets, 4, 3, 1, settings, &error)
      guard let made else { throw Refusal(error) }
      handle = made
    }

    deinit { cg_training_release(handle) }

    /// Does so many pieces of work, or all.
    func go(_ most: Int = .max) throws {
      for _ in 0..<most {
        var error: UnsafeMutablePointer<CChar>?
        guard let event = cg_training_next(handle, nil, &error) else { throw Refusal(error) }
        defer { cg_free(event) }
        if String(cString: event) == "null" { return }
      }
    }

    func save(to path: String) throws {
      var error: UnsafeMutablePointer<CChar>?
      guard cg_training_save(handle, path, nil, &error) == 1 else { throw Refusal(error) }
    }

    /// What is different, as JSON.
    func resume(_ path: String, restartsBest: Bool = false) throws -> String {
      var error: UnsafeMutablePointer<CChar>?
      guard let changes = cg_training_resume(handle, path, restartsBest ? 1 : 0, nil, &error)
      else { throw Refusal(error) }
      defer { cg_free(changes) }
      return String(cString: changes)
    }

    var parameters: [Double] {
      var values = [Double](repeating: 0, count: 7)
      cg_training_parameters(handle, &values)
      return values
    }
  }

  private let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("\(UUID()).safetensors").path

  @Test("After any piece of work it continues bit for bit")
  func roundTrip() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let whole = try Training(epochs: 3)
    try whole.go()
    for stop in 0...12 {
      let first = try Training(epochs: 3)
      try first.go(stop)
      try first.save(to: path)
      let second = try Training(epochs: 3)
      let changes = try second.resume(path)
      #expect(changes == "[]")
      #expect(second.parameters == first.parameters)
      try second.go()
      #expect(second.parameters == whole.parameters, "\(stop)")
    }
  }

  @Test("What may be different is told, and what may not is refused")
  func differences() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let first = try Training(epochs: 1)
    try first.go()
    try first.save(to: path)
    let longer = try Training(epochs: 2, rate: 0.1)
    let changes = try longer.resume(path)
    #expect(changes.contains("epochs 1 → 2") && changes.contains("rate 0.05 → 0.1"))
    var targets = Self.targets
    targets[0] = 0.7
    let other = try Training(epochs: 2, targets: targets)
    let before = other.parameters
    let refusal = #expect(throws: Refusal.self) { try other.resume(path) }
    #expect(refusal?.code == "shape-mismatch")
    #expect(other.parameters == before)
    _ = try other.resume(path, restartsBest: true)
    #expect(other.parameters == first.parameters)
    let nowhere = #expect(throws: Refusal.self) { try other.save(to: "/nowhere/at/all") }
    #expect(nowhere?.code == "file")
  }
}
