import Foundation
import Glibc

/// A running `cyclograd watch`, and a client that sends it whatever it likes.
final class WatchingServer {
  struct Answer {
    var status: Int
    var headers: [String: String]
    var body: String
  }

  let process = Process()
  let address: String
  let port: UInt16

  /// Starts it on a free port, and waits until it says where.
  init(_ scratch: Scratch, _ folder: String, _ options: [String] = []) throws {
    let output = scratch.folder.appendingPathComponent(".watch-\(UUID().uuidString)")
    _ = FileManager.default.createFile(atPath: output.path, contents: nil)
    process.executableURL = productFolder.appendingPathComponent("cyclograd")
    process.arguments = ["watch", folder, "--port", "0", "--json"] + options
    process.currentDirectoryURL = scratch.folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = FileHandle.nullDevice
    try process.run()
    var text = ""
    for _ in 0..<200 where !text.hasSuffix("}\n") {
      usleep(50_000)
      text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
    }
    let found = text.firstMatch(of: /"address": "(http:[^"]*:([0-9]+)\/[^"]*)"/)
    address = found.map { String($0.1) } ?? ""
    port = found.flatMap { UInt16($0.2) } ?? 0
  }

  /// Ends it as Ctrl-C does.
  func stop() -> Int32 {
    process.interrupt()
    process.waitUntilExit()
    return process.terminationStatus
  }

  deinit { if process.isRunning { process.terminate() } }

  /// A connection to it; -1 where there is none.
  func connect() -> Int32 { Self.connect(port) }

  /// A connection to a port of this machine; -1 where there is none.
  static func connect(_ port: UInt16) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var limit = timeval(tv_sec: 5, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result != 0 {
      close(descriptor)
      return -1
    }
    return descriptor
  }

  /// Sends bytes, and reads until the server closes or says nothing for some seconds.
  func raw(_ request: [UInt8]) -> String {
    let descriptor = connect()
    guard descriptor >= 0 else { return "no connection" }
    defer { close(descriptor) }
    _ = send(descriptor, request, request.count, Int32(MSG_NOSIGNAL))
    return Self.read(descriptor)
  }

  /// What comes until the other side closes or says nothing for some seconds.
  static func read(_ descriptor: Int32) -> String {
    var answer: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(descriptor, &room, room.count, 0)
      guard count > 0 else { break }
      answer += room[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
  }

  /// Asks for a page.
  func get(_ path: String, _ headers: [String: String] = [:], method: String = "GET") -> Answer {
    var all = ["Host": "127.0.0.1:\(port)", "Connection": "close"]
    all.merge(headers) { $1 }
    let lines = all.map { "\($0.key): \($0.value)\r\n" }.joined()
    let text = raw(Array("\(method) \(path) HTTP/1.1\r\n\(lines)\r\n".utf8))
    let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
    let head = (parts.first ?? "").split(separator: "\r\n")
    var found: [String: String] = [:]
    for line in head.dropFirst() {
      let pair = line.split(separator: ":", maxSplits: 1)
      if pair.count == 2 {
        found[pair[0].lowercased()] = pair[1].trimmingCharacters(in: .whitespaces)
      }
    }
    let words = (head.first ?? "").split(separator: " ")
    return Answer(
      status: words.count > 1 ? Int(words[1]) ?? -1 : -1, headers: found,
      body: parts.count > 1 ? String(parts[1]) : "")
  }
}
