import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelTesting
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Signing in with a number and a code")
struct PhoneCodeTests {
  private let number = "+79991234567"

  private func enter(
    _ id: String,
    _ code: String,
    _ client: any TestClientProtocol,
    _ more: [String: String] = [:]
  ) async throws -> TestResponse {
    let fields = ["code": code].merging(more) { $1 }
    return try await client.send(.post, "/api/phone-codes/\(id)/sessions", fields)
  }

  /// A code that is not `code`.
  private func wrong(_ code: String, _ number: Int = 1) -> String {
    let other = ((Int(code) ?? 0) + number) % 1_000_000
    return String(repeating: "0", count: 6 - "\(other)".count) + "\(other)"
  }

  @discardableResult
  private func member(_ phone: String, in site: TestAccounts) async throws -> Member {
    let ada = try await site.member(Cast.ada)
    try await Member.update { $0.phone = phone }.where { $0.id == ada.id }.run(in: site.db)
    return ada
  }

  @Test(arguments: Mode.allCases)
  func `a member comes in, and the code works once`(mode: Mode) async throws {
    let site = try await TestAccounts.make()
    let ada = try await member(number, in: site)

    try await site.serve(mode) { client in
      let (id, code) = try await site.code(for: "+7 (999) 123-45-67", client)
      #expect(site.sent.texts.map(\.to) == [number])
      let answer = try await enter(id, code, client)
      #expect(answer.status == .created)
      let access = try #require(answer.json("access_token"))
      let me = try await client.send(.get, "/api/members/me", token: access)
      #expect(me.json("id") == ada.id.description)
      #expect(try await enter(id, code, client).status == .unauthorized)
    }
  }

  @Test func `a number of nobody's makes a member, with a name and a username of it`() async throws
  {
    let site = try await TestAccounts.make()

    try await site.serve { client in
      let (id, code) = try await site.code(for: number, client)
      let nameless = try await enter(id, code, client)
      #expect(nameless.status == .unprocessableContent)
      #expect(nameless.fieldErrors == ["display_name required"])
      let answer = try await enter(id, code, client, ["display_name": "Щукин Юрий"])
      #expect(answer.status == .created)
      let access = try #require(answer.json("access_token"))
      let me = try await client.send(.get, "/api/members/me", token: access)
      #expect(me.json("username") == "shchukin-iurii")
      #expect(me.json("display_name") == "Щукин Юрий")
      #expect(me.json("phone") == number && me.json("has_password") == "false")

      let (second, next) = try await site.code(
        for: "+79997654321",
        client,
        ["display_name": "Щукин Юрий"]
      )
      let other = try await enter(second, next, client)
      #expect(other.status == .created)
      let (third, last) = try await site.code(for: "+79990000000", client)
      let chosen = ["display_name": "Юрий", "username": "shchukin-iurii"]
      #expect(try await enter(third, last, client, chosen).fieldErrors == ["username taken"])
    }
    #expect(try await Member.query.count(in: site.db) == 2)
  }

  // Fails without the limit in `tried`: the sixth attempt met the constraint of the table, 500.
  @Test func `many guesses at once get five attempts, and then the right code is closed too`()
    async throws
  {
    let site = try await TestAccounts.make()
    try await member(number, in: site)

    try await site.serve(.live) { client in
      let (id, code) = try await site.code(for: number, client)
      let statuses = await withTaskGroup(of: HTTPResponse.Status?.self) { group in
        for guess in 1...20 {
          group.addTask { try? await enter(id, wrong(code, guess), client).status }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses.allSatisfy { $0 == .unauthorized } && statuses.count == 20)
      let attempts = try await VerificationCode.query.all(in: site.db).map(\.attempts)
      #expect(attempts == [5])
      #expect(try await enter(id, code, client).status == .unauthorized)
    }
  }

  // Fails when `use` does not look whether it deleted the row.
  // Fails without `refusal`: nothing is recorded.
  @Test func `a wrong code is recorded, about whoever has the number`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await member(number, in: site)

    try await site.serve { client async throws in
      let (id, code) = try await site.code(for: number, client)
      #expect(try await enter(id, wrong(code), client).status == .unauthorized)
      let stranger = VerificationCodeID.generate().description
      #expect(try await enter(stranger, code, client).status == .unauthorized)
    }

    let entries = try await site.log().filter { $0.act == "phone_code.refused" }
    #expect(entries.map(\.subjectID) == [ada.id, nil])
  }

