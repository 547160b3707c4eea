import ArtelConcurrency
import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing

@testable import ArtelWeb

/// How a test reaches the server: straight into its router, or through a socket.
enum Mode: CaseIterable {
  case router
  case live
}

/// Routes made by a closure.
struct TestApp: WebApp {
  let add: @Sendable (Routes) -> Void

  func addRoutes(to routes: Routes) {
    add(routes)
  }
}

/// A server with a small share of its own, and a member who signs in by the token or cookie `ada`.
struct TestSite {
  var parts = WebServer.Parts()
  var routes: @Sendable (Routes) -> Void = { _ in }

  static let ada = Principal(
    memberID: .generate(),
    sessionID: .generate(),
    profile: Principal.Profile(username: "ada", displayName: "Ada <Lovelace>"),
    source: .bearer
  )

  init(_ routes: @escaping @Sendable (Routes) -> Void = { _ in }) {
    self.routes = routes
    parts.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    parts.authenticator = Authenticator(
      bearer: { $0 == "ada" ? Self.ada : nil },
      cookie: { value in
        guard value == "ada" else { return nil }
        var ada = Self.ada
        ada.source = .cookie
        return ada
      }
    )
  }

  /// Runs a test against the server.
  func run(_ mode: Mode, _ test: @Sendable (any TestClientProtocol) async throws -> Void)
    async throws
  {
    var parts = parts
    parts.settings.port = 0
    let app = WebServer(parts: parts, apps: [TestApp(add: routes)]).application()
    try await app.test(mode == .router ? .router : .live, test)
  }

  /// The same site with pages; `files` are added to the share.
  func withPages(_ files: [String: String] = [:]) async throws -> TestSite {
    let folder = FileManager.default.temporaryDirectory.appending(path: "artel-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    for (path, text) in Self.files.merging(files, uniquingKeysWith: { $1 }) {
      let url = folder.appending(path: path)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(),
        withIntermediateDirectories: true
      )
      try Data(text.utf8).write(to: url)
    }
    var site = self
    site.parts.share = try await Share(
      folder: folder.path(),
      pool: BlockingPool(name: "test", threads: 1),
      logger: parts.logger
    )
    return site
  }

  var pages: Pages {
    guard let share = parts.share else { preconditionFailure("Call withPages first.") }
    return Pages(share: share, site: parts.site)
  }

  private static let files = [
    "templates/layout.mustache": """
    <html lang="{{lang}}"><title>{{$title}}Artel{{/title}}</title>
      {{$body}}{{/body}}
    </html>
    """,
    "templates/error.mustache": """
    {{<layout}}{{$body}}<h1>{{error.status}} {{error.title}}</h1>{{request_id}}{{/body}}{{/layout}}
    """,
    "strings/en.json": ##"""
    {"problem": {"not_found": {"title": "Not found"}, "csrf": {"title": "Try again"},
                 "validation": {"title": "Wrong"}},
     "field": {"required": "Please fill this in",
               "too_short": {"#": "min", "one": "At least {min} character",
                             "other": "At least {min} characters"}},
     "flash": {"saved": "Saved"},
     "views": {"#": "views", "one": "{views} view", "other": "{views} views"},
     "hello": "Hello, {member.display_name} & all"}
    """##,
    "strings/ru.json": ##"""
    {"problem": {"not_found": {"title": "Не найдено"}},
     "views": {"#": "views", "one": "{views} просмотр", "few": "{views} просмотра",
               "many": "{views} просмотров", "other": "{views} просмотра"},
     "hello": "Привет, {member.display_name}"}
    """##,
    "assets/app.css": "a {}",
    "assets/root/robots.txt": "User-agent: *",
  ]
}

extension TestResponse {
  var text: String { String(buffer: body) }

  /// A top-level text or number of a JSON body.
  func json(_ key: String) -> String? {
    guard case .object(let members)? = try? JSONValue(parsing: body.readableBytesView) else {
      return nil
    }
    return switch members[key] {
    case .string(let text): text
    case .integer(let number): "\(number)"
    case .bool(let flag): "\(flag)"
    default: nil
    }
  }
}
