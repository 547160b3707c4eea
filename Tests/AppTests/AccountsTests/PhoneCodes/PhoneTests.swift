import ArtelModel
import ArtelTesting
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("A member's number")
struct PhoneTests {
  private let number = "+79991234567"

  private func take(
    _ phone: String,
    _ person: CastMember,
    _ site: TestAccounts,
    _ client: any TestClientProtocol
  ) async throws -> TestResponse {
    let access = try await client.signIn(person).access
    let form = ["phone": phone, "password": person.password]
    let asked = try await client.send(.post, "/api/members/me/phone-codes", form, token: access)
    #expect(asked.status == .created)
    try await site.deliver()
    let proof = [
      "code_id": try #require(asked.json("id")), "code": try #require(site.sent.texts.last?.code),
    ]
    return try await client.send(.put, "/api/members/me/phone", proof, token: access)
  }

  @Test func `is taken with the code, and both ends and the mail address are told of another`()
    async throws
  {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve { client async throws in
      #expect(try await take(number, Cast.ada, site, client).json("phone") == number)
      #expect(try await take("+79990000001", Cast.ada, site, client).status == .ok)
    }
    try await site.deliver()
    #expect(site.sent.texts.map(\.to) == [number, "+79990000001", number])
    #expect(site.sent.texts.last?.text.hasPrefix("letters.phone.left") == true)
    #expect(site.sent.mails("phone.changed").count == 2)
    #expect(try await site.notices(of: ada).filter { $0.kind == "phone.changed" }.count == 2)
    #expect(try await site.acts(about: ada.id).filter { $0 == "phone.changed" }.count == 2)
    #expect(try await Member.withPhone("+79990000001", in: site.db)?.id == ada.id)
    #expect(try await Member.withPhone("' or true --", in: site.db) == nil)
  }

  @Test func `belongs to one member`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    try await site.member(Cast.grace)

    try await site.serve { client in
      _ = try await take(number, Cast.ada, site, client)
      let answer = try await take(number, Cast.grace, site, client)
      #expect(answer.status == .conflict)
      #expect(answer.json("type") == "/problems/phone-taken")
    }
  }

  // Fails without `confirm` in `proposePhone`.
  @Test func `needs the password`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client in
      let access = try await client.signIn(Cast.ada).access
      let path = "/api/members/me/phone-codes"
      let wrong = ["phone": number, "password": "wrong horse"]
      #expect(try await client.send(.post, path, wrong, token: access).status == .forbidden)
      #expect(
        try await client.send(.post, path, ["phone": number], token: access).status == .forbidden
      )
    }
    try await site.deliver()
    #expect(site.sent.texts.isEmpty)
  }

  // Fails without the guard in `removePhone`: the constraint members_can_sign_in answered 500.
  @Test func `is given up by whoever has another way in`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client in
      _ = try await take(number, Cast.ada, site, client)
      let access = try await client.signIn(Cast.ada).access
      let form = ["password": Cast.ada.password]
      let gone = try await client.send(.delete, "/api/members/me/phone", form, token: access)
      #expect(gone.status == .noContent)
      #expect(try await Member.withPhone(number, in: site.db) == nil)

      let (id, code) = try await site.code(for: number, client, ["display_name": "Grace"])
      let path = "/api/phone-codes/\(id)/sessions"
      let entered = try await client.send(.post, path, ["code": code])
      let grace = try #require(entered.json("access_token"))
      let kept = try await client.send(.delete, "/api/members/me/phone", [:], token: grace)
      #expect(kept.status == .conflict)
      #expect(kept.json("type") == "/problems/only-way-in")
    }
  }

  @Test func `the settings take a number and give it up`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client in
      let browser = TestBrowser(client)
      let login = ["login": "ada", "password": Cast.ada.password]
      _ = try await browser.submit(login, from: "/sign-in")
      let asked = try await browser.submit(
        ["phone": "+7 999 123-45-67", "password": Cast.ada.password],
        from: "/settings/phone"
      )
      #expect(asked.status == .seeOther)
      let page = try #require(asked.headers[.location])
      try await site.deliver()
      let code = try #require(site.sent.texts.last?.code)
      let id = String(page.split(separator: "=")[1])
      let taken = try await browser.submit(["code_id": id, "code": code], from: page)
      #expect(taken.status == .seeOther)
      #expect(try await browser.get("/settings/phone").text.contains(number))
      let gone = try await browser.submit(
        ["password": Cast.ada.password],
        from: "/settings/phone",
        to: "/settings/phone/delete"
      )
      #expect(gone.status == .seeOther)
      #expect(try await !browser.get("/settings/phone").text.contains(number))
    }
  }
}
