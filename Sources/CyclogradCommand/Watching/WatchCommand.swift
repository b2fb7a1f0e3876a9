import ArgumentParser
import Cyclograd
import CyclogradReports
import Dispatch
import FlyingFox
import FlyingSocks
import Foundation
import Synchronization

/// `cyclograd watch`
struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Show trainings in a browser while they run.",
    discussion: """
      It serves a page on the logs (*.jsonl) that cyclograd train --json-log writes to FOLDER and the folders \
      within it, and on the runs of cyclograd study: their curves together, settings and results, and each \
      training by itself. The page brings itself up to date. Ctrl-C ends it.

      Only this machine can see it. With --host another address is served; visitors then need the token in \
      the address that is printed. Requests are not encrypted. Nothing but these pages is served, and \
      nothing outside FOLDER is read.

      Examples:
        cyclograd watch runs
        cyclograd watch runs --port 8080
        cyclograd watch runs --host 0.0.0.0
      """)

  @Argument(help: "The folder with logs of trainings.") var folder: String
  @Option(help: "The address to serve: an IP address of this machine, or localhost.")
  var host = "127.0.0.1"
  @Option(help: "The port to serve; 0 for any that is free.") var port: UInt16 = 8642
  @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

  /// More memory than any folder's logs should take.
  private static let mostMemory = 4 << 30

  func run() throws {
    let address = try Address(host, port)
    let folder = try WatchedFolder(folder)
    let token = address.isLoopback ? nil : Self.newToken()
    let interruption = Interruption()
    let failure = Mutex<CyclogradError?>(nil)
    let (done, isJSON) = (DispatchSemaphore(value: 0), json)
    let task = Task {
      defer { done.signal() }
      do { try await Self.serve(folder, address, token, isJSON) } catch let error as CyclogradError
      {
        failure.withLock { $0 = error }
      } catch {}
    }
    while done.wait(timeout: .now() + .milliseconds(200)) == .timedOut {
      if interruption.isRequested { task.cancel() }
      if Self.memory() > Self.mostMemory {
        throw CyclogradError(
          .file,
          "watching takes more than \(Quantity.bytes(Self.mostMemory)) of memory: logs are too large",
          at: .init(file: self.folder), advice: "watch a folder with fewer logs")
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// Serves until the task is cancelled.
  private static func serve(
    _ folder: WatchedFolder, _ address: Address, _ token: String?, _ isJSON: Bool
  ) async throws {
    // Nobody else on this machine gets to the server past the guard.
    let room = try privateFolder()
    defer { try? FileManager.default.removeItem(at: room) }
    let path = room.appendingPathComponent("server").path
    let visitors: ConnectionGuard
    do { visitors = try address.guarding(path) } catch {
      throw CyclogradError(
        .file, "cannot serve \(address.host):\(address.port): \(text(error))",
        advice: "give another --port, or 0 for any that is free")
    }
    defer { visitors.close() }
    let server = HTTPServer(address: .unix(path: path), logger: .disabled)
    await server.appendRoute("*", to: WatchServer(folder, token: token, port: visitors.port))
    let run = Task { try await server.run() }
    try await withTaskCancellationHandler {
      if (try? await server.waitUntilListening()) != nil {
        visitors.start()
        try tell(folder, address.url(visitors.port, token), isJSON)
      } else {
        run.cancel()
      }
      let result = await run.result
      guard !Task.isCancelled, case .failure(let reason) = result else { return }
      throw CyclogradError(
        .file, "the server has ended: \(text(reason))", advice: "start it once more")
    } onCancel: {
      run.cancel()
    }
  }

  /// A new folder that this user alone can look into.
  private static func privateFolder() throws(CyclogradError) -> URL {
    // The name of a Unix socket has at most 107 bytes.
    let usual = FileManager.default.temporaryDirectory
    let url = (usual.path.utf8.count < 50 ? usual : URL(fileURLWithPath: "/tmp"))
      .appendingPathComponent("cyclograd-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(
        at: url, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    } catch {
      throw CyclogradError(
        .file, "cannot make a folder for the server's socket: \(error.localizedDescription)",
        at: .init(file: url.path), advice: "let TMPDIR name a folder that can be written")
    }
    return url
  }

  private static func text(_ error: any Error) -> String {
    if case .failed(_, _, let message) = error as? SocketError { return message }
    return error.localizedDescription
  }

  private static func tell(_ folder: WatchedFolder, _ url: String, _ isJSON: Bool) throws {
    if isJSON {
      try Console.answer(.object([("folder", .string(folder.root)), ("address", .string(url))]))
    } else {
      try Console.answer("watching \(folder.root) at \(url)\n")
    }
  }

  /// 128 random bits.
  private static func newToken() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<2).map { _ in
      let digits = String(generator.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// The bytes of memory that the process holds.
  private static func memory() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let words = text.split(separator: " ")
    return words.count > 1 ? (Int(words[1]) ?? 0) * Int(getpagesize()) : 0
  }
}

extension WatchCommand {
  /// Where the server listens.
  struct Address {
    /// As it stands in addresses.
    let host: String
    let port: UInt16
    let isLoopback: Bool
    private let listen: @Sendable (String) throws -> ConnectionGuard

    /// - Throws: `CyclogradError` `invalid-option` for what is no address.
    init(_ host: String, _ port: UInt16) throws {
      let name = host == "localhost" ? "127.0.0.1" : host
      self.port = port
      if let four = try? sockaddr_in.inet(ip4: name, port: port) {
        self.host = name
        isLoopback = UInt32(bigEndian: four.sin_addr.s_addr) >> 24 == 127
        listen = { try ConnectionGuard(four, server: $0) }
      } else if let six = try? sockaddr_in6.inet6(ip6: name, port: port) {
        self.host = "[\(name)]"
        isLoopback = name == "::1"
        listen = { try ConnectionGuard(six, server: $0) }
      } else {
        throw CyclogradError(
          .invalidOption, "--host \(host) is no IP address",
          advice: "give one of this machine, such as 127.0.0.1, 0.0.0.0 or ::1")
      }
    }

    /// Listens there, for a server at a Unix socket.
    func guarding(_ server: String) throws -> ConnectionGuard { try listen(server) }

    /// The address for a browser.
    func url(_ port: UInt16, _ token: String?) -> String {
      "http://\(host):\(port)/" + (token.map { "?token=\($0)" } ?? "")
    }
  }
}
