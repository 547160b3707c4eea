import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Recording in the system log")
struct RecordingTests {
  @Test func `an entry says who, to whom, what, from where and when`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)

    try await site.record(
      by: ada.id,
      about: grace.id,
      from: SessionOrigin(userAgent: "Firefox", address: "2001:db8::1"),
      details: ["color": "green"]
    )

    let entry = try #require(try await site.log().last)
    #expect(entry.act == "easel.painted" && entry.level == .info)
    #expect(entry.actorID == ada.id && entry.subjectID == grace.id)
    #expect(entry.address == "2001:db8::1" && entry.userAgent == "Firefox")
    #expect(entry.texts == ["color": "green"])
    #expect(entry.doneAt == site.clock.now && entry.position == 3)
  }

  @Test func `one statement records`() async throws {
    let site = try await TestAccounts.make()

    // Between begin and commit.
    try await expectStatements(atMost: 3, atLeast: 3) { try await site.record() }
  }

  @Test func `what is rolled back was not done, and leaves no gap`() async throws {
    let site = try await TestAccounts.make()

    await #expect(throws: CancellationError.self) {
      try await site.db.database.transaction { tx in
        tx.record(.easelPainted, by: nil, about: nil, from: nil)
        throw CancellationError()
      }
    }
    try await site.record()

    #expect(try await site.log().map(\.position) == [1])
  }

  // Fails without the head: numbers come twice, or entries vouch for the same one.
  @Test func `many at once make one chain`() async throws {
    let site = try await TestAccounts.make()

    try await withThrowingTaskGroup { group in
      for number in 0..<40 {
        group.addTask { try await site.record(details: ["number": "\(number)"]) }
      }
      try await group.waitForAll()
    }

    let entries = try await site.log()
    #expect(entries.map(\.position) == Array(1...40))
    #expect(Set(entries.map { $0.texts["number"] }).count == 40)
    #expect(try await site.accounts.verifyLog().fault == nil)
  }

  @Test func `what is done to an account is recorded with its origin`() async throws {
    let site = try await TestAccounts.make()

    try await site.serve(.live) { client async throws in
      let person = Cast.ada
      _ = try await client.send(
        .post,
        "/api/members",
        ["username": person.username, "email": person.email, "password": person.password]
      )
      let tokens = try await client.signIn(person)
      _ = try await client.send(
        .post,
        "/api/sessions",
        ["login": person.username, "password": "wrong"]
      )
      _ = try await client.send(.delete, "/api/sessions/current", token: tokens.access)
    }

    let ada = try #require(try await Member.withLogin("ada", in: site.db)).id
    let entries = try await site.log()
    #expect(
      entries.map(\.act) == [
        "member.joined", "session.opened", "session.refused", "session.ended",
      ]
    )
    #expect(entries.map(\.actorID) == [ada, ada, nil, ada])
    #expect(entries.allSatisfy { $0.subjectID == ada && $0.address == "127.0.0.1" })
  }

  @Test func `pages record as the API does`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client async throws in
      let browser = TestBrowser(client)
      let fields = ["login": "ada", "password": Cast.ada.password]
      _ = try await browser.submit(fields.merging(["password": "no"]) { $1 }, from: "/sign-in")
      _ = try await browser.submit(fields, from: "/sign-in")
      _ = try await browser.submit([:], from: "/notices", to: "/sign-out")
    }

    #expect(
      try await site.acts() == [
        "member.joined", "session.refused", "session.opened", "session.ended",
      ]
    )
  }

  @Test func `a refused sign-in says nothing of what was typed`() async throws {
    let site = try await TestAccounts.make()
    let before = try await site.log().count

    try await site.serve { client async throws in
      _ = try await client.send(
        .post,
        "/api/sessions",
        ["login": "correct horse battery", "password": "staple"]
      )
    }

    let entry = try #require(try await site.log().last)
    #expect(try await site.log().count == before + 1)
    #expect(entry.act == "session.refused" && entry.level == .warning)
    #expect(entry.subjectID == nil && entry.texts.isEmpty)
  }

  @Test func `a refresh token that is used twice is an error in the log`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let token = try await site.tokens(Cast.ada).refresh.text
    _ = try await site.accounts.refresh(token)

    _ = try? await site.accounts.refresh(
      token,
      from: SessionOrigin(userAgent: "thief", address: "203.0.113.9")
    )

    let entry = try #require(try await site.log().last)
    #expect(entry.act == "refresh_token.reused" && entry.level == .error)
    #expect(entry.subjectID == ada.id && entry.address == "203.0.113.9")
  }

  @Test func `the operator's acts are nobody's, and doing nothing is none`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let before = try await site.log().count

    try await site.accounts.promote(username: "ada")
    try await site.accounts.promote(username: "ada")
    try await site.accounts.rotateKeys()

    let entries = try await site.log().dropFirst(before)
    #expect(entries.map(\.act) == ["member.promoted", "signing_key.rotated"])
    #expect(entries.map(\.subjectID) == [ada.id, nil])
    #expect(entries.allSatisfy { $0.actorID == nil && $0.address == nil })
  }

  @Test func `the first administrator is recorded with the link`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let path = try #require(try await site.accounts.setupPath())

    try await site.serve { client async throws in
      let fields = [
        "username": "margaret", "email": "m@example.org", "password": Cast.margaret.password,
        "token": String(path.split(separator: "=")[1]),
      ]
      _ = try await TestBrowser(client).submit(fields, from: path)
    }

    #expect(
      try await site.acts() == ["member.joined", "setup_link.used", "session.opened"]
    )
  }
}

@Suite("What outsiders write into the system log")
struct LogInjectionTests {
  @Test func `is one line, whatever it is made of`() async throws {
    let site = try await TestAccounts.make()

    try await site.record(
      from: SessionOrigin(userAgent: "a\r\n2  session.opened\u{0}\u{1B}[2J", address: "192.0.2.1"),
      details: ["message": "one\ntwo\u{2028}three\u{0}\u{202E}four"]
    )

    let entry = try #require(try await site.log().last)
    #expect(entry.userAgent == "a  2  session.opened\u{FFFD}\u{FFFD}[2J")
    #expect(entry.texts == ["message": "one two three\u{FFFD}\u{FFFD}four"])
    #expect(try await site.accounts.verifyLog().fault == nil)
  }

  @Test(arguments: ["x", "\"", "я", "\u{1F642}", "\\"])
  func `is cut until it fits`(letter: String) async throws {
    let site = try await TestAccounts.make()
    let huge = String(repeating: letter, count: 100_000)

    try await site.record(
      from: SessionOrigin(userAgent: huge, address: huge),
      details: ["message": huge, "stack": huge, "line": "12"]
    )

    let entry = try #require(try await site.log().last)
    #expect(entry.texts["line"] == "12")
    let text = try #require(entry.details).text
    #expect((1000...2048).contains(text.utf8.count))
    #expect(entry.texts["message"]?.hasSuffix("…") == true)
    #expect(entry.userAgent?.unicodeScalars.count == 512)
    #expect(try await site.accounts.verifyLog().fault == nil)
  }
}
