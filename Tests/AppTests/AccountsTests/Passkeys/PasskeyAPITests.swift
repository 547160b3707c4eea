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

@Suite("Passkeys of programs")
struct PasskeyAPITests {
  private static let keys = "/api/passkeys"
  private static let signIns = "/api/sessions/passkey"

  @Test func `a program makes one, signs in by it, and removes it`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    _ = try await site.twoFactor(ada)
    let device = TestDevice()

    try await site.serve { client async throws in
      let token = try await site.token(of: ada)
      let asked = try await client.send(.post, "\(Self.keys)/challenges", token: token)
      #expect(asked.status == .created && asked.headers[.cacheControl] == "no-store")
      let made = try await client.send(
        .post,
        Self.keys,
        json: try device.creation(asked),
        token: token
      )
      #expect(made.status == .created && made.json("name") == "Phone")
      #expect(made.jsonNames == ["id", "name", "created_at", "last_used_at", "regressed_at"])

      let options = try await client.send(.post, "\(Self.signIns)/challenges")
      #expect(options.status == .created)
      let shown = try device.signIn(options, of: ada.id)
      let tokens = try await client.send(.post, Self.signIns, json: shown)
      // No code was asked for: it is two factors at once.
      #expect(tokens.status == .created)
      let fresh = try #require(tokens.json("access_token"))
      let list = try await client.send(.get, Self.keys, token: fresh)
      #expect(list.items.count == 1)
      let again = try await client.send(.post, Self.signIns, json: shown)
      #expect(again.status == .unauthorized && again.json("type") == "/problems/passkey-refused")

      let id = try #require(made.json("id"))
      let removed = try await client.send(.delete, "\(Self.keys)/\(id)", token: fresh)
      #expect(removed.status == .noContent)
      let gone = try await client.send(.post, "\(Self.signIns)/challenges")
      let late = try device.signIn(gone, of: ada.id)
      let refused = try await client.send(.post, Self.signIns, json: late)
      #expect(refused.status == .unauthorized)
    }
    let session = try #require(
      try await Session.where { $0.secondFactorAt != nil }.first(in: site.db)
    )
    #expect(session.kind == .api && session.memberID == ada.id)
  }

  @Test func `the options name what the member has already, and the site`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let device = try await site.passkey(ada)

    try await site.serve { client async throws in
      let token = try await site.token(of: ada)
      let asked = try await client.send(.post, "\(Self.keys)/challenges", token: token)

      guard case .object(let answer) = try JSONValue(parsing: asked.body.readableBytesView),
        case .object(let key)? = answer["public_key"]
      else {
        Issue.record("There are no options.")
        return
      }
      #expect(key["rp"] == .object(["id": .string("artel.example"), "name": .string("Artel")]))
      let known = JSONValue.object([
        "type": .string("public-key"), "id": .string(PasskeyText.encode(device.credentialID)),
      ])
      #expect(key["excludeCredentials"] == .array([known]))
    }
  }

  // Fails without the owner in the seal: whoever gets at a token adds a key of their own.
  @Test func `a challenge is good for the member who asked`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)

    try await site.serve { client async throws in
      let token = try await site.token(of: ada)
      let asked = try await client.send(.post, "\(Self.keys)/challenges", token: token)
      let theft = try await client.send(
        .post,
        Self.keys,
        json: try TestDevice().creation(asked),
        token: try await site.token(of: grace)
      )
      #expect(theft.status == .unauthorized)
    }
    #expect(try await Passkey.query.count(in: site.db) == 0)
  }

  // Fails without the member in `removePasskey`: 204, and Ada's is gone.
  @Test func `nobody removes somebody else's`() async throws {
    let site = try await TestAccounts.make()
    try await site.passkey(try await site.member(Cast.ada))
    let grace = try await site.member(Cast.grace)
    let id = try #require(try await Passkey.query.first(in: site.db)).id

    try await site.serve { client async throws in
      let token = try await site.token(of: grace)
      let answer = try await client.send(.delete, "\(Self.keys)/\(id)", token: token)
      #expect(answer.status == .notFound)
    }
    #expect(try await Passkey.query.count(in: site.db) == 1)
  }

  // Fails without `requireProofForFactors` in the routes: whoever finds an old token stays for good.
  @Test func `an old sign-in neither adds nor removes one`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.passkey(ada)
    let id = try #require(try await Passkey.query.first(in: site.db)).id

    try await site.serve { client async throws in
      let token = try await site.staleToken(Cast.ada, client)
      let acts: [(HTTPRequest.Method, String)] = [
        (.post, "\(Self.keys)/challenges"), (.delete, "\(Self.keys)/\(id)"),
      ]
      for (method, path) in acts {
        let answer = try await client.send(method, path, token: token)
        #expect(answer.json("type") == "/problems/fresh-sign-in-needed", "\(path)")
      }
    }
    #expect(try await Passkey.query.count(in: site.db) == 1)
  }
}

extension TestDevice {
  /// What a program sends to add the passkey, as the answer with the options asks for it.
  fileprivate func creation(_ options: TestResponse) throws -> String {
    let form = registration(try options.challenge)
    return try json(
      [
        "challenge_token": try #require(options.json("challenge_token")), "name": form.name,
        "authenticator_data": form.registration.authenticatorData,
        "client_data": form.registration.clientData,
      ],
      algorithm: form.registration.algorithm
    )
  }

  /// What a program sends to sign in, as the answer with the options asks for it.
  fileprivate func signIn(_ options: TestResponse, of member: MemberID) throws -> String {
    let shown = try assertion(try options.challenge, of: member)
    return try json([
      "challenge_token": try #require(options.json("challenge_token")),
      "credential_id": shown.credentialID, "user_handle": shown.userHandle,
      "authenticator_data": shown.assertion.authenticatorData,
      "client_data": shown.assertion.clientData, "signature": shown.assertion.signature,
    ])
  }

  private func json(_ texts: [String: String], algorithm: Int? = nil) throws -> String {
    var json = JSONWriter()
    json.object { json in
      for (name, text) in texts { json.field(named: name, text) }
      if let algorithm { json.field("algorithm", algorithm) }
    }
    return String(decoding: json.bytes, as: UTF8.self)
  }
}

extension TestResponse {
  /// The challenge of passkey options.
  fileprivate var challenge: String {
    get throws {
      guard case .object(let answer) = try JSONValue(parsing: body.readableBytesView),
        case .object(let key)? = answer["public_key"], case .string(let text)? = key["challenge"]
      else { throw Problem.notFound }
      return text
    }
  }
}
