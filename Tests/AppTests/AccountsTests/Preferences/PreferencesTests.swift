import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import Accounts

@Suite("What members choose for themselves")
struct PreferencesTests {
  private static let path = "/api/preferences"

  private func put(
    _ json: String,
    _ client: any TestClientProtocol,
    token: String?
  ) async throws -> TestResponse {
    var headers: HTTPFields = [.contentType: "application/json"]
    headers[.authorization] = token.map { "Bearer \($0)" }
    return try await client.execute(
      uri: Self.path,
      method: .put,
      headers: headers,
      body: ByteBuffer(string: json)
    )
  }

  @Test(arguments: Mode.allCases)
  func `are stored and read, all at once`(mode: Mode) async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve(mode) { client in
      let token = try await client.signIn(Cast.ada).access
      let empty = try await client.send(.get, Self.path, token: token)
      #expect(empty.text == #"{"theme":null,"language":null,"silenced_notices":[]}"#)
      let stored = try await put(
        #"{"theme":"dark","language":"ru","silenced_notices":["b.c","atelier.easel.ready"]}"#,
        client,
        token: token
      )
      #expect(stored.status == .ok)
      let read = try await client.send(.get, Self.path, token: token)
      #expect(read.text == stored.text)
      #expect(
        read.text
          == #"{"theme":"dark","language":"ru","silenced_notices":["atelier.easel.ready","b.c"]}"#
      )
      let cleared = try await put("{}", client, token: token)
      #expect(cleared.text == empty.text)
    }
    #expect(try await site.told(ada).filter { $0 == "preferences.changed" }.count == 2)
  }

  @Test(arguments: [
    (#"{"theme":"pink"}"#, ["theme choice"]), (#"{"language":"de"}"#, ["language choice"]),
    (#"{"silenced_notices":["x"]}"#, ["silenced_notices too_short"]),
    // Fails when null counts as an empty list, which the document does not say.
    (#"{"silenced_notices":null}"#, ["silenced_notices type"]),
    (#"{"silenced_notices":["Gallery x"]}"#, ["silenced_notices pattern"]),
  ])
  func `are refused when there is no such thing`(json: String, errors: [String]) async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      let answer = try await put(json, client, token: token)
      #expect(answer.status == .unprocessableContent)
      #expect(answer.fieldErrors == errors)
      #expect(try await put("{}", client, token: nil).status == .unauthorized)
      #expect(try await client.send(.get, Self.path).status == .unauthorized)
    }
  }

  @Test func `hold on every device at page load, without a statement more`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client in
      let phone = try await TestBrowser.signedIn(Cast.ada, client)
      let desktop = try await TestBrowser.signedIn(Cast.ada, client)
      _ = try await desktop.get("/notices")
      let choice = ["theme": "dark", "lang": "ru"]
      _ = try await phone.submit(choice, from: "/notices", to: "/preferences")

      let page = try await expectStatements(atMost: 2, atLeast: 2) {
        try await desktop.get("/notices").text
      }
      try await expectStatements(atMost: 1, atLeast: 1) { _ = try await desktop.get("/notices") }
      #expect(page.contains(#"<html lang="ru" data-theme="dark">"#))
    }
  }

  // Fails when the change is not noted: the page is as it was five seconds ago.
  @Test func `the buttons of a page choose for the member and for this browser`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let ada = try await site.member(Cast.ada)

    try await site.serve { client in
      let browser = try await TestBrowser.signedIn(Cast.ada, client)
      let answer = try await browser.submit(
        ["theme": "dark", "return_to": "/notices"],
        from: "/notices",
        to: "/preferences"
      )
      #expect(answer.headers[.location] == "/notices")
      #expect(browser.cookie("artel_theme") == "dark")
      #expect(try await browser.get("/notices").text.contains(#"data-theme="dark""#))
    }
    #expect(try await site.accounts.preferences(of: ada.id) == Preferences(theme: .dark))
    #expect(try await site.told(ada).last == "preferences.changed")
  }

  @Test func `guests keep theirs in the browser`() async throws {
    let site = try await TestAccounts.make(hasPages: true)

    try await site.serve { client in
      let browser = TestBrowser(client)
      let answer = try await browser.submit(
        ["theme": "dark", "lang": "ru", "return_to": "//evil.example"],
        from: "/sign-in",
        to: "/preferences"
      )
      #expect(answer.headers[.location] == "/")
      let page = try await browser.get("/sign-in").text
      #expect(page.contains(#"<html lang="ru" data-theme="dark">"#))
    }
    #expect(try await Preference.query.count(in: site.db) == 0)
  }

  // Fails with the browser's choice first: the second sign-in makes it light.
  @Test func `what a guest chose is taken over, but never over what the member has`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let ada = try await site.member(Cast.ada)

    try await site.serve { client in
      _ = try await TestBrowser.signedIn(Cast.ada, client, cookies: ["artel_theme": "dark"])
      #expect(try await site.accounts.preferences(of: ada.id) == Preferences(theme: .dark))

      let second = try await TestBrowser.signedIn(
        Cast.ada,
        client,
        cookies: ["artel_theme": "light", "artel_lang": "ru"]
      )
      let expected = Preferences(theme: .dark, language: .russian)
      #expect(try await site.accounts.preferences(of: ada.id) == expected)
      let page = try await second.get("/notices").text
      #expect(page.contains(#"<html lang="ru" data-theme="dark">"#))
    }
  }

  @Test func `a browser without a choice, or with a forged one, stores nothing`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client in
      _ = try await TestBrowser.signedIn(Cast.ada, client)
      _ = try await TestBrowser.signedIn(Cast.ada, client, cookies: ["artel_theme": "pink"])
    }
    #expect(try await Preference.query.count(in: site.db) == 0)
  }

  // Fails without the condition in the statement that stores: the notice comes.
  @Test func `what is switched off is not given`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let off = Preferences(silencedNotices: ["atelier.easel.ready"])
    try await site.accounts.choose(off, for: ada.id)

    try await site.tell(ada)
    #expect(try await site.notices(of: ada).isEmpty)

    try await site.accounts.choose(Preferences(), for: ada.id)
    try await site.tell(ada)
    #expect(try await site.notices(of: ada).count == 1)
  }

  @Test func `the page switches notices off and keeps what it does not know`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let ada = try await site.member(Cast.ada)
    try await site.accounts.choose(Preferences(silencedNotices: ["tomorrow.sun"]), for: ada.id)

    try await site.serve { client in
      let browser = try await TestBrowser.signedIn(Cast.ada, client)
      let before = try await browser.get("/settings/preferences").text
      let kinds = Accounts.noticeKinds.count + Atelier.noticeKinds.count
      #expect(before.components(separatedBy: #"name="notices""#).count == kinds + 1)
      #expect(!before.contains("notice_kinds.accounts"))
      #expect(before.contains("Someone signs in from a new device"))
      let titles = before.matches(of: /settings-group-title">([^<]*)</).map { String($0.1) }
      #expect(titles == ["Your account", "⟦notice_sources.atelier⟧"])
      let answer = try await browser.submit(
        ["theme": "light", "language": "en", "notices": "atelier.easel.ready"],
        from: "/settings/preferences"
      )
      #expect(answer.headers[.location] == "/settings/preferences")
      let page = try await browser.get("/settings/preferences").text
      #expect(page.contains(#"value="atelier.easel.ready" checked"#))
      #expect(!page.contains(#"value="accounts.session.started" checked"#))
      #expect(page.contains(#"data-theme="light""#))
    }
    let expected = Set(Accounts.noticeKinds.map { "accounts.\($0.name)" } + ["tomorrow.sun"])
    #expect(try await site.accounts.preferences(of: ada.id).silencedNotices == expected)
  }

  // Fails when only the row of the member is looked at: the row of the preferences comes back.
  @Test func `go with the member, also when chosen while they leave`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.accounts.choose(Preferences(theme: .dark), for: ada.id)

    try await site.accounts.removeMember(username: "ada")
    await #expect(throws: Problem.self) {
      try await site.accounts.choose(Preferences(theme: .light), for: ada.id)
    }

    #expect(try await Preference.query.count(in: site.db) == 0)
  }
}
