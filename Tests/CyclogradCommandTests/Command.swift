import Foundation

/// The built command, run in a folder of its own that disappears with the test.
final class Command {
  /// What a run left behind.
  struct Answer {
    var status: Int32
    var output: String
    var errors: String
  }

  let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "cyclograd-command-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// The binary stands beside the one that contains the tests.
  private static var binary: String {
    get throws {
      let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      let candidates = [tests] + CommandLine.arguments.prefix(1)
      for path in candidates {
        var folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        for _ in 0..<4 {
          let binary = folder.appending(path: "cyclograd").path
          var isFolder: ObjCBool = false
          if FileManager.default.fileExists(atPath: binary, isDirectory: &isFolder),
            !isFolder.boolValue
          {
            return binary
          }
          folder.deleteLastPathComponent()
        }
      }
      throw CocoaError(.fileNoSuchFile)
    }
  }

  /// The root of the package, where graphs/ is.
  static let package =
    URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path + "/"

  func callAsFunction(_ arguments: String...) throws -> Answer { try with(arguments) }

  func with(_ arguments: [String]) throws -> Answer {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try Self.binary)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    // Pipes would fill up if nobody read them meanwhile.
    let files = [folder + "/.output", folder + "/.errors"]
    let handles = try files.map { path in
      try Data().write(to: URL(fileURLWithPath: path))
      return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = handles[0]
    process.standardError = handles[1]
    try process.run()
    process.waitUntilExit()
    let texts = try files.map { path in
      let text = try String(contentsOfFile: path, encoding: .utf8)
      try FileManager.default.removeItem(atPath: path)
      return text
    }
    return Answer(status: process.terminationStatus, output: texts[0], errors: texts[1])
  }

  func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
  }

  func content(_ name: String) throws -> String {
    try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
  }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
  }
}