  @Test func `a code that two have shown is used by one`() async throws {
    let site = try await TestAccounts.make()

    try await site.serve { client in
      let (text, digits) = try await site.code(for: number, client)
      let id = try #require(VerificationCodeID(text))
      var shown: [VerificationCode] = []
      for _ in 0..<2 {
        let code = try await VerificationCode.tried(
          id,
          digits,
          of: nil,
          by: site.accounts.secretKey,
          at: site.clock.now,
          in: site.db
        )
        shown.append(try #require(code))
      }
      let early = shown[0]
      try await site.db.database.transaction { tx async throws in try await early.use(in: tx) }
      let late = shown[1]
      await #expect(throws: PhoneCodeError.refused) {
        try await site.db.database.transaction { tx async throws in try await late.use(in: tx) }
      }
    }
  }

  @Test func `the right code sent by many at once lets one in`() async throws {
    let site = try await TestAccounts.make()
    try await member(number, in: site)

    try await site.serve(.live) { client in
      let (id, code) = try await site.code(for: number, client)
      let entered = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<4 {
          group.addTask { (try? await enter(id, code, client).status) == .created }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(entered == 1)
    }
  }

  // Fails without `expiresAt` in `tried`.
  @Test func `a code works for ten minutes, and every hour the old ones go`() async throws {
    let site = try await TestAccounts.make()
    try await member(number, in: site)

    try await site.serve { client in
      let (id, code) = try await site.code(for: number, client)
      site.clock.advance(by: .seconds(600))
      #expect(try await enter(id, code, client).status == .unauthorized)
      #expect(try await VerificationCode.query.count(in: site.db) == 1)
      try await site.accounts.forgetLetters()
      #expect(try await VerificationCode.query.count(in: site.db) == 0)
    }
  }

  @Test func `whether a number has an account shows neither in answer nor in work`() async throws {
    let site = try await TestAccounts.make()
    try await member(number, in: site)
    let runs = site.passwordRuns.count

    try await site.serve { client in
      let ask = { (phone: String) async throws -> (TestResponse, [String]) in
        let (answer, statements) = try await StatementLog.recording {
          try await client.send(.post, "/api/phone-codes", ["phone": phone])
        }
        return (answer, statements.map(\.text))
      }
      _ = try await ask("+79990000001")
      let (known, knownWork) = try await ask(number)
      let (unknown, unknownWork) = try await ask("+79990000002")
      #expect(known.status == .created && unknown.status == .created)
      #expect(known.jsonNames == unknown.jsonNames)
      #expect(knownWork == unknownWork)
      #expect(knownWork.contains { $0.contains("verification_codes") })

      let guess = { (answer: TestResponse) async throws -> (TestResponse, [String]) in
        let id = try #require(answer.json("id"))
        let (refusal, statements) = try await StatementLog.recording {
          try await enter(id, "000000", client)
        }
        return (refusal, statements.map(\.text))
      }
      let (knownRefusal, knownTry) = try await guess(known)
      let (unknownRefusal, unknownTry) = try await guess(unknown)
      #expect(knownRefusal.status == .unauthorized && unknownRefusal.status == .unauthorized)
      #expect(knownRefusal.json("type") == "/problems/phone-code")
      #expect(knownRefusal.json("detail") == unknownRefusal.json("detail"))
      #expect(knownTry == unknownTry)
    }
    try await site.deliver()
    #expect(site.sent.texts.count == 3)
    #expect(site.passwordRuns.count == runs)
  }

  @Test func `a number gets so many codes, whoever has it, and others still get theirs`()
    async throws
  {
    let site = try await TestAccounts.make()
    try await member(number, in: site)

    try await site.serve { client in
      for phone in [number, "+79990000001"] {
        for _ in 0..<4 {
          let answer = try await client.send(.post, "/api/phone-codes", ["phone": phone])
          #expect(answer.status == .created)
        }
        let fifth = try await client.send(.post, "/api/phone-codes", ["phone": phone])
        #expect(fifth.status == .tooManyRequests && fifth.headers[.retryAfter] != nil)
      }
      // A day of patience from one address: no more than ten for a number.
      var sent = 4
      for _ in 0..<40 {
        site.clock.advance(by: .seconds(1200))
        let answer = try await client.send(.post, "/api/phone-codes", ["phone": number])
        if answer.status == .created { sent += 1 }
      }
      #expect((10...16).contains(sent))
    }
  }

  @Test func `a code for one purpose, or of another member, does not serve another`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    try await site.member(Cast.grace)

    try await site.serve { client in
      let ada = try await client.signIn(Cast.ada).access
      let grace = try await client.signIn(Cast.grace).access
      let (signIn, signInCode) = try await site.code(for: number, client)
      let form = ["phone": "+79990000001", "password": Cast.ada.password]
      let own = try await client.send(.post, "/api/members/me/phone-codes", form, token: ada)
      try await site.deliver()
      let ownID = try #require(own.json("id"))
      let ownCode = try #require(site.sent.texts.last?.code)

      let path = "/api/members/me/phone"
      let foreign = ["code_id": ownID, "code": ownCode]
      let ofSignIn = ["code_id": signIn, "code": signInCode]
      #expect(try await client.send(.put, path, foreign, token: grace).status == .unauthorized)
      #expect(try await client.send(.put, path, ofSignIn, token: ada).status == .unauthorized)
      #expect(try await enter(ownID, ownCode, client).status == .unauthorized)
      let right = try await client.send(.put, path, foreign, token: ada)
      #expect(right.status == .ok && right.json("phone") == "+79990000001")
    }
  }

