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

@Suite("The second factor for programs")
struct TwoFactorAPITests {
  private static let path = "/api/members/me/second-factor"

  @Test func `a program sets it up, renews the codes, and turns it off`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve { client async throws in
      let token = try await site.token(of: ada)
      #expect(try await client.send(.get, Self.path, token: token).json("state") == "off")
      let begun = try await client.send(.post, "\(Self.path)/setup", token: token)
      #expect(begun.status == .created && begun.headers[.cacheControl] == "no-store")
      let secret = try #require(begun.json("secret"))
      #expect(begun.json("address")?.contains(":ada?secret=\(secret)&issuer=Artel") == true)
      #expect(try await client.send(.get, Self.path, token: token).json("state") == "pending")

      let app = try await site.authenticator(of: ada)
      let wrong = try await client.send(.put, Self.path, ["code": app.wrongCode], token: token)
      #expect(wrong.status == .unauthorized && wrong.json("type") == "/problems/wrong-code")
      let on = try await client.send(.put, Self.path, ["code": app.code], token: token)
      let codes = on.texts("codes")
      #expect(on.status == .ok && Set(codes).count == 10)
      #expect(on.headers[.cacheControl] == "no-store")
      let shown = try await client.send(.get, Self.path, token: token)
      #expect(shown.json("state") == "on" && shown.json("recovery_codes_left") == "10")
      let twice = try await client.send(.post, "\(Self.path)/setup", token: token)
      #expect(twice.status == .conflict)

      let proof = ["password": Cast.ada.password, "code": codes[0]]
      let renewed = try await client.send(
        .post,
        "/api/members/me/recovery-codes",
        proof,
        token: token
      )
      #expect(renewed.status == .created && Set(renewed.texts("codes")).isDisjoint(with: codes))
      let used = try await client.send(.delete, Self.path, proof, token: token)
      #expect(used.status == .unauthorized)
      let last = ["password": Cast.ada.password, "code": renewed.texts("codes")[0]]
      let off = try await client.send(.delete, Self.path, last, token: token)
      #expect(off.status == .noContent)
    }
    #expect(try await TotpSecret.query.count(in: site.db) == 0)
    let session = try #require(try await Session.query.first(in: site.db))
    #expect(session.secondFactorAt == site.clock.now)
  }

  @Test func `what was begun is forgotten`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve { client async throws in
      let token = try await site.token(of: ada)
      _ = try await client.send(.post, "\(Self.path)/setup", token: token)
      let cancelled = try await client.send(.delete, "\(Self.path)/setup", token: token)
      #expect(cancelled.status == .noContent)
      #expect(try await client.send(.get, Self.path, token: token).json("state") == "off")
    }
  }

  // Fails with the password asked of everybody: who signs in by phone never gets rid of it.
  @Test func `a member without a password turns it off by a code alone`() async throws {
    let site = try await TestAccounts.make()

    try await site.serve { client async throws in
      let sent = try await site.code(for: "+79161234567", client, ["display_name": "Ada Sky"])
      let path = "/api/phone-codes/\(sent.id)/sessions"
      let entered = try await client.send(.post, path, ["code": sent.code])
      let token = try #require(entered.json("access_token"))
      let ada = try #require(try await Member.query.first(in: site.db))
      let app = try await site.twoFactor(ada)

      let wrong = try await client.send(.delete, Self.path, ["code": app.wrongCode], token: token)
      #expect(wrong.status == .unauthorized)
      let off = try await client.send(.delete, Self.path, ["code": app.code], token: token)
      #expect(off.status == .noContent)
    }
  }

  // Fails without `requireProofForFactors` in each of them.
  @Test func `an old sign-in changes nothing`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve { client async throws in
      let token = try await site.staleToken(Cast.ada, client)
      let proof = #"{"password": "\#(Cast.ada.password)", "code": "000000"}"#
      let acts: [(HTTPRequest.Method, String)] = [
        (.post, "\(Self.path)/setup"), (.put, Self.path), (.delete, Self.path),
        (.post, "/api/members/me/recovery-codes"),
      ]
      for (method, path) in acts {
        let answer = try await client.send(method, path, json: proof, token: token)
        #expect(answer.json("type") == "/problems/fresh-sign-in-needed", "\(method) \(path)")
      }
    }
    #expect(try await site.accounts.challenge(ada) == nil)
  }
}

extension TestResponse {
  /// The texts of an array in the JSON object in the body.
  fileprivate func texts(_ name: String) -> [String] {
    guard case .object(let members)? = try? JSONValue(parsing: body.readableBytesView),
      case .array(let values)? = members[name]
    else { return [] }
    return values.compactMap { if case .string(let text) = $0 { text } else { nil } }
  }
}
