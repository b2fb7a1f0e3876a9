import FlyingSocks
import Foundation
import Glibc
import TestSupport
import Testing

@testable import CyclogradCommand

@Suite("What stands between visitors and the server ends requests that do not end", .serialized)
struct ConnectionGuardTests {
  /// A guard before a server that answers nothing, or `answer` to all that comes first.
  private final class Scene {
    let scratch: Scratch
    let visitors: ConnectionGuard
    private let server: Socket

    init(_ limits: ConnectionGuard.Limits, answer: String? = nil) throws {
      scratch = try Scratch()
      let path = scratch.folder.appendingPathComponent("s").path
      server = try Socket(domain: AF_UNIX)
      try server.bind(to: .unix(path: path))
      try server.listen()
      visitors = try ConnectionGuard(
        sockaddr_in.inet(ip4: "127.0.0.1", port: 0), server: path, limits: limits)
      visitors.start()
      let server = server
      Thread.detachNewThread {
        while let file = try? server.accept().file.rawValue {
          guard let answer else { continue }
          var room = [UInt8](repeating: 0, count: 1 << 16)
          _ = recv(file, &room, room.count, 0)
          _ = send(file, answer, answer.utf8.count, Int32(MSG_NOSIGNAL))
          close(file)
        }
      }
    }

    deinit {
      visitors.close()
      _ = shutdown(server.file.rawValue, Int32(SHUT_RDWR))
      try? server.close()
    }
  }

  private func connect(_ scene: Scene) -> Int32 { WatchingServer.connect(scene.visitors.port) }

  private func read(_ descriptor: Int32) -> String {
    WatchingServer.read(descriptor)
  }

  @Test("An answer is handed on, whatever pieces the request comes in")
  func answer() throws {
    let scene = try Scene(.init(), answer: "as you like it")
    let visitor = connect(scene)
    // Nothing is handed on before the head is whole, and the server would answer to anything.
    for piece in ["GET / HT", "TP/1.1\r\nHost: x\r", "\n\r", "\n"] {
      var source = pollfd(fd: visitor, events: Int16(POLLIN), revents: 0)
      #expect(poll(&source, 1, 50) == 0)
      _ = send(visitor, piece, piece.utf8.count, 0)
    }
    #expect(read(visitor) == "as you like it")
    close(visitor)
  }

  @Test("Too many bytes without an answer are refused, and no more are read")
  func length() throws {
    let scene = try Scene(.init(unanswered: 1000))
    let visitor = connect(scene)
    let piece = [UInt8](repeating: 0x41, count: 100_000)
    var sent = 0
    for _ in 0..<1000 {
      let count = send(visitor, piece, piece.count, Int32(MSG_NOSIGNAL))
      guard count > 0 else { break }
      sent += count
    }
    // What the system keeps for a connection is let through, never all of it.
    #expect(sent < 50_000_000)
    close(visitor)
    let other = connect(scene)
    _ = send(other, piece, 1001, 0)
    #expect(read(other).hasPrefix("HTTP/1.1 431 "))
    close(other)
  }

  @Test("A request that takes too long is refused, and silence ends a connection")
  func time() throws {
    let scene = try Scene(.init(seconds: 1))
    let slow = connect(scene)
    _ = send(slow, "G", 1, 0)
    let silent = connect(scene)
    #expect(read(slow).hasPrefix("HTTP/1.1 408 "))
    #expect(read(silent) == "")
    close(slow)
    close(silent)
  }

  @Test("There are only so many connections at once, and room again afterwards")
  func count() throws {
    let scene = try Scene(.init(seconds: 1, connections: 2))
    let visitors = (0..<2).map { _ in connect(scene) }
    let third = connect(scene)
    #expect(read(third).hasPrefix("HTTP/1.1 503 "))
    for visitor in visitors + [third] { close(visitor) }
    // Whoever has gone makes room, once it is noticed.
    var isIn = false
    for _ in 0..<40 where !isIn {
      usleep(50_000)
      let fourth = connect(scene)
      var source = pollfd(fd: fourth, events: Int16(POLLIN), revents: 0)
      isIn = poll(&source, 1, 100) == 0
      close(fourth)
    }
    #expect(isIn)
  }
}