  @Test func `neither table, job nor letter holds the code in clear`() async throws {
    let site = try await TestAccounts.make()

    try await site.serve { client in
      _ = try await client.send(.post, "/api/phone-codes", ["phone": number])
    }
    let stored = try await site.db.read(
      """
      select coalesce(string_agg(line, ' '), '') from (
        select to_jsonb(jobs)::text as line from jobs.jobs
        union all select to_jsonb(letters)::text from letters
        union all select to_jsonb(verification_codes)::text from verification_codes
      ) as lines
      """
    )[0].decode(String.self, at: 0)
    try await site.deliver()
    let code = try #require(site.sent.texts.first?.code)

    // Ids and digests are hexadecimal, so the digits are looked for as a word.
    let words = stored.split { !$0.isLetter && !$0.isNumber }.map(String.init)
    #expect(code.count == 6 && !words.contains(code))
  }

  // Fails without the challenge in `PhoneCodeRoutes.enter`: the code alone brought tokens.
  @Test func `a member with a second factor has to show it, too`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let app = try await site.twoFactor(try await member(number, in: site))

    try await site.serve { client in
      let (id, code) = try await site.code(for: number, client)
      let first = try await enter(id, code, client)
      #expect(first.status == .accepted && first.json("access_token") == nil)
      let fields = ["challenge": try #require(first.json("challenge")), "code": app.code]
      let second = try await client.send(.post, "/api/sessions/second-factor", fields)
      #expect(second.status == .created)

      let browser = TestBrowser(client)
      let (pageID, pageCode) = try await site.code(for: number, client)
      let answer = try await browser.submit(
        ["id": pageID, "code": pageCode, "next": "/mine"],
        from: "/sign-in/phone/code?id=\(pageID)"
      )
      #expect(answer.headers[.location] == "/sign-in/code?return_to=%2Fmine")
      #expect(browser.cookie("artel_session") == nil)
    }
  }

  @Test func `a member who may not sign in does not`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await member(number, in: site)
    try await Member.update { $0.isActive = false }.where { $0.id == ada.id }.run(in: site.db)

    try await site.serve { client in
      let (id, code) = try await site.code(for: number, client)
      let answer = try await enter(id, code, client)
      #expect(answer.status == .unauthorized)
      #expect(answer.json("type") == "/problems/phone-code")
    }
  }

  @Test(arguments: ["89991234567", "+0123456789", "+7999", "+7999123456789012", "phone", ""])
  func `what is no number is refused`(phone: String) async throws {
    let site = try await TestAccounts.make()
    try await site.serve { client in
      let answer = try await client.send(.post, "/api/phone-codes", ["phone": phone])
      #expect(answer.status == .unprocessableContent)
    }
    #expect(try await VerificationCode.query.count(in: site.db) == 0)
  }

  @Test(arguments: [
    ("/mine", "/mine"), ("//evil.example", "/"), ("https://evil.example", "/"),
    ("/\\evil.example", "/"), ("/a?b=c&d=e#f", "/a?b=c&d=e#f"),
  ])
  func `the pages lead in by number and code, and to no other site`(
    wanted: String,
    reached: String
  ) async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await member(number, in: site)

    try await site.serve { client in
      let browser = TestBrowser(client)
      let sent = try await browser.submit(
        ["phone": number, "next": wanted],
        from: "/sign-in/phone"
      )
      #expect(sent.status == .seeOther)
      let page = try #require(sent.headers[.location])
      try await site.deliver()
      let code = try #require(site.sent.texts.last?.code)
      let html = try await browser.get(page).text
      let id = try #require(html.firstMatch(of: /name="id" value="([^"]+)"/)?.1)
      let next = try #require(html.firstMatch(of: /name="next" value="([^"]+)"/)?.1)
      let fields = [
        "id": String(id), "code": code, "next": String(next).replacing("&amp;", with: "&"),
      ]
      let refused = try await browser.submit(
        fields.merging(["code": wrong(code)]) { $1 },
        from: page,
        to: "/sign-in/phone/code"
      )
      #expect(refused.status == .unauthorized)
      let entered = try await browser.submit(fields, from: page, to: "/sign-in/phone/code")
      #expect(entered.status == .seeOther && entered.headers[.location] == reached)
      let cookie = try #require(browser.cookie("artel_session"))
      #expect(try await site.accounts.authenticator.cookie(cookie) != nil)
    }
  }
}
