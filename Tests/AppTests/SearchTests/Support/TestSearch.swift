import AccountsContract
import ArtelConcurrency
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelSearch
import ArtelTesting
import ArtelWeb
import FoundationEssentials
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import Testing

@testable import Search

/// Search on a database of its own, with a clock that stands still.
///
/// The whole cast has accounts; their usernames are their access tokens and session cookies.
struct TestSearch {
  let db: TestDatabase
  let clock: TestClock
  let search: Search
  /// What Accounts was asked.
  let questions: Questions
  private let share: Share
  private let closing: Closing

  /// Closes the database at the end of the test, although the app still holds it.
  private final class Closing: Sendable {
    let db: TestDatabase

    init(_ db: TestDatabase) {
      self.db = db
    }

    deinit {
      Task { [db] in try? await db.close() }
    }
  }

  static func make(sources: [any SearchSource] = []) async throws -> TestSearch {
    let db = try await TestDatabase.make(context: "search")
    let clock = TestClock()
    let share = try await Workbench.share.value
    let questions = Questions()
    let search = Search(
      db: db.database,
      accounts: CastAccounts(questions: questions),
      apps: ["gallery"],
      sources: sources,
      pages: Pages(share: share, site: Site()),
      clock: clock.wallClock,
      logger: Workbench.logger
    )
    return TestSearch(
      db: db,
      clock: clock,
      search: search,
      questions: questions,
      share: share,
      closing: Closing(db)
    )
  }

  var index: SearchIndex { search.index }

  /// Stores documents as events do.
  func index(_ documents: SearchDocument..., to place: SearchIndex.Place = .everywhere) async throws
  {
    try await db.database.transaction { try await index.index(documents, to: place, in: $0) }
  }

  func remove(_ document: SearchDocument, version: Int = .max) async throws {
    try await db.database.transaction {
      try await index.remove(document.key, version: version, in: $0)
    }
  }

  /// The titles that somebody finds, best first.
  func titles(
    _ typed: String,
    as reader: CastMember? = nil,
    _ change: (inout SearchRequest) -> Void = { _ in }
  ) async throws -> [String] {
    var request = SearchRequest(query: TypedQuery(typed), reader: reader?.id)
    change(&request)
    return try await index.find(request).items.map(\.title.text)
  }

  /// Runs a test against the server.
  func serve(_ test: @Sendable (any TestClientProtocol) async throws -> Void) async throws {
    var parts = WebServer.Parts()
    parts.settings.port = 0
    parts.share = share
    parts.api = APIDescription(title: "Artel", text: "", version: "1")
    parts.authenticator = .cast
    parts.clock = clock.wallClock
    parts.logger = Workbench.logger
    try await WebServer(parts: parts, apps: [search]).application().test(.router, test)
  }
}

extension SearchDocument {
  /// A public post of Ada's, as old as the clock of tests at its start less `age` days.
  static func post(
    _ title: String,
    _ body: String = "",
    names: String = "",
    id: DocumentID = .generate(),
    by owner: CastMember = Cast.ada,
    app: String = "gallery",
    kind: String = "post",
    audience: Set<SearchAudience> = [.everybody],
    age days: Double = 0,
    version: Int = 1
  ) -> SearchDocument {
    SearchDocument(
      key: Key(app: app, kind: kind, id: id),
      owner: owner.id,
      title: title,
      names: names,
      body: body,
      url: "/posts/\(id)",
      audience: audience,
      createdAt: TestClock.testStart.addingTimeInterval(-days * 86_400),
      version: version
    )
  }
}

/// What somebody was asked.
final class Questions: Sendable {
  private let state = Mutex<[[MemberID]]>([])

  /// The ids of each question.
  var all: [[MemberID]] { state.withLock { $0 } }

  func add(_ ids: [MemberID]) {
    state.withLock { $0.append(ids) }
  }
}

/// Accounts with the whole cast.
struct CastAccounts: AccountsClient {
  let questions: Questions

  func members(_ ids: [MemberID]) async throws -> [MemberID: MemberCard] {
    questions.add(ids)
    var cards: [MemberID: MemberCard] = [:]
    for person in Cast.all where ids.contains(person.id) {
      cards[person.id] = MemberCard(
        id: person.id,
        username: person.username,
        displayName: person.displayName,
        version: 1
      )
    }
    return cards
  }
}

/// What tests share because it is dear to make and never changes.
enum Workbench {
  static let logger = Logger(label: "search.tests") { _ in SwiftLogNoOpLogHandler() }
  static let pool = BlockingPool(name: "search-tests", threads: 2)
  static let share = Task {
    try await Share(folder: "\(SourceTree.root())/share", pool: pool, logger: logger)
  }
}

extension Authenticator {
  /// Takes usernames of the cast for tokens and cookies.
  fileprivate static let cast = Authenticator(
    bearer: { principal($0, .bearer) },
    cookie: { principal($0, .cookie) }
  )

  private static func principal(_ name: String, _ source: Principal.Source) -> Principal? {
    guard let person = Cast.all.first(where: { $0.username == name }) else { return nil }
    return Principal(
      memberID: person.id,
      sessionID: Identifier(high: 1, low: person.id.low),
      profile: source == .bearer
        ? nil : Principal.Profile(username: person.username, displayName: person.displayName),
      source: source
    )
  }
}
