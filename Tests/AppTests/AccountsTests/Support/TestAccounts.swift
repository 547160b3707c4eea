import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelPostgres
import ArtelRealtime
import ArtelTesting
import ArtelWeb
import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization

@testable import Accounts

/// How a test reaches the server: straight into its router, or through a socket.
enum Mode: CaseIterable {
  case router
  case live
}

/// Accounts on a database of its own, with a clock that stands still and cheap passwords.
struct TestAccounts {
  let db: TestDatabase
  let clock: TestClock
  let passwordRuns: Counter
  let accounts: Accounts
  let sent: SentLetters
  let files: TestFiles
  private let share: Share?

  /// Makes a first node on an empty database.
  static func make(
    rates: CredentialRates = CredentialRates(),
    hasPages: Bool = false,
    graceDays: Int = 14,
    breachedPasswords: String? = nil,
    change: @Sendable (inout Correspondence) -> Void = { _ in }
  ) async throws -> TestAccounts {
    let db = try await TestDatabase.make(context: "accounts")
    return try await make(
      on: db,
      clock: TestClock(),
      rates: rates,
      hasPages: hasPages,
      graceDays: graceDays,
      breachedPasswords: breachedPasswords,
      files: TestFiles(),
      change: change
    )
  }

  /// Another node on the same database, or the same node after a restart.
  func another(
    hasPages: Bool = false,
    breachedPasswords: String? = nil
  ) async throws -> TestAccounts {
    try await Self.make(
      on: db,
      clock: clock,
      rates: CredentialRates(),
      hasPages: hasPages,
      breachedPasswords: breachedPasswords,
      files: files
    )
  }

  private static func make(
    on db: TestDatabase,
    clock: TestClock,
    rates: CredentialRates,
    hasPages: Bool,
    graceDays: Int = 14,
    breachedPasswords: String? = nil,
    files: TestFiles,
    change: @Sendable (inout Correspondence) -> Void = { _ in }
  ) async throws -> TestAccounts {
    let threads = BlockingPool(name: "accounts-tests", threads: 2)
    let quiet = Logger(label: "accounts.tests") { _ in SwiftLogNoOpLogHandler() }
    let runs = Counter()
    let share =
      hasPages
      ? try await Share(folder: "\(SourceTree.root())/share", pool: threads, logger: quiet) : nil
    let sent = SentLetters()
    var correspondence = try sent.correspondence()
    change(&correspondence)
    let accounts = try await Accounts(
      db: db.database,
      pages: share.map { Pages(share: $0, site: Site()) },
      pictures: files.shelf(contexts: [Accounts.blobReferences(in: db.database)]),
      issuer: "https://artel.example",
      publicURL: "https://artel.example",
      threads: threads,
      passwordCost: PasswordCost(kibibytes: 64, iterations: 1),
      breachedPasswords: try breachedPasswords.map {
        try BreachedPasswords(path: $0, pool: threads)
      },
      rates: rates,
      correspondence: correspondence,
      updates: UpdateLog(context: "accounts", db: db.database, clock: clock.wallClock),
      notices: [Atelier.self],
      programSetups: [("Camera", "account:read"), ("Printer", "account:write")].map {
        ProgramSetup($0, needs: TokenScope(rawValue: $1), fileName: "\($0).txt") { site, token in
          Array("\(site)/ \(token)".utf8)
        }
      },
      departureGrace: .seconds(graceDays * 86_400),
      clock: clock.wallClock,
      logger: quiet,
      onPasswordRun: { runs.add() }
    )
    return TestAccounts(
      db: db,
      clock: clock,
      passwordRuns: runs,
      accounts: accounts,
      sent: sent,
      files: files,
      share: share
    )
  }

  /// Runs a test against the server, which believes what `proxies` say of the caller's address.
  func serve(
    _ mode: Mode = .router,
    behind proxies: [AddressRange] = [],
    _ test: @Sendable (any TestClientProtocol) async throws -> Void
  ) async throws {
    var parts = WebServer.Parts()
    parts.settings.port = 0
    parts.settings.trustedProxies = proxies
    parts.share = share
    parts.api = APIDescription(title: "Artel", text: "", version: "1")
    parts.authenticator = accounts.authenticator
    parts.clock = clock.wallClock
    parts.logger = accounts.logger
    let app = WebServer(parts: parts, apps: [accounts]).application()
    try await app.test(mode == .router ? .router : .live, test)
  }

  /// Signs somebody of the cast up.
  @discardableResult
  func member(_ person: CastMember) async throws -> Member {
    try await accounts.signUp(
      try SignUpForm.read(
        from: FormSource(texts: [
          ("username", person.username), ("display_name", person.displayName),
          ("email", person.email), ("password", person.password),
        ])
      )
    )
  }

  /// Signs somebody who is a member in.
  func tokens(_ person: CastMember) async throws -> TokenPair {
    guard let member = try await Member.withLogin(person.username, in: db) else {
      preconditionFailure("\(person.username) is no member yet.")
    }
    return try await accounts.openAPISession(
      of: member,
      from: SessionOrigin(userAgent: "tests", address: nil)
    )
  }
}

/// Counts what happens on any thread.
final class Counter: Sendable {
  private let value = Atomic<Int>(0)

  var count: Int { value.load(ordering: .sequentiallyConsistent) }

  func add() {
    value.add(1, ordering: .sequentiallyConsistent)
  }
}

/// Carries a value out of a closure.
final class Box<Value: Sendable>: Sendable {
  private let stored = Mutex<Value?>(nil)

  var value: Value? { stored.withLock { $0 } }

  func set(_ value: Value) {
    stored.withLock { $0 = value }
  }
}

/// Another app with something to tell members of.
enum Atelier: NoticeSource {
  static let context = "atelier"
  static let noticeKinds = [NoticeKind.easelReady]
}

extension NoticeKind {
  static let easelReady = NoticeKind("easel.ready", icon: "pictures", link: "/mine")
}
