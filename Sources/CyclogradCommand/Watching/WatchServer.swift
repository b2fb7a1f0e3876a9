import Cyclograd
import CyclogradReports
import FlyingFox
import Foundation

/// Answers requests for pages on the trainings of a folder, and nothing else.
actor WatchServer: HTTPHandler {
  private var folder: WatchedFolder
  private let token: String?
  private let port: UInt16
  private let clock = ContinuousClock()
  private var lastLook: ContinuousClock.Instant?
  private var version = 0
  /// Tells the pages of this process from those of another.
  private let origin = UInt64.random(in: .min ... .max)
  private var pages: [String: (version: Int, html: Data)] = [:]

  /// - Parameters:
  ///   - token: what visitors must have; `nil` where all of them are on this machine.
  ///   - port: the server's, which the names of hosts in requests end with.
  init(_ folder: WatchedFolder, token: String?, port: UInt16) {
    (self.folder, self.token, self.port) = (folder, token, port)
  }

  func handleRequest(_ request: HTTPRequest) -> HTTPResponse {
    guard request.method == .GET else {
      return Self.refusal(.methodNotAllowed, "Only GET is answered.", ["Allow": "GET"])
    }
    guard request.target.rawValue.hasPrefix("/"), request.headers[.transferEncoding] == nil,
      ["0", nil].contains(request.headers[.contentLength])
    else {
      return Self.refusal(.badRequest, "Requests have a path of this server, and nothing else.")
    }
    guard let token else {
      // A page of the web may lead its own host name to this machine. That name stands here.
      guard isOwnName(request.headers[.host]) else {
        return Self.refusal(.misdirectedRequest, "This server has another name.")
      }
      return answer(request)
    }
    let cookie = "cyclograd-\(port)"
    if let given = request.query["token"] {
      guard Self.isEqual(given, token) else {
        return Self.refusal(.forbidden, "The token is wrong.")
      }
      // From here on the cookie has it, and the address no longer.
      return HTTPResponse(
        statusCode: .seeOther,
        headers: Self.headers([
          "Location": "/", "Set-Cookie": "\(cookie)=\(token); Path=/; HttpOnly; SameSite=Strict",
        ]))
    }
    let given = (request.headers[.cookie] ?? "").split(separator: ";").lazy
      .map { $0.trimmingCharacters(in: .whitespaces) }
      .first { $0.hasPrefix(cookie + "=") }?.dropFirst(cookie.count + 1)
    guard let given, Self.isEqual(String(given), token) else {
      return Self.refusal(.forbidden, "Open the address that cyclograd watch has printed.")
    }
    return answer(request)
  }

  private func isOwnName(_ host: String?) -> Bool {
    guard let host = host?.lowercased() else { return false }
    return ["127.0.0.1", "localhost", "[::1]"].contains { host == "\($0):\(port)" || host == $0 }
  }

  /// Takes as long for a wrong token as for the right one.
  private static func isEqual(_ given: String, _ token: String) -> Bool {
    let (a, b) = (Array(given.utf8), Array(token.utf8))
    guard a.count == b.count else { return false }
    return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  private func answer(_ request: HTTPRequest) -> HTTPResponse {
    look()
    let name: String?
    switch request.path {
    case "/": name = nil
    case "/run": name = request.query["log"] ?? ""
    default: return Self.refusal(.notFound, "There is no such page.")
    }
    let tag = "\"\(origin)-\(version)\""
    if request.headers[.ifNoneMatch] == tag, name.map({ folder.histories[$0] != nil }) ?? true {
      return HTTPResponse(statusCode: .notModified, headers: Self.headers(["ETag": tag]))
    }
    let key = name ?? "/"
    if pages[key]?.version != version {
      guard let page = folder.page(of: name) else {
        return Self.refusal(.notFound, "There is no such training.")
      }
      pages = pages.filter { $0.value.version == version }
      pages[key] = (version, Data(page.html().utf8))
    }
    return HTTPResponse(
      statusCode: .ok,
      headers: Self.headers(["ETag": tag, "Content-Type": "text/html; charset=utf-8"]),
      body: pages[key]?.html ?? Data())
  }

  /// Looks at the folder, at most four times a second, however many ask.
  private func look() {
    let now = clock.now
    if let lastLook, now - lastLook < .milliseconds(250) { return }
    if folder.refresh() { version += 1 }
    lastLook = clock.now
  }

  private static func refusal(
    _ status: HTTPStatusCode, _ reason: String, _ more: [String: String] = [:]
  ) -> HTTPResponse {
    HTTPResponse(
      statusCode: status,
      headers: headers(["Content-Type": "text/plain; charset=utf-8"].merging(more) { $1 }),
      body: Data((reason + "\n").utf8))
  }

  /// Nothing is kept by browsers, guessed, shown within other pages or given to them.
  private static func headers(_ more: [String: String]) -> HTTPHeaders {
    let fixed = [
      "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin",
      "Content-Security-Policy":
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ]
    var headers = HTTPHeaders()
    for (name, value) in fixed.merging(more, uniquingKeysWith: { $1 }) {
      headers[HTTPHeader(name)] = value
    }
    return headers
  }
}
