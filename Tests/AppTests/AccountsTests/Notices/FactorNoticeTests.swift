import AccountsContract
import ArtelModel
import ArtelTesting
import ArtelWeb
import Foundation
import Testing

@testable import Accounts

@Suite("Notices and mails of what lets into an account")
struct FactorNoticeTests {
  enum Change: String, CaseIterable {
    case twoFactorOn = "two_factor.on"
    case twoFactorOff = "two_factor.off"
    case codesRenewed = "recovery_codes.renewed"
    case passkeyAdded = "passkey.added"
    case passkeyRemoved = "passkey.removed"
    case tokenCreated = "api_token.created"
    case factorsForgotten = "factors.forgotten"

    func happen(to member: Member, on site: TestAccounts) async throws {
      switch self {
      case .twoFactorOn: _ = try await site.twoFactor(member)
      case .twoFactorOff:
        let proof = try await proof(of: member, on: site)
        try await site.accounts.endTwoFactor(of: member.id, proof, from: .tests)
      case .codesRenewed:
        let proof = try await proof(of: member, on: site)
        _ = try await site.accounts.renewRecoveryCodes(of: member.id, proof, from: .tests)
      case .passkeyAdded: try await site.passkey(member)
      case .passkeyRemoved:
        try await site.passkey(member)
        let passkey = try #require(try await Passkey.all(of: member.id).first(in: site.db))
        try await site.accounts.removePasskey(passkey.id, of: member.id, from: .tests)
      case .tokenCreated: _ = try await site.apiToken(of: member)
      case .factorsForgotten: try await site.accounts.forgetFactors(username: member.username)
      }
    }

    private func proof(of member: Member, on site: TestAccounts) async throws -> TwoFactorProof {
      let app = try await site.twoFactor(member)
      let fields = [("password", Cast.ada.password), ("code", app.code)]
      return try TwoFactorProof.read(from: FormSource(texts: fields))
    }
  }

  // Each fails without its call of `tell`: whoever was in the account changed it unnoticed.
  @Test(arguments: Change.allCases)
  func `tell the member of each change`(change: Change) async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.verify(ada)

    try await change.happen(to: ada, on: site)
    try await site.deliver()

    let told = try await site.notices(of: ada).filter { $0.kind == change.rawValue }
    #expect(told.count == 1)
    let line = "what=letters.factor.what.\(change.rawValue) en"
    let mails = site.sent.mails("factor.changed").filter { $0.text.contains(line) }
    #expect(mails.map(\.to) == [Cast.ada.email])
  }

  // Fails without the question whether the address is verified: a stranger is written to.
  @Test(arguments: Change.allCases)
  func `go to no address that nobody has verified`(change: Change) async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await change.happen(to: ada, on: site)
    try await site.deliver()

    #expect(try await site.notices(of: ada).contains { $0.kind == change.rawValue })
    #expect(site.sent.mails("factor.changed").isEmpty)
  }

  // Fails without the text of a kind, and when a text has no line for a kind of change.
  @Test(arguments: Change.allCases)
  func `have a line in each language`(change: Change) throws {
    for language in Language.allCases {
      let texts = try ShippedTexts(in: language)
      for key in ["letters.factor.what", "notices.accounts", "notice_kinds.accounts"] {
        let key = "\(key).\(change.rawValue)"
        #expect(texts[key] != nil, "\(language.rawValue) \(key)")
      }
    }
  }

  // Fails without the language of the request: everybody is written to in English.
  @Test func `are written in the language of whoever made the change`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.verify(ada)
    let fields = [("name", "tests"), ("scopes", "account:read"), ("lifetime_days", "7")]
    let form = try APITokenForm.read(from: FormSource(texts: fields))
    let origin = SessionOrigin(userAgent: "tests", address: nil, language: .russian)

    _ = try await site.accounts.issueAPIToken(form, of: ada.id, from: origin)
    try await site.deliver()

    let mail = try #require(site.sent.mails("factor.changed").first)
    #expect(mail.subject.hasPrefix("letters.factor.changed.subject ru"))
    #expect(!mail.text.contains("name=tests"))
  }

  // Fails when the member is told outside the transaction: of what did not happen.
  @Test func `tell of nothing that was refused`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.verify(ada)
    let app = try await site.twoFactor(ada)

    await #expect(throws: SecondFactorError.wrongCode) {
      let fields = [("password", Cast.ada.password), ("code", app.wrongCode)]
      let proof = try TwoFactorProof.read(from: FormSource(texts: fields))
      try await site.accounts.endTwoFactor(of: ada.id, proof, from: .tests)
    }
    try await site.deliver()

    #expect(try await site.notices(of: ada).map(\.kind) == ["two_factor.on"])
    #expect(site.sent.mails("factor.changed").count == 1)
  }
}
