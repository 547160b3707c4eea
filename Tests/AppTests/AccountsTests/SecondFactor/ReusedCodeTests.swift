import AccountsContract
import ArtelAuth
import ArtelModel
import ArtelTesting
import ArtelWeb
import Foundation
import Testing

@testable import Accounts

@Suite("Codes of the second factor that are shown again")
struct ReusedCodeTests {
  enum Kind: CaseIterable {
    case authenticator, recovery

    func code(of app: TestAuthenticator) throws -> String {
      switch self {
      case .authenticator: app.code
      case .recovery: try #require(app.recoveryCodes.value?.first)
      }
    }
  }

  enum Place: CaseIterable {
    case signingIn, proof, settings

    func show(_ code: String, of member: Member, on site: TestAccounts) async throws {
      let accounts = site.accounts
      switch self {
      case .signingIn:
        let token = try #require(try await accounts.challenge(member))
        _ = try await accounts.answer(token, code: code, from: .tests) { member, _ in member.id }
      case .proof:
        let pair = try await accounts.openAPISession(of: member, from: .tests)
        let principal = try #require(try await accounts.authenticator.bearer(pair.access.text))
        let given = try GivenProof.read(from: FormSource(texts: [("code", code)]))
        try await accounts.prove(principal, by: given, from: .tests, nil)
      case .settings:
        let fields = [("password", Cast.ada.password), ("code", code)]
        let proof = try TwoFactorProof.read(from: FormSource(texts: fields))
        _ = try await accounts.renewRecoveryCodes(of: member.id, proof, from: .tests)
      }
    }
  }

  // Fails without `usedBefore`, and in the settings when the refusal rolls back what is told.
  @Test(arguments: Kind.allCases, Place.allCases)
  func `are told to the member and recorded`(kind: Kind, place: Place) async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.verify(ada)
    let app = try await site.twoFactor(ada)
    let code = try kind.code(of: app)
    try await Place.signingIn.show(code, of: ada, on: site)

    await #expect(throws: SecondFactorError.wrongCode) {
      try await place.show(code, of: ada, on: site)
    }
    try await site.deliver()

    #expect(try await site.notices(of: ada).count { $0.kind == "two_factor.reused" } == 1)
    #expect(site.sent.mails("factor.code_reused").map(\.to) == [Cast.ada.email])
    #expect(try await site.acts(about: ada.id).count { $0 == "code.reused" } == 1)
  }

  // Fails when every refused code is told: whoever mistypes one is frightened.
  @Test(arguments: Place.allCases)
  func `are not those that were wrong`(place: Place) async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.verify(ada)
    let app = try await site.twoFactor(ada)

    for code in [app.wrongCode, RecoverySecret.generate().text] {
      await #expect(throws: SecondFactorError.wrongCode) {
        try await place.show(code, of: ada, on: site)
      }
    }
    try await site.deliver()

    #expect(try await !site.notices(of: ada).contains { $0.kind == "two_factor.reused" })
    #expect(site.sent.mails("factor.code_reused").isEmpty)
    #expect(try await !site.acts(about: ada.id).contains("code.reused"))
  }

  @Test func `may be older than the one that was shown`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let app = try await site.twoFactor(ada)
    let old = app.code
    site.clock.advance(by: .seconds(30))
    try await Place.signingIn.show(app.code, of: ada, on: site)

    await #expect(throws: SecondFactorError.wrongCode) {
      try await Place.signingIn.show(old, of: ada, on: site)
    }

    #expect(try await site.acts(about: ada.id).count { $0 == "code.reused" } == 1)
  }

  // Fails without `mayTellOfReuse`: whoever has one used code fills the mailbox.
  @Test func `are told three times an hour, and recorded each time`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.verify(ada)
    let app = try await site.twoFactor(ada)
    let code = try Kind.recovery.code(of: app)
    try await Place.signingIn.show(code, of: ada, on: site)

    for _ in 0..<5 {
      await #expect(throws: SecondFactorError.wrongCode) {
        try await Place.signingIn.show(code, of: ada, on: site)
      }
    }
    try await site.deliver()

    #expect(site.sent.mails("factor.code_reused").count == 3)
    #expect(try await site.acts(about: ada.id).count { $0 == "code.reused" } == 5)
  }

  // Fails when the request says the language: the warning is in that of the intruder.
  @Test func `are told in the language that the member has chosen`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.verify(ada)
    try await site.db.insert(
      Preference(memberID: ada.id, language: "ru", updatedAt: site.clock.now)
    )
    let app = try await site.twoFactor(ada)
    let code = app.code
    try await Place.signingIn.show(code, of: ada, on: site)

    await #expect(throws: SecondFactorError.wrongCode) {
      let token = try #require(try await site.accounts.challenge(ada))
      let origin = SessionOrigin(userAgent: "tests", address: nil, language: .english)
      _ = try await site.accounts.answer(token, code: code, from: origin) { member, _ in member.id }
    }
    try await site.deliver()

    let mail = try #require(site.sent.mails("factor.code_reused").first)
    #expect(mail.subject.hasPrefix("letters.factor.code_reused.subject ru"))
  }

  // Fails without `keepsCodes`: who has just got ten codes reads that two are left.
  @Test func `of recovery that are renewed by the eighth are not said to be few`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let codes = try #require(try await site.twoFactor(ada).recoveryCodes.value)
    for code in codes.prefix(6) { try await Place.signingIn.show(code, of: ada, on: site) }

    try await Place.settings.show(codes[6], of: ada, on: site)

    #expect(try await !site.notices(of: ada).contains { $0.kind == "recovery_codes.low" })
  }

  // Fails where a code is used without `accept`: no record of one that is gone.
  @Test(arguments: Place.allCases)
  func `of recovery are recorded the first time, too`(place: Place) async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let app = try await site.twoFactor(ada)

    try await place.show(try Kind.recovery.code(of: app), of: ada, on: site)

    #expect(try await site.acts(about: ada.id).count { $0 == "recovery_code.used" } == 1)
  }

  // Fails without the texts: the mail and the notice have none.
  @Test(arguments: Language.allCases)
  func `have texts in each language`(language: Language) throws {
    let texts = try ShippedTexts(in: language)
    for key in [
      "letters.factor.code_reused.subject", "letters.factor.code_reused.text",
      "letters.factor.what.two_factor.reused", "notices.accounts.two_factor.reused",
      "notice_kinds.accounts.two_factor.reused",
    ] {
      #expect(texts[key] != nil, "\(key)")
    }
  }
}
