import Foundation

/// The root of the package.
let packageRoot = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()

/// The folder of the built command: that of the tests, or of the command that the environment variable
/// `CYCLOGRAD_COMMAND` names. Trainings of the documents take minutes in a debug build and seconds in a release build.
let productFolder: URL = {
  if let command = ProcessInfo.processInfo.environment["CYCLOGRAD_COMMAND"], !command.isEmpty {
    return URL(fileURLWithPath: command).deletingLastPathComponent()
  }
  let tests = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  return URL(fileURLWithPath: tests ?? CommandLine.arguments[0]).deletingLastPathComponent()
}()

/// What a finished command left behind.
struct CommandRun {
  var status: Int32
  var output: String
  var errors: String

  /// Standard output as JSON.
  func json() throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any] ?? [:]
  }
}

/// A folder that is removed with its owner, with `graphs` inside it.
final class Scratch {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("cyclograd-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      at: folder.appendingPathComponent("graphs"),
      withDestinationURL: packageRoot.appendingPathComponent("graphs"))
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Writes a file.
  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    return name
  }

  /// A file's text, or nothing where there is none.
  func read(_ name: String) -> String? {
    try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
  }

  /// Runs the built command in this folder.
  func run(_ arguments: String...) throws -> CommandRun { try run(arguments) }

  /// Runs the built command in this folder.
  func run(_ arguments: [String]) throws -> CommandRun {
    try launch(productFolder.appendingPathComponent("cyclograd"), arguments)
  }

  /// Runs a script with the built command in the path.
  func shell(_ script: String) throws -> CommandRun {
    try launch(URL(fileURLWithPath: "/bin/bash"), ["-e", "-o", "pipefail", "-c", script])
  }

  private func launch(_ executable: URL, _ arguments: [String]) throws -> CommandRun {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    var environment = ProcessInfo.processInfo.environment
    environment["PATH"] = "\(productFolder.path):\(environment["PATH"] ?? "/usr/bin:/bin")"
    process.environment = environment
    // Files rather than pipes, which a long answer would fill.
    let names = ["output", "errors"].map { ".\($0)-\(UUID().uuidString)" }
    let handles = try names.map { name in
      let url = folder.appendingPathComponent(name)
      _ = FileManager.default.createFile(atPath: url.path, contents: nil)
      return try FileHandle(forWritingTo: url)
    }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = handles[0]
    process.standardError = handles[1]
    try process.run()
    process.waitUntilExit()
    return CommandRun(
      status: process.terminationStatus, output: read(names[0]) ?? "", errors: read(names[1]) ?? "")
  }
}
