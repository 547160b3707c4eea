import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Becoming a member")
struct MemberRoutesTests {
  private func form(
    _ person: CastMember,
    _ changes: [String: String?] = [:]
  ) -> [String: String] {
    let fields: [String: String?] = [
      "username": person.username, "display_name": person.displayName, "email": person.email,
      "password": person.password,
    ]
    return fields.merging(changes) { $1 }.compactMapValues { $0 }
  }

  @Test(arguments: Mode.allCases)
  func `answers with the member`(mode: Mode) async throws {
    try await TestAccounts.make().serve(mode) { client in
      let answer = try await client.send(.post, "/api/members", form(Cast.ada))

      #expect(answer.status == .created)
      #expect(answer.headers[.location] == "/api/members/me")
      #expect(
        answer.jsonNames == [
          "id", "username", "display_name", "bio", "email", "email_verified_at", "phone",
          "has_password", "is_administrator", "is_moderator", "created_at", "last_signed_in_at",
          "departs_at", "avatar",
        ]
      )
      #expect(answer.json("username") == "ada")
      #expect(answer.json("display_name") == "Ada Lovelace")
      #expect(answer.json("email") == "ada@example.org")
      #expect(answer.json("is_administrator") == "false")
      #expect(answer.json("created_at") == "2026-03-01T12:00:00.000000Z")
    }
  }

  @Test func `needs no display name`() async throws {
    try await TestAccounts.make().serve { client in
      let answer = try await client.send(
        .post,
        "/api/members",
        form(Cast.ada, ["display_name": String?.none])
      )

      #expect(answer.json("display_name") == "ada")
    }
  }

  @Test(arguments: [
    (["username": "ADA", "email": "other@example.org"], ["username taken"]),
    (["username": "other", "email": "ADA@EXAMPLE.ORG"], ["email taken"]),
  ])
  func `refuses a name or an address that somebody has in any case`(
    changes: [String: String],
    errors: [String]
  ) async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client in
      let answer = try await client.send(
        .post,
        "/api/members",
        form(Cast.ada).merging(changes) { $1 }
      )

      #expect(answer.status == .unprocessableContent)
      #expect(answer.json("type") == "/problems/validation")
      #expect(answer.fieldErrors == errors)
    }
    #expect(try await Member.query.count(in: site.db) == 1)
  }

  @Test(arguments: [
    (["username": "ab"], ["username too_short"]),
    (["username": "ада"], ["username pattern"]),
    (["username": "Admin"], ["username taken"]),
    (["display_name": "Ada\u{202E}"], ["display_name pattern"]),
    (["email": "ada"], ["email pattern"]),
    (["password": "short"], ["password too_short"]),
    (["password": "password-2026"], ["password guessable"]),
    (["password": "ada.ada.ada.ada."], ["password guessable"]),
    (
      ["username": "", "email": "x", "password": ""],
      ["username required", "email pattern", "password required"]
    ),
  ])
  func `names every field that is wrong`(
    changes: [String: String],
    errors: [String]
  ) async throws {
    let site = try await TestAccounts.make()

    try await site.serve { client in
      let answer = try await client.send(
        .post,
        "/api/members",
        form(Cast.ada).merging(changes) { $1 }
      )

      #expect(answer.status == .unprocessableContent)
      #expect(answer.fieldErrors == errors)
    }
    #expect(site.passwordRuns.count == 0)
  }

  @Test func `two at once cannot take one name`() async throws {
    let site = try await TestAccounts.make()

    let made = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<6 {
        group.addTask {
          let fields = form(Cast.ada, ["email": "ada\(number)@example.org"])
          let form = try? SignUpForm.read(
            from: FormSource(texts: fields.map { ($0.key, $0.value) })
          )
          guard let form else { return false }
          return (try? await site.accounts.signUp(form)) != nil
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }

    #expect(made == 1)
  }

  @Test func `is limited for each address`() async throws {
    var rates = CredentialRates()
    rates.signUp = .init(1, per: .seconds(60))

    try await TestAccounts.make(rates: rates).serve { client in
      let first = try await client.send(.post, "/api/members", form(Cast.ada))
      let second = try await client.send(.post, "/api/members", form(Cast.grace))

      #expect(first.status == .created)
      #expect(second.status == .tooManyRequests)
    }
  }

  @Test func `a member sees herself, a guest nothing`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      let me = try await client.send(.get, "/api/members/me", token: token)
      let guest = try await client.send(.get, "/api/members/me")

      #expect(me.status == .ok)
      #expect(me.json("id") == ada.id.description)
      #expect(guest.status == .unauthorized)
    }
  }

  @Test func `other apps get the cards of those who exist, by one statement`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)

    let cards = try await expectStatements(atMost: 1) {
      try await site.accounts.members([ada.id, grace.id, Cast.linus.id, ada.id])
    }

    #expect(cards == [ada.id: ada.card, grace.id: grace.card])
    #expect(try await site.accounts.members([]).isEmpty)
  }
}
