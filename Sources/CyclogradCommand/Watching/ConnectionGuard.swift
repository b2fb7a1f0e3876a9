import FlyingSocks
import Foundation
import Synchronization

/// Stands between visitors and the HTTP server, which reads a request of any length, waits for it for ever, and takes
/// time that grows as the square of a line's length.
///
/// It hands on heads of requests once they are whole, and answers as they come. What was not answered may have so many
/// bytes and take so long; so requests end, whatever they are. There are only so many visitors at once.
final class ConnectionGuard: Sendable {
  struct Limits: Sendable {
    /// How many bytes may be waiting for an answer: browsers send heads of 1 or 2 KiB.
    var unanswered = 8 << 10
    /// How long they may wait, and how long a connection may be silent, in seconds.
    var seconds = 30.0
    /// How many connections there may be.
    var connections = 64
  }

  /// Where visitors connect.
  let port: UInt16
  private let listener: Socket
  private let server: String
  private let limits: Limits
  private let count = Atomic<Int>(0)
  private let isClosed = Atomic<Bool>(false)

  /// Listens from now on.
  ///
  /// - Parameters:
  ///   - address: where visitors connect.
  ///   - server: the Unix socket where the HTTP server listens.
  /// - Throws: `SocketError` for an address that cannot be had.
  init(_ address: some SocketAddress, server: String, limits: Limits = Limits()) throws {
    listener = try Socket(domain: Int32(type(of: address).family))
    (self.server, self.limits) = (server, limits)
    do {
      try listener.setValue(true, for: .localAddressReuse)
      try listener.bind(to: address)
      try listener.listen()
      switch try listener.sockname() {
      case .ip4(_, let port), .ip6(_, let port): self.port = port
      case .unix: port = 0
      }
    } catch {
      try? listener.close()
      throw error
    }
  }

  /// Takes visitors in until ``close()``.
  func start() {
    Thread.detachNewThread { [self] in
      while !isClosed.load(ordering: .relaxed) {
        guard let visitor = try? Socket(file: listener.accept().file) else {
          // The system has no more connections for now.
          usleep(50_000)
          continue
        }
        guard count.add(1, ordering: .relaxed).newValue <= limits.connections else {
          Self.refuse(
            visitor, "503 Service Unavailable", "There are too many connections.", isPatient: false)
          count.subtract(1, ordering: .relaxed)
          continue
        }
        Thread.detachNewThread { [self] in
          relay(visitor)
          count.subtract(1, ordering: .relaxed)
        }
      }
      try? listener.close()
    }
  }

  /// Takes no more visitors in.
  func close() {
    isClosed.store(true, ordering: .relaxed)
    _ = shutdown(listener.file.rawValue, Int32(SHUT_RDWR))
  }

  /// Hands heads and answers on until one of both is done or a limit is reached.
  private func relay(_ visitor: Socket) {
    guard let server = try? Socket(domain: AF_UNIX), Self.reach(self.server, by: server) else {
      Self.refuse(visitor, "503 Service Unavailable", "The server does not answer.")
      return
    }
    defer { try? server.close() }
    for socket in [visitor, server] { Self.limitSending(socket, seconds: limits.seconds) }
    let clock = ContinuousClock()
    var (unanswered, since, pending) = (0, clock.now, [UInt8]())
    var room = [UInt8](repeating: 0, count: 16 << 10)
    var sources = [visitor, server].map {
      pollfd(fd: $0.file.rawValue, events: Int16(POLLIN), revents: 0)
    }
    while true {
      let left = limits.seconds - (clock.now - since) / .seconds(1)
      let found = left > 0 ? poll(&sources, 2, Int32(min(left, 3600) * 1000) + 1) : 0
      if found < 0, errno == EINTR { continue }
      guard found > 0 else {
        guard unanswered > 0 else { break }
        return Self.refuse(visitor, "408 Request Timeout", "The request took too long.")
      }
      if sources[1].revents != 0 {
        let count = Self.receive(server, &room)
        guard count > 0, Self.sendAll(room[..<count], to: visitor) else { break }
        (unanswered, since) = (pending.count, clock.now)
      }
      if sources[0].revents != 0 {
        let count = Self.receive(visitor, &room)
        if count <= 0 {
          // It asks for nothing more, and may still be waiting for its answer.
          guard pending.isEmpty else { break }
          sources[0].fd = -1
          _ = shutdown(server.file.rawValue, Int32(SHUT_WR))
          continue
        }
        if unanswered == 0 { since = clock.now }
        unanswered += count
        guard unanswered <= limits.unanswered else {
          return Self.refuse(
            visitor, "431 Request Header Fields Too Large", "The request is too long.")
        }
        pending += room[..<count]
        let end = Self.endOfHeads(pending)
        guard Self.sendAll(pending[..<end], to: server) else { break }
        pending.removeFirst(end)
      }
    }
    try? visitor.close()
  }

  /// Where the last head ends that is whole: behind an empty line.
  private static func endOfHeads(_ bytes: [UInt8]) -> Int {
    let (feed, carriage) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    for index in bytes.indices.reversed() where bytes[index] == feed {
      let before = index > 0 && bytes[index - 1] == carriage ? index - 1 : index
      if before == 0 || bytes[before - 1] == feed { return index + 1 }
    }
    return 0
  }

  // MARK: Sockets

  private static func reach(_ path: String, by socket: Socket) -> Bool {
    do {
      try socket.connect(to: .unix(path: path))
      return true
    } catch {
      try? socket.close()
      return false
    }
  }

  /// Lets a peer that takes nothing off not hold its thread for ever.
  private static func limitSending(_ socket: Socket, seconds: Double) {
    var time = timeval(tv_sec: max(1, Int(seconds)), tv_usec: 0)
    setsockopt(
      socket.file.rawValue, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
  }

  private static func receive(_ socket: Socket, _ room: inout [UInt8]) -> Int {
    while true {
      let count = recv(socket.file.rawValue, &room, room.count, 0)
      if count >= 0 || errno != EINTR { return count }
    }
  }

  private static func sendAll(_ bytes: ArraySlice<UInt8>, to socket: Socket) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        send(socket.file.rawValue, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// Says why, and closes.
  ///
  /// - Parameter isPatient: whether to wait for what the visitor is still sending. What closes with bytes unread may
  ///   take its own answer back; some are read for its sake, and no more.
  private static func refuse(
    _ visitor: Socket, _ status: String, _ reason: String, isPatient: Bool = true
  ) {
    limitSending(visitor, seconds: 1)
    let text =
      "HTTP/1.1 \(status)\r\nConnection: close\r\nContent-Type: text/plain\r\n"
      + "Content-Length: \(reason.utf8.count + 1)\r\n\r\n\(reason)\n"
    _ = sendAll(Array(text.utf8)[...], to: visitor)
    _ = shutdown(visitor.file.rawValue, Int32(SHUT_WR))
    var room = [UInt8](repeating: 0, count: 16 << 10)
    var source = pollfd(fd: visitor.file.rawValue, events: Int16(POLLIN), revents: 0)
    for _ in 0..<(isPatient ? 64 : 0) {
      guard poll(&source, 1, 100) > 0, receive(visitor, &room) > 0 else { break }
    }
    try? visitor.close()
  }
}
