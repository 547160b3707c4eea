import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Roles")
struct RoleTests {
  /// Margaret, who runs the installation, and Ada.
  private func pair() async throws -> (site: TestAccounts, margaret: Member, ada: Member) {
    let site = try await TestAccounts.make()
    let margaret = try await site.member(Cast.margaret)
    try await site.accounts.promote(username: "margaret")
    return (site, margaret, try await site.member(Cast.ada))
  }

  @Test(arguments: MemberRole.allCases)
  func `an administrator gives and takes them, and each is recorded once`(
    role: MemberRole
  ) async throws {
    let (site, margaret, ada) = try await pair()
    let before = try await site.log().count

    for _ in 1...2 { try await site.accounts.give(role, to: ada.id, by: Requester(margaret)) }
    #expect(try await Member.find(ada.id, in: site.db).has(role))
    for _ in 1...2 { try await site.accounts.take(role, from: ada.id, by: Requester(margaret)) }

    #expect(try await !Member.find(ada.id, in: site.db).has(role))
    let entries = try await site.log().dropFirst(before)
    let promotion = role == .administrator ? "member.promoted" : "member.made_moderator"
    #expect(entries.map(\.act) == [promotion, "member.demoted"])
    #expect(entries.allSatisfy { $0.actorID == margaret.id && $0.subjectID == ada.id })
    #expect(entries.allSatisfy { $0.address == "192.0.2.7" })
  }

  // Fails without asking who the requester is in the transaction: everybody becomes administrator.
  @Test func `members, moderators and former administrators give and take nothing`() async throws {
    let (site, margaret, ada) = try await pair()
    let grace = try await site.member(Cast.grace)
    let linus = try await site.member(Cast.linus)
    try await site.accounts.give(.moderator, to: grace.id, by: Requester(margaret))
    try await site.accounts.give(.administrator, to: linus.id, by: Requester(margaret))
    try await site.accounts.take(.administrator, from: linus.id, by: Requester(margaret))
    let before = try await site.log().count

    for member in [ada, grace, linus] {
      let requester = Requester(member)
      let acts: [() async throws -> Void] = [
        { try await site.accounts.give(.administrator, to: member.id, by: requester) },
        { try await site.accounts.take(.administrator, from: margaret.id, by: requester) },
        { try await site.accounts.suspend(margaret.id, because: "no", by: requester) },
        { try await site.accounts.unsuspend(ada.id, by: requester) },
        { try await site.accounts.signOutEverywhere(margaret.id, by: requester) },
        { try await site.accounts.turn(.signUp, on: false, by: requester) },
        { try await site.accounts.record(.jobRetried, by: requester, details: [:]) },
      ]
      for act in acts { await #expect(throws: Problem.notFound) { try await act() } }
    }

    #expect(try await site.log().count == before)
    #expect(try await Member.where { $0.isAdministrator }.count(in: site.db) == 1)
  }

  @Test func `the last administrator stays one`() async throws {
    let (site, margaret, _) = try await pair()

    await #expect(throws: MemberError.lastAdministrator) {
      try await site.accounts.take(.administrator, from: margaret.id, by: Requester(margaret))
    }
    await #expect(throws: MemberError.lastAdministrator) {
      try await site.accounts.suspend(margaret.id, because: "no", by: .operatorOfServer)
    }
  }

  // Fails with suspended administrators counted: the only active one goes.
  @Test func `a suspended administrator is no other one`() async throws {
    let (site, margaret, ada) = try await pair()
    try await site.accounts.give(.administrator, to: ada.id, by: Requester(margaret))
    try await site.accounts.suspend(ada.id, because: "no", by: Requester(margaret))

    await #expect(throws: MemberError.lastAdministrator) {
      try await site.accounts.take(.administrator, from: margaret.id, by: Requester(margaret))
    }
    await #expect(throws: Problem.self) {
      try await site.accounts.removeMember(username: "margaret")
    }
  }

  // Fails without holding all administrators: both lose the role.
  @Test func `of two administrators who demote each other at once one stays`() async throws {
    let (site, margaret, ada) = try await pair()
    try await site.accounts.give(.administrator, to: ada.id, by: Requester(margaret))

    try await withThrowingTaskGroup(of: Void.self) { group in
      try await site.db.database.transaction { tx in
        _ = try await tx.read("select from members for update")
        for (actor, other) in [(margaret, ada), (ada, margaret)] {
          group.addTask {
            try? await site.accounts.take(.administrator, from: other.id, by: Requester(actor))
          }
        }
        try await eventually("both wait for the members") {
          try await site.db.read(
            """
            select count(*)::int from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'
            """
          )[0].decode(Int.self, at: 0) == 2
        }
      }
      try await group.waitForAll()
    }

    #expect(try await Member.where { $0.isAdministrator }.count(in: site.db) == 1)
  }

  @Test func `a role comes with the next token and the next page`() async throws {
    let (site, margaret, ada) = try await pair()
    try await site.accounts.give(.moderator, to: ada.id, by: Requester(margaret))

    let bearer = site.accounts.authenticator.bearer
    let token = try await site.tokens(Cast.ada).access.text
    let ofAda = try #require(try await bearer(token))
    #expect(ofAda.isModerator && !ofAda.isAdministrator)
    let other = try await site.tokens(Cast.margaret).access.text
    let ofMargaret = try #require(try await bearer(other))
    #expect(ofMargaret.isAdministrator && !ofMargaret.isModerator)

    let cookie = try await site.accounts.openPageSession(of: ada)
    #expect(try await site.accounts.authenticator.cookie(cookie.text)?.isModerator == true)
  }

  @Test func `nobody gives themselves one by signing up`() async throws {
    let site = try await TestAccounts.make(hasPages: true)

    try await site.serve { client async throws in
      let answer = try await client.send(
        .post,
        "/api/members",
        [
          "username": "ada", "email": "a@example.org", "password": Cast.ada.password,
          "is_administrator": "true", "is_moderator": "true", "role": "administrator",
          "is_active": "true", "version": "9",
        ]
      )
      #expect(answer.status == .created)
      let fields = [
        "username": "grace", "email": "g@example.org", "password": Cast.grace.password,
        "is_administrator": "on", "is_moderator": "on", "roles": "administrator",
      ]
      #expect(try await TestBrowser(client).submit(fields, from: "/sign-up").status == .seeOther)
    }

    let members = try await Member.query.all(in: site.db)
    #expect(members.count == 2)
    #expect(members.allSatisfy { !$0.isAdministrator && !$0.isModerator })
  }

  @Test func `who leaves has none`() async throws {
    let (site, margaret, ada) = try await pair()
    try await site.accounts.give(.moderator, to: ada.id, by: Requester(margaret))
    try await site.accounts.suspend(ada.id, because: "no", by: Requester(margaret))

    try await site.accounts.removeMember(username: "ada")

    let row = try await Member.find(ada.id, in: site.db)
    #expect(!row.isModerator && row.suspendedAt == nil && row.suspensionReason == nil)
  }
}
