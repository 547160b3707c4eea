import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelEvents
import ArtelJobs
import ArtelMail
import ArtelOperations
import ArtelPostgres
import ArtelRealtime
import ArtelTesting
import ArtelWeb
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import Testing

@testable import Accounts
@testable import Admin

/// The panel over Accounts on a database of its own; Margaret is administrator, Grace moderator.
struct TestPanel {
  let db: TestDatabase
  let clock: TestClock
  let accounts: Accounts
  let slow: SlowStatements
  private let admin: Admin
  private let share: Share

  static func make(
    checks: [HealthCheck] = [],
    proof: ProofRule = ProofRule()
  ) async throws -> TestPanel {
    let db = try await TestDatabase.make(context: "accounts")
    let clock = TestClock()
    let threads = BlockingPool(name: "admin-tests", threads: 2)
    let quiet = Logger(label: "admin.tests") { _ in SwiftLogNoOpLogHandler() }
    let share = try await Share(folder: "\(SourceTree.root())/share", pool: threads, logger: quiet)
    let accounts = try await Accounts(
      db: db.database,
      pages: Pages(share: share, site: Site()),
      issuer: "https://artel.example",
      threads: threads,
      passwordCost: PasswordCost(kibibytes: 64, iterations: 1),
      correspondence: Correspondence(
        from: try MailAddress("artel@artel.example"),
        siteURL: "https://artel.example"
      ) { key, _, _ in key },
      updates: UpdateLog(context: "accounts", db: db.database, clock: clock.wallClock),
      panelProof: proof,
      clock: clock.wallClock,
      logger: quiet
    )
    let slow = SlowStatements()
    var parts = Admin.Parts()
    parts.queues = [("accounts", JobQueue(in: db.database))]
    parts.events = EventOverview([EventLog("accounts", in: db.database)])
    parts.databases = [DatabaseInspection("accounts", in: db.database)]
    parts.slowStatements = slow
    parts.health = checks
    parts.settings = [SettingInEffect("ARTEL_PORT", "8080")]
    let panel = TestPanel(
      db: db,
      clock: clock,
      accounts: accounts,
      slow: slow,
      admin: Admin(
        accounts: accounts,
        parts: parts,
        pages: Pages(share: share, site: Site()),
        proof: proof,
        clock: clock.wallClock
      ),
      share: share
    )
    for person in [Cast.margaret, Cast.grace, Cast.ada] { try await panel.join(person) }
    try await accounts.give(.administrator, to: panel.id(Cast.margaret), by: .operatorOfServer)
    try await accounts.give(.moderator, to: panel.id(Cast.grace), by: .operatorOfServer)
    return panel
  }

  func join(_ person: CastMember) async throws {
    try await accounts.createMember(
      username: person.username,
      email: person.email,
      displayName: person.displayName,
      password: person.password
    )
  }

  func id(_ person: CastMember) async throws -> MemberID {
    try #require(try await accounts.memberID(login: person.username))
  }

  /// Runs a test against the server.
  func serve(_ test: @Sendable (any TestClientProtocol) async throws -> Void) async throws {
    var parts = WebServer.Parts()
    parts.share = share
    parts.api = APIDescription(title: "Artel", text: "", version: "1")
    parts.authenticator = accounts.authenticator
    parts.clock = clock.wallClock
    parts.logger = accounts.logger
    try await WebServer(parts: parts, apps: [accounts, admin]).application().test(.router, test)
  }

  /// A browser in which somebody is signed in.
  func browser(_ client: any TestClientProtocol, _ person: CastMember?) async throws -> Browser {
    let browser = Browser(client)
    if let person {
      _ = try await browser.submit(
        ["login": person.username, "password": person.password],
        from: "/sign-in",
        to: "/sign-in"
      )
    }
    return browser
  }

  /// Begins to set up an authenticator for somebody, and returns what it shows.
  func setUpCode(of member: MemberID) async throws -> String {
    try await accounts.beginTwoFactor(of: member)
    guard case .pending(let secret) = try await accounts.twoFactorState(of: member) else {
      preconditionFailure("Nothing is being set up.")
    }
    return TimedCode(secret: secret).code(step: TimedCode.step(at: clock.now))
  }

  /// What happened, oldest first.
  func acts() async throws -> [SystemLogEntry] {
    try await SystemLogEntry.order { $0.position.ascending }.all(in: db)
  }
}

/// A browser without JavaScript: it keeps cookies and sends forms with the token of a page.
final class Browser: Sendable {
  private let client: any TestClientProtocol
  private let cookies = Mutex<[String: String]>([:])

  init(_ client: any TestClientProtocol) {
    self.client = client
  }

  var cookieHeader: String {
    cookies.withLock { $0.map { "\($0)=\($1)" }.joined(separator: "; ") }
  }

  func get(_ path: String) async throws -> TestResponse {
    try await send(.get, path)
  }

  /// Sends a form to `action` with the token of `page`, and keeps what comes back.
  func submit(
    _ fields: [String: String],
    from page: String,
    to action: String
  ) async throws -> TestResponse {
    let html = try await get(page).text
    let token = try #require(html.firstMatch(of: /name="csrf-token" content="([^"]+)"/)?.1)
    let pairs = (fields.map { ($0.key, $0.value) } + [("csrf_token", String(token))]).map {
      "\($0)=\(Self.encoded($1))"
    }
    return try await send(.post, action, body: pairs.joined(separator: "&"))
  }

  private func send(
    _ method: HTTPRequest.Method,
    _ path: String,
    body: String? = nil
  ) async throws -> TestResponse {
    var headers: HTTPFields = [.accept: "text/html"]
    if body != nil { headers[.contentType] = "application/x-www-form-urlencoded" }
    if !cookieHeader.isEmpty { headers[.cookie] = cookieHeader }
    let answer = try await client.execute(
      uri: path,
      method: method,
      headers: headers,
      body: body.map { ByteBuffer(string: $0) }
    )
    for line in answer.headers[values: .setCookie] {
      let pair = line.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
      let isExpired = line.contains("Max-Age=0")
      cookies.withLock { $0[String(pair[0])] = isExpired || pair.count < 2 ? nil : String(pair[1]) }
    }
    return answer
  }

  private static func encoded(_ text: String) -> String {
    text.utf8.map { byte in
      let digits = String(byte, radix: 16)
      return "%" + (digits.count == 1 ? "0" : "") + digits
    }
    .joined()
  }
}

extension TestResponse {
  var text: String { String(buffer: body) }
}
