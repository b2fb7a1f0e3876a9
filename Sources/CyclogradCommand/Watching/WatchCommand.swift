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

  /// More memory than any folder's logs should take. Requests that never end would take it.
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
          "watching takes more than \(Quantity.bytes(Self.mostMemory)) of memory: logs are too large, "
            + "or someone sends requests that do not end",
          at: .init(file: self.folder),
          advice: "watch a folder with fewer logs, for people you trust")
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// Serves until the task is cancelled.
  private static func serve(
    _ folder: WatchedFolder, _ address: Address, _ token: String?, _ isJSON: Bool
  ) async throws {
    var isTold = false
    var port = address.port
    while !Task.isCancelled {
      let server = address.server(port: port)
      let run = Task { try await server.run() }
      do { try await server.waitUntilListening() } catch {
        run.cancel()
        guard case .failure(let reason) = await run.result else { continue }
        throw CyclogradError(
          .file, "cannot serve \(address.host):\(port): \(Self.text(reason))",
          advice: "give another --port, or 0 for any that is free")
      }
      port = await server.port ?? port
      await server.appendRoute("*", to: WatchServer(folder, token: token, port: port))
      if !isTold { try tell(folder, address.url(port, token), isJSON) }
      isTold = true
      await withTaskCancellationHandler {
        _ = await run.result
      } onCancel: {
        run.cancel()
      }
      // It ends by itself where there are more connections than the system allows; with the server they are closed.
      try? await Task.sleep(for: .seconds(1))
    }
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
    private let make: @Sendable (UInt16) -> HTTPServer

    /// - Throws: `CyclogradError` `invalid-option` for what is no address.
    init(_ host: String, _ port: UInt16) throws {
      let name = host == "localhost" ? "127.0.0.1" : host
      self.port = port
      if let four = try? sockaddr_in.inet(ip4: name, port: port) {
        self.host = name
        isLoopback = UInt32(bigEndian: four.sin_addr.s_addr) >> 24 == 127
        make = { port in
          var address = four
          address.sin_port = port.bigEndian
          return HTTPServer(address: address, logger: .disabled)
        }
      } else if let six = try? sockaddr_in6.inet6(ip6: name, port: port) {
        self.host = "[\(name)]"
        isLoopback = name == "::1"
        make = { port in
          var address = six
          address.sin6_port = port.bigEndian
          return HTTPServer(address: address, logger: .disabled)
        }
      } else {
        throw CyclogradError(
          .invalidOption, "--host \(host) is no IP address",
          advice: "give one of this machine, such as 127.0.0.1, 0.0.0.0 or ::1")
      }
    }

    func server(port: UInt16) -> HTTPServer { make(port) }

    /// The address for a browser.
    func url(_ port: UInt16, _ token: String?) -> String {
      "http://\(host):\(port)/" + (token.map { "?token=\($0)" } ?? "")
    }
  }
}

extension HTTPServer {
  /// The port that the server listens at.
  fileprivate var port: UInt16? {
    switch listeningAddress {
    case .ip4(_, let port), .ip6(_, let port): port
    case .unix, nil: nil
    }
  }
}
