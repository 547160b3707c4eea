import ArtelModel
import ArtelTesting
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Being told that somebody signed in")
struct SessionNoticeTests {
  private static let desktop =
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
  private static let phone =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    + "Version/18.5 Mobile/15E148 Safari/604.1"

  // Fails without the conditions in Member.standing: seen two notices, the first sign-in among them.
  @Test func `says from where, but not at the first sign-in`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.session(ada, Self.desktop, at: "192.0.2.1")
    let tokens = try await site.session(ada, Self.phone, at: "198.51.100.7")

    let notice = try #require(try await site.notices(of: ada).first)
    #expect(try await site.notices(of: ada).count == 1)
    #expect(notice.app == "accounts" && notice.kind == "session.started")
    #expect(notice.readAt == nil && notice.createdAt == site.clock.now)
    #expect(notice.knownFacts.text("browser") == "Safari")
    #expect(notice.knownFacts.text("system") == "iOS")
    #expect(notice.knownFacts.text("address") == "198.51.100.7")
    let claims = try await site.accounts.tokens.verify(tokens.access.text)
    #expect(notice.knownFacts.text("session") == "\(claims.session)")
    #expect(try await site.told(ada) == ["notice.created"])
  }

  @Test(arguments: [
    (desktop, "192.0.2.1", 0), (desktop, "198.51.100.7", 1), (phone, "192.0.2.1", 1),
    (desktop, nil, 1),
  ])
  func `not again from the same client at the same address`(
    userAgent: String,
    address: String?,
    count: Int
  ) async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.session(ada, Self.desktop, at: "192.0.2.1")

    try await site.session(ada, userAgent, at: address)

    #expect(try await site.notices(of: ada).count == count)
  }

  @Test func `also when nobody has signed in for so long that all sessions are forgotten`()
    async throws
  {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    site.clock.advance(by: .seconds(40 * 86_400))

    try await site.session(ada, Self.desktop, at: "192.0.2.1")

    #expect(try await site.notices(of: ada).count == 1)
  }

  @Test(arguments: Mode.allCases)
  func `the page that signs up says nothing, and the one that signs in does`(mode: Mode)
    async throws
  {
    let site = try await TestAccounts.make(hasPages: true)

    try await site.serve(mode) { client in
      _ = try await TestBrowser(client).submit(
        [
          "username": "ada", "display_name": "Ada", "email": "ada@example.org",
          "password": Cast.ada.password,
        ],
        from: "/sign-up"
      )
      #expect(try await Notice.query.count(in: site.db) == 0)
      _ = try await client.execute(
        uri: "/api/sessions",
        method: .post,
        headers: [.contentType: "application/json", .userAgent: "curl/8.14.1"],
        body: ByteBuffer(string: #"{"login": "ada", "password": "\#(Cast.ada.password)"}"#)
      )

      let notice = try #require(try await Notice.query.first(in: site.db))
      #expect(notice.knownFacts.text("browser") == "curl")
    }
  }

  @Test func `the session and the notice are stored together or not at all`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.session(ada, Self.desktop, at: "192.0.2.1")
    try await site.db.write("alter table notices add constraint notices_refused check (false)")

    await #expect(throws: (any Error).self) {
      try await site.session(ada, Self.phone, at: "198.51.100.7")
    }

    #expect(try await Session.query.count(in: site.db) == 1)
    #expect(try await site.told(ada) == [])
  }
}

@Suite("Recognizing a device")
struct DeviceTests {
  @Test(arguments: [
    ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux"),
    (
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        + "Chrome/139.0.0.0 Safari/537.36", "Chrome", "Windows"
    ),
    (
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        + "Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0", "Edge", "Windows"
    ),
    (
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        + "Chrome/136.0.0.0 YaBrowser/25.6.0.0 Safari/537.36", "Yandex Browser", "Windows"
    ),
    (
      "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
        + "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", "Samsung Internet", "Android"
    ),
    (
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        + "Version/18.5 Safari/605.1.15", "Safari", "macOS"
    ),
    (
      "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        + "CriOS/139.0.0.0 Mobile/15E148 Safari/604.1", "Chrome", "iPadOS"
    ),
    ("curl/8.14.1", "curl", nil),
    ("python-requests/2.32.3", "python-requests", nil),
    ("Mozilla/5.0 (compatible)", nil, nil), ("", nil, nil), ("<b>me</b>/1", nil, nil),
    (String(repeating: "a", count: 41), nil, nil),
  ])
  func `names families and no versions`(userAgent: String, browser: String?, system: String?) {
    let device = Device(userAgent: userAgent)

    #expect(device.browser == browser)
    #expect(device.system == system)
  }
}
