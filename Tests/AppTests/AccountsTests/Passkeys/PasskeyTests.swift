import AccountsContract
import ArtelAuth
import ArtelModel
import ArtelTesting
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Passkeys")
struct PasskeyTests {
  /// Answers that must not count, by what is wrong with them.
  enum Attack: CaseIterable {
    case otherOrigin, otherRelyingParty, notVerified, notPresent, otherType, frame, signature

    var wish: TestDevice.Wish {
      var wish = TestDevice.Wish()
      switch self {
      case .otherOrigin: wish.origin = "https://artel.example.evil.example"
      case .otherRelyingParty: wish.relyingParty = "evil.example"
      case .notVerified: wish.flags = 0x01
      case .notPresent: wish.flags = 0x04
      case .otherType: wish.type = "payment.get"
      case .frame: wish.crossOrigin = true
      case .signature: wish.spoilsSignature = true
      }
      return wish
    }
  }

  @Test func `a member who added one signs in by it`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let device = try await site.passkey(ada)

    let cookie = try await site.signIn(ada, by: device)

    let principal = try await site.accounts.authenticator.cookie(cookie.text)
    #expect(principal?.memberID == ada.id)
    let stored = try #require(try await Passkey.query.first(in: site.db))
    #expect(stored.lastUsedAt == site.clock.now && stored.counter == 2)
    #expect(stored.regressedAt == nil)
    let acts = try await site.acts(about: ada.id)
    #expect(acts.contains("passkey.added") && acts.contains("passkey.used"))
    #expect(try await site.notices(of: ada).contains { $0.kind == "passkey.added" })
  }

  @Test func `is two factors at once`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    _ = try await site.twoFactor(ada)
    let device = try await site.passkey(ada)

    let cookie = try await site.signIn(ada, by: device)

    #expect(try await site.accounts.authenticator.cookie(cookie.text) != nil)
  }

  // Each fails without its check: the origin and type in ClientFacts.check, the relying party and the
  // flags in Fido2.check (libfido2 refuses these, too), the signature in Fido2.verify.
  @Test(arguments: Attack.allCases)
  func `an answer that is not right signs nobody in`(attack: Attack) async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let device = try await site.passkey(ada)

    await #expect(throws: PasskeyRefusal.refused) {
      _ = try await site.signIn(ada, by: device, attack.wish)
    }
    #expect(try await Session.query.count(in: site.db) == 0)
  }

  @Test(arguments: Attack.allCases.filter { $0 != .signature })
  func `an answer that is not right adds nothing`(attack: Attack) async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let challenge = try site.accounts.offeredPasskeys().challenge(.registration, of: "\(ada.id)")

    await #expect(throws: PasskeyRefusal.refused) {
      try await site.accounts.addPasskey(
        TestDevice().registration(challenge, attack.wish),
        of: ada.id,
        token: challenge.token,
        from: .tests
      )
    }
    #expect(try await Passkey.query.count(in: site.db) == 0)
  }

  // Fails without `spend`: every one of them signs in.
  @Test func `an answer works once, also when it is shown several times at once`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let device = try await site.passkey(ada)
    let challenge = try site.accounts.offeredPasskeys().challenge(.signIn, of: "")
    let form = try device.assertion(challenge, of: ada.id)

    let accepted = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<5 {
        group.addTask {
          let token = try? await site.accounts.openPageSession(
            form,
            token: challenge.token,
            from: .tests
          )
          return token != nil
        }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }

    #expect(accepted == 1)
    #expect(try await Session.query.count(in: site.db) == 1)
  }

  @Test func `a challenge is good for its browser, purpose, member and time only`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    let device = try await site.passkey(ada)
    let passkeys = try site.accounts.offeredPasskeys()
    let challenge = passkeys.challenge(.signIn, of: "")
    let form = try device.assertion(challenge, of: ada.id)
    let tokens = [
      nil, "", "1.2.3", passkeys.challenge(.signIn, of: "").token,
      passkeys.challenge(.registration, of: "\(ada.id)").token, challenge.token + "A",
    ]

    for token in tokens {
      await #expect(throws: PasskeyRefusal.refused) {
        _ = try await site.accounts.openPageSession(form, token: token, from: .tests)
      }
    }
    let foreign = passkeys.challenge(.registration, of: "\(grace.id)")
    await #expect(throws: PasskeyRefusal.refused) {
      try await site.accounts.addPasskey(
        TestDevice().registration(foreign),
        of: ada.id,
        token: foreign.token,
        from: .tests
      )
    }
    site.clock.advance(by: .seconds(601))
    await #expect(throws: PasskeyRefusal.refused) {
      _ = try await site.accounts.openPageSession(form, token: challenge.token, from: .tests)
    }
    #expect(try await Session.query.count(in: site.db) == 0)
  }

  // Fails without the comparison of the user handle.
  @Test func `a passkey names its own member`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    let device = try await site.passkey(ada)

    await #expect(throws: PasskeyRefusal.refused) { _ = try await site.signIn(grace, by: device) }
    await #expect(throws: PasskeyRefusal.refused) {
      _ = try await site.signIn(ada, by: TestDevice())
    }
  }

  // Fails without the comparison in `use`: nobody learns of the copy.
  @Test func `a counter that goes back is recorded`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let device = try await site.passkey(ada)
    _ = try await site.signIn(ada, by: device)
    var wish = TestDevice.Wish()
    wish.step = 0

    _ = try await site.signIn(ada, by: device, wish)

    let stored = try #require(try await Passkey.query.first(in: site.db))
    #expect(stored.regressedAt == site.clock.now && stored.counter == 2)
    #expect(try await site.acts(about: ada.id).contains("passkey.regressed"))
  }

  @Test func `a device that does not count is no copy`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let device = TestDevice()
    var wish = TestDevice.Wish()
    wish.step = 0
    let challenge = try site.accounts.offeredPasskeys().challenge(.registration, of: "\(ada.id)")
    try await site.accounts.addPasskey(
      device.registration(challenge, wish),
      of: ada.id,
      token: challenge.token,
      from: .tests
    )

    for _ in 0..<2 { _ = try await site.signIn(ada, by: device, wish) }

    #expect(try await Passkey.query.first(in: site.db)?.regressedAt == nil)
  }

  @Test func `a suspended member does not come in, and one who left leaves nothing`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let device = try await site.passkey(ada)
    try await Member.update { $0.isActive = false }.where { $0.id == ada.id }.run(in: site.db)

    await #expect(throws: PasskeyRefusal.refused) { _ = try await site.signIn(ada, by: device) }
    try await site.accounts.removeMember(username: "ada")
    #expect(try await Passkey.query.count(in: site.db) == 0)
  }

  // Fails without the member in the condition: Grace's passkey goes with 303.
  @Test func `the page lists and removes one's own alone`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    try await site.passkey(ada)
    try await site.passkey(grace)
    let own = try #require(try await Passkey.all(of: ada.id).first(in: site.db))
    let foreign = try #require(try await Passkey.all(of: grace.id).first(in: site.db))
    let path = "/settings/passkeys"

    try await site.serve { client in
      let browser = try await TestBrowser(client).signedIn(as: Cast.ada)
      let page = try await browser.get(path).text
      #expect(page.contains("\(own.id)") && !page.contains("\(foreign.id)"))
      let refused = try await browser.submit(
        ["passkey": "\(foreign.id)"],
        from: path,
        to: "\(path)/remove"
      )
      #expect(refused.status == .notFound)
      let removed = try await browser.submit(
        ["passkey": "\(own.id)"],
        from: path,
        to: "\(path)/remove"
      )
      #expect(removed.headers[.location] == path)
    }
    #expect(try await Passkey.query.all(in: site.db).map(\.memberID) == [grace.id])
  }

  @Test func `spent challenges are forgotten when they would be too old anyway`() async throws {
    let site = try await TestAccounts.make()
    try await site.passkey(try await site.member(Cast.ada))

    site.clock.advance(by: .seconds(1300))
    try await site.accounts.forgetKeys()
    #expect(try await SpentPasskeyChallenge.query.count(in: site.db) == 1)
    site.clock.advance(by: .seconds(60))
    try await site.accounts.forgetKeys()
    #expect(try await SpentPasskeyChallenge.query.count(in: site.db) == 0)
  }

  @Test(arguments: [
    ("https://artel.example", "artel.example"), ("https://Artel.example:8443/", "artel.example"),
    ("http://localhost:8080", "localhost"), ("http://artel.example", nil), ("artel", nil),
    ("https://", nil), ("http://localhost.evil.example", nil),
  ])
  func `are offered where browsers offer them`(address: String, relyingParty: String?) {
    let passkeys = Passkeys(
      publicURL: address,
      secret: [1, 2, 3],
      pool: .init(name: "passkeys", threads: 1),
      clock: .system
    )

    #expect(passkeys?.relyingParty == relyingParty)
  }
}
