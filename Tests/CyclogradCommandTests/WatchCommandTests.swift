import Foundation
import TestSupport
import Testing

@Suite("cyclograd watch", .tags(.slow), .unlessFast, .serialized)
struct WatchCommandTests {
  private static func step(_ number: Int, loss: Double) -> String {
    """
    {"event": "step", "step": \(number), "loss": \(loss), "used": 4, "learning_rate": 0.1, \
    "gradient_norm": 2.0, "forward_iterations": 12, "backward_iterations": 8, "skipped": []}

    """
  }

  private static func epoch(_ number: Int, loss: Double) -> String {
    """
    {"event": "epoch", "epoch": \(number), "step": \(number), "loss": \(loss), "used": 4, "skipped": 0, \
    "learning_rate": 0.1, "forward_iterations": 12, "backward_iterations": 8}

    """
  }

  /// A folder `runs` with one log, and a secret beside it.
  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(
      at: scratch.folder.appendingPathComponent("runs/deep"), withIntermediateDirectories: true)
    try scratch.write("runs/one.jsonl", Self.step(1, loss: 0.5) + Self.epoch(1, loss: 0.5))
    try scratch.write("secret.jsonl", Self.step(1, loss: 0.7777))
    return scratch
  }

  private func append(_ scratch: Scratch, _ name: String, _ text: String) throws {
    let handle = try FileHandle(forWritingTo: scratch.folder.appendingPathComponent(name))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(text.utf8))
    try handle.close()
  }

  @Test("The page shows what is there, and says when there is more")
  func live() throws {
    let scratch = try scratch()
    let server = try WatchingServer(scratch, "runs")
    #expect(server.address == "http://127.0.0.1:\(server.port)/")
    let first = server.get("/")
    #expect(first.status == 200 && first.headers["cache-control"] == "no-store")
    #expect(
      first.body.contains("/run?log=one%2Ejsonl") && first.body.contains("connect-src 'self'"))
    let tag = try #require(first.headers["etag"])
    #expect(server.get("/", ["If-None-Match": tag]).status == 304)
    // Half a line says nothing yet.
    let line = Self.step(2, loss: 0.0625)
    try append(scratch, "runs/one.jsonl", String(line.prefix(30)))
    usleep(300_000)
    #expect(!server.get("/").body.contains("0.0625"))
    try append(scratch, "runs/one.jsonl", String(line.dropFirst(30)))
    try scratch.write("runs/deep/two.jsonl", Self.step(1, loss: 0.25))
    usleep(300_000)
    let second = server.get("/", ["If-None-Match": tag])
    #expect(second.status == 200 && second.headers["etag"] != tag)
    #expect(second.body.contains("one: 2, 0.0625") && second.body.contains("deep/two"))
    let run = server.get("/run?log=one.jsonl")
    #expect(run.status == 200 && run.body.contains("From the log one.jsonl"))
    // A log that is begun anew, and one that goes away.
    try scratch.write("runs/one.jsonl", Self.step(1, loss: 0.125))
    try FileManager.default.removeItem(
      at: scratch.folder.appendingPathComponent("runs/deep/two.jsonl"))
    usleep(300_000)
    let third = server.get("/").body
    #expect(third.contains("0.125") && !third.contains("0.0625") && !third.contains("deep/two"))
    #expect(server.stop() == 0)
  }

  @Test("Nothing outside the folder is served, whatever is asked for or put there")
  func outside() throws {
    let scratch = try scratch()
    let runs = scratch.folder.appendingPathComponent("runs")
    for (name, target) in [
      ("link.jsonl", "../secret.jsonl"), ("folder", ".."), ("null.jsonl", "/dev/zero"),
    ] {
      try FileManager.default.createSymbolicLink(
        atPath: runs.appendingPathComponent(name).path, withDestinationPath: target)
    }
    #expect(mkfifo(runs.appendingPathComponent("pipe.jsonl").path, 0o600) == 0)
    try scratch.write("runs/other.jsonl", "this is no log\n")
    try scratch.write("runs/<img src=x>.jsonl", Self.step(1, loss: 1))
    let server = try WatchingServer(scratch, "runs")
    let page = server.get("/")
    #expect(page.status == 200 && !page.body.contains("0.7777") && !page.body.contains("<img"))
    #expect(page.body.contains("other.jsonl: this is no event of a training"))
    for path in [
      "/secret.jsonl", "/../secret.jsonl", "/%2e%2e/secret.jsonl", "/runs/one.jsonl",
      "//etc/passwd",
      "/run", "/run?log=../secret.jsonl", "/run?log=..%2Fsecret.jsonl", "/run?log=/etc/passwd",
      "/run?log=link.jsonl", "/run?log=folder/secret.jsonl", "/run?log=one.jsonl%00", "/run?log=",
      "/" + String(repeating: "a", count: 5000), "/favicon.ico",
    ] {
      let answer = server.get(path)
      #expect(answer.status == 404 && !answer.body.contains("0.7777"), "\(path.prefix(80))")
    }
    #expect(server.stop() == 0)
  }

  @Test("Hostile requests are refused, and others go on being answered")
  func hostile() throws {
    let scratch = try scratch()
    let server = try WatchingServer(scratch, "runs")
    // A page of the web whose name leads here.
    for host in ["evil.example", "evil.example:\(server.port)", "127.0.0.1:1", "", "[::2]"] {
      #expect(server.get("/", ["Host": host]).status == 421, "\(host)")
    }
    for host in ["localhost:\(server.port)", "LOCALHOST", "[::1]:\(server.port)"] {
      #expect(server.get("/", ["Host": host]).status == 200, "\(host)")
    }
    for method in ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"] {
      #expect(server.get("/", method: method).status == 405, "\(method)")
    }
    #expect(server.get("http://evil.example/").status == 400)
    for request in [
      "nonsense\r\n\r\n", "\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\nContent-Length: -1\r\n\r\n",
      "GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
      "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: localhost\r\nConnection: close\r\n\r\nzz\r\n\r\n",
    ] {
      let answer = server.raw(Array(request.utf8))
      #expect(!answer.contains("Trainings in"), "\(request)")
    }
    _ = server.raw([0xff, 0xfe, 0x00, 0x0a, 0x0d, 0x0a])
    // Heads and bodies that do not end.
    for beginning in [
      "", "GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
      "GET / HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n",
    ] {
      let answer = server.raw(Array(beginning.utf8) + [UInt8](repeating: 0x41, count: 1 << 18))
      #expect(answer.hasPrefix("HTTP/1.1 431 "), "\(beginning)")
    }
    let lines = server.raw(Array(String(repeating: "X: a\r\n", count: 10_000).utf8))
    #expect(!lines.contains("Trainings in"))
    // Connections that say nothing, or not enough.
    let idle = (0..<50).map { _ in server.connect() }
    for (index, descriptor) in idle.enumerated() where index % 2 == 0 {
      _ = send(descriptor, "GET / HT", 8, 0)
    }
    #expect(server.get("/").status == 200)
    for descriptor in idle { close(descriptor) }
    #expect(server.get("/").status == 200)
    #expect(server.stop() == 0)
  }

  @Test("Where others can reach it, a token is needed, and the address loses it")
  func token() throws {
    let scratch = try scratch()
    let server = try WatchingServer(scratch, "runs", ["--host", "0.0.0.0"])
    let token = try #require(server.address.firstMatch(of: /token=([0-9a-f]{32})$/)?.1)
    #expect(server.get("/").status == 403)
    #expect(server.get("/run?log=one.jsonl").status == 403)
    #expect(server.get("/?token=\(String(token.reversed()))").status == 403)
    #expect(server.get("/?token=").status == 403)
    let entry = server.get("/?token=\(token)")
    #expect(entry.status == 303 && entry.headers["location"] == "/")
    let cookie = try #require(entry.headers["set-cookie"])
    #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
    let pair = String(cookie.prefix { $0 != ";" })
    #expect(server.get("/", ["Cookie": pair]).status == 200)
    #expect(server.get("/", ["Cookie": "a=b; \(pair)", "Host": "other.example"]).status == 200)
    #expect(server.get("/", ["Cookie": pair.dropLast() + "x"]).status == 403)
    #expect(server.stop() == 0)
    let again = try WatchingServer(scratch, "runs", ["--host", "0.0.0.0"])
    #expect(!again.address.contains(token))
  }

  @Test("What cannot be served is refused with a reason")
  func refusals() throws {
    let scratch = try scratch()
    for (arguments, words) in [
      (["nowhere"], "cannot read the folder"), (["secret.jsonl"], "this is no folder"),
      (["runs", "--host", "example.org"], "is no IP address"),
      (["runs", "--host", "192.0.2.1"], "cannot serve 192.0.2.1"),
    ] {
      let run = try scratch.run(["watch"] + arguments)
      #expect(run.status == 1 && run.errors.contains(words), "\(run.errors)")
    }
    let server = try WatchingServer(scratch, "runs")
    let second = try scratch.run("watch", "runs", "--port", "\(server.port)")
    #expect(second.status == 1 && second.errors.contains("cannot serve 127.0.0.1:"))
  }
}
