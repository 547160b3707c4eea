import AccountsContract
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Leaving for good")
struct DepartureTests {
  private static let path = "/api/members/me"

  @Test(arguments: Mode.allCases)
  func `without time of grace a member leaves at once, and nothing personal stays`(
    mode: Mode
  ) async throws {
    let site = try await TestAccounts.make(graceDays: 0)
    let ada = try await site.member(Cast.ada)

    try await site.serve(mode) { client in
      let token = try await client.signIn(Cast.ada).access
      let answer = try await client.send(
        .delete,
        Self.path,
        ["password": Cast.ada.password],
        token: token
      )
      #expect(answer.status == .noContent)
      #expect(try await client.send(.get, Self.path, token: token).status == .unauthorized)
    }

    let row = try await Member.find(ada.id, in: site.db)
    #expect(row.departedAt == site.clock.now)
    #expect(row.email == nil && row.passwordHash == nil && !row.isActive)
    #expect(!row.username.contains("ada") && row.version == 2)
    let sessions = try await Session.query.all(in: site.db)
    #expect(!sessions.isEmpty)
    #expect(sessions.allSatisfy { $0.userAgent.isEmpty && $0.address == nil })
    #expect(try await site.accounts.members([ada.id]) == [:])
    #expect(
      try await site.db.published(MemberDeparted.self).map(\.member) == [ada.id]
    )
  }

  @Test func `every session ends, on other nodes too`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    let elsewhere = try await site.another()
    let tokens = try await elsewhere.tokens(Cast.ada)

    try await site.accounts.removeMember(username: "ada")
    try await elsewhere.accounts.learnEndedSessions()

    try await elsewhere.serve { client in
      let answer = try await client.send(.get, Self.path, token: tokens.access.text)
      #expect(answer.status == .unauthorized)
      let refreshed = try await client.send(
        .post,
        "/api/sessions/refresh",
        ["refresh_token": tokens.refresh.text]
      )
      #expect(refreshed.status == .unauthorized)
    }
  }

  @Test func `a wrong password changes nothing, and guessing is limited`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      var statuses: [HTTPResponse.Status] = []
      for _ in 0..<30 where statuses.last != .tooManyRequests {
        statuses.append(
          try await client.send(.delete, Self.path, ["password": "wrong"], token: token).status
        )
      }
      #expect(statuses.first == .forbidden)
      #expect(statuses.last == .tooManyRequests)
    }

    #expect(try await Member.find(ada.id, in: site.db).departedAt == nil)
  }

  @Test func `a guest cannot leave`() async throws {
    try await TestAccounts.make().serve { client in
      let answer = try await client.send(.delete, Self.path, ["password": "whatever"])
      #expect(answer.status == .unauthorized)
    }
  }

  @Test func `the only administrator stays`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.margaret)
    try await site.accounts.promote(username: "margaret")

    try await site.serve { client in
      let token = try await client.signIn(Cast.margaret).access
      let answer = try await client.send(
        .delete,
        Self.path,
        ["password": Cast.margaret.password],
        token: token
      )
      #expect(answer.status == .conflict)
      #expect(answer.json("type") == "/problems/last-administrator")
    }
  }

  // Fails with nobody held: both leave.
  @Test func `of two administrators who leave at once one stays and is told why`() async throws {
    let site = try await TestAccounts.make()
    for person in [Cast.margaret, Cast.ada] {
      try await site.member(person)
      try await site.accounts.promote(username: person.username)
    }

    let outcomes = try await whileHeld(site, waiting: 2) {
      await withTaskGroup(of: String.self) { group in
        for name in ["margaret", "ada"] {
          group.addTask {
            do {
              try await site.accounts.removeMember(username: name)
              return "left"
            } catch {
              return (error as? Problem)?.kind.key ?? "\(error)"
            }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }.sorted()
      }
    }

    #expect(outcomes == ["last_administrator", "left"])
    #expect(try await Member.where { $0.isAdministrator }.count(in: site.db) == 1)
  }

  // Fails without asking under the lock: the departed row is called Countess.
  @Test func `a new name that comes too late is not given`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await whileHeld(site, waiting: 1) {
      await #expect(throws: Problem.self) {
        try await site.accounts.rename(username: "ada", to: "Countess")
      }
    } before: { tx in
      _ = try await ada.depart(at: site.clock.now, in: tx)
    }

    #expect(try await site.db.published(MemberChanged.self).isEmpty)
  }

  /// Runs `body` while another transaction holds all members, which ends once so many statements wait.
  @discardableResult
  private func whileHeld<Result: Sendable>(
    _ site: TestAccounts,
    waiting count: Int,
    _ body: @escaping @Sendable () async throws -> Result,
    before change: @escaping @Sendable (Transaction) async throws -> Void = { _ in }
  ) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
      try await site.db.database.transaction { tx in
        _ = try await tx.read("select from members for update")
        group.addTask { try await body() }
        try await eventually("\(count) wait for the members") {
          try await site.db.read(
            """
            select count(*)::int from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'
            """
          )[0].decode(Int.self, at: 0) == count
        }
        try await change(tx)
      }
      guard let result = try await group.next() else { throw CancellationError() }
      return result
    }
  }

  @Test func `the username is free for others, and the id is not`() async throws {
    let site = try await TestAccounts.make()
    let before = try await site.member(Cast.ada)
    try await site.accounts.removeMember(username: "ada")

    let after = try await site.member(Cast.ada)

    #expect(after.id != before.id)
    await #expect(throws: Problem.self) {
      try await site.accounts.removeMember(username: "departed-\(before.id)")
    }
  }

  @Test func `joining and a new name are told with the card`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.accounts.rename(username: "ada", to: "Countess")
    try await site.accounts.rename(username: "ada", to: "Countess")

    #expect(try await site.db.published(MemberJoined.self).map(\.member) == [ada.card])
    let changed = try await site.db.published(MemberChanged.self).map(\.member)
    #expect(changed.map(\.displayName) == ["Countess"])
    #expect(changed.map(\.version) == [2])
  }

  @Test func `who cannot join is not announced`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    await #expect(throws: MemberError.usernameTaken) { try await site.member(Cast.ada) }

    #expect(try await site.db.published(MemberJoined.self).count == 1)
  }
}
