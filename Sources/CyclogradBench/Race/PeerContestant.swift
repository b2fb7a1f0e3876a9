import Foundation

/// A program in another language, kept running through the race and asked for one run at a time.
///
/// It reads lines from its standard input and answers each with a line of JSON: `run` with the
/// seconds of a run, `save FOLDER` after it has written its answer there as raw arrays. What it
/// cannot do it answers with `{"error": …}`.
final class PeerContestant: Contestant {
  let name: String
  let isPeer = true
  private let process = Process()
  private let requests = Pipe()
  private let replies = Pipe()
  private let folder: URL
  private let vectors: [String]
  private let limit: Double
  private var received = Data()

  /// Starts the program and waits until it has read the problem.
  ///
  /// - Parameters:
  ///   - command: the program and its arguments.
  ///   - folder: where it writes its answer.
  ///   - vectors: the names of an answer's vectors.
  ///   - limit: seconds for any one reply; a peer that takes longer withdraws.
  init(
    _ name: String, command: [String], folder: URL, vectors: [String], limit: Double
  ) throws {
    self.name = name
    self.folder = folder
    self.vectors = vectors
    self.limit = limit
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.standardInput = requests
    process.standardOutput = replies
    do { try process.run() } catch {
      throw Withdrawal(reason: "\(command[0]) cannot be started")
    }
    _ = try reply()
  }

  /// Starts one of the scripts beside this program.
  convenience init(
    _ name: String, python: String, script: String, arguments: [String], folder: URL,
    vectors: [String], _ settings: Settings
  ) throws {
    guard
      let file = Bundle.module.url(
        forResource: script, withExtension: "py", subdirectory: "Peers")
    else { throw Withdrawal(reason: "its script is missing") }
    try self.init(
      name, command: [python, "-u", file.path] + arguments, folder: folder, vectors: vectors,
      limit: settings.limit)
  }

  deinit {
    process.terminate()
    process.waitUntilExit()
  }

  func run() throws -> Timing {
    let fields = try ask("run")
    if let total = fields["total"] as? Double { return Timing(total: total) }
    guard let first = fields["equilibrium"] as? Double, let second = fields["gradient"] as? Double
    else { throw Withdrawal(reason: "a reply without times") }
    return Timing(
      equilibrium: first, gradient: second, iterations: fields["iterations"] as? [Int] ?? [])
  }

  func answer() throws -> Answer {
    _ = try ask("save \(folder.path)")
    return Answer(
      vectors: try vectors.map { name in
        let url = folder.appendingPathComponent("answer-\(name).f64")
        let data = try Data(contentsOf: url)
        let values = data.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
        try FileManager.default.removeItem(at: url)
        return (name, values)
      })
  }

  private func ask(_ request: String) throws -> [String: Any] {
    guard process.isRunning else { throw Withdrawal(reason: "it has ended") }
    try requests.fileHandleForWriting.write(contentsOf: Data("\(request)\n".utf8))
    return try reply()
  }

  private func reply() throws -> [String: Any] {
    // The end of the process ends the read; that is how a reply is given up.
    let watchdog = Watchdog(after: limit, process)
    defer { watchdog.cancel() }
    while !received.contains(0x0A) {
      let more = replies.fileHandleForReading.availableData
      guard !more.isEmpty else {
        throw Withdrawal(
          reason: watchdog.hasActed
            ? "it took more than \(Int(limit)) s" : "it ended without a reply")
      }
      received.append(more)
    }
    let line = received.prefix { $0 != 0x0A }
    received = Data(received.dropFirst(line.count + 1))
    guard let fields = try? JSONSerialization.jsonObject(with: line) as? [String: Any] else {
      throw Withdrawal(reason: "a reply that is not JSON")
    }
    if let error = fields["error"] as? String { throw Withdrawal(reason: error) }
    return fields
  }
}
