public import Foundation

/// A program of the system, if it is installed.
public struct ExternalProgram: Sendable {
  /// Its path.
  public let path: String

  /// Why a program gave no answer.
  public enum Failure: Error, Sendable {
    /// It could not be started, or ended with this status and message.
    case failed(String)
  }

  /// The first executable of this name in the folders of PATH.
  public static func find(_ name: String) -> ExternalProgram? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    for folder in path.split(separator: ":") {
      let file = "\(folder)/\(name)"
      var isFolder: ObjCBool = false
      if FileManager.default.isExecutableFile(atPath: file),
        FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder.boolValue
      {
        return ExternalProgram(path: file)
      }
    }
    return nil
  }

  /// Runs the program with an input, and returns what it prints.
  ///
  /// - Parameter seconds: the time after which it is stopped.
  /// - Throws: ``Failure``.
  public func run(_ arguments: [String], input: Data, seconds: Double = 20) throws -> Data {
    // A file rather than a pipe, which would break where the program ends before it has read everything.
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("cyclograd-\(UUID().uuidString)")
    try input.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: file)
    let answer = Pipe()
    process.standardOutput = answer
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { throw Failure.failed(error.localizedDescription) }
    let timer = DispatchSource.makeTimerSource(queue: .global())
    timer.schedule(deadline: .now() + seconds)
    let identifier = process.processIdentifier
    timer.setEventHandler { kill(identifier, SIGTERM) }
    timer.resume()
    defer { timer.cancel() }
    let result = (try? answer.fileHandleForReading.readToEnd()) ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0, process.terminationReason == .exit else {
      throw Failure.failed("\(path) ended with status \(process.terminationStatus)")
    }
    return result
  }
}
