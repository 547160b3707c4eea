import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import Accounts

@Suite("Signing up with an Idempotency-Key")
struct RepeatedSignUpTests {
  private static let key = "f3b1c2d4-0000-4000-8000-000000000001"

  /// Fails without the stored answer: the second answer was 422, the name being taken.
  @Test(arguments: Mode.allCases)
  func `a repeated request gets the stored answer from another node`(mode: Mode) async throws {
    let node = try await TestAccounts.make()
    let first = try await node.answer(signUp: Cast.ada, mode)

    let second = try await node.another().answer(signUp: Cast.ada, mode)

    #expect(first.status == .created && second.status == .created)
    #expect(first.headers[replayed] == nil && second.headers[replayed] == "true")
    #expect(second.text == first.text)
    #expect(second.headers[.location] == first.headers[.location])
    #expect(try await Member.query.count(in: node.db) == 1)
  }

  @Test func `the order of the fields does not matter`() async throws {
    let node = try await TestAccounts.make()
    let bodies = [
      #"{"username": "ada", "email": "ada@example.org", "password": "a long secret"}"#,
      #"{"password":"a long secret","email":"ada@example.org","username":"ada"}"#,
    ]
    try await node.serve { client in
      for body in bodies {
        let answer = try await client.signUp(json: body, key: Self.key)
        #expect(answer.status == .created)
      }
    }
  }

  /// Fails without ``IdempotentAttempt/proceed()``: 409 instead.
  @Test func `another body under the same key is refused`() async throws {
    let node = try await TestAccounts.make()
    _ = try await node.answer(signUp: Cast.ada)

    let answer = try await node.answer(signUp: Cast.grace, key: Self.key)

    #expect(answer.status == .unprocessableContent)
    #expect(answer.json("type") == "/problems/idempotency-key-reused")
    #expect(try await Member.query.count(in: node.db) == 1)
  }

  @Test(arguments: ["", "short", "with a space in it.", String(repeating: "k", count: 129)])
  func `a key that is none is refused`(key: String) async throws {
    let node = try await TestAccounts.make()
    let answer = try await node.answer(signUp: Cast.ada, key: key)
    #expect(answer.status == .badRequest)
    #expect(try await Member.query.count(in: node.db) == 0)
  }

  @Test func `a refusal is not stored`() async throws {
    let node = try await TestAccounts.make()
    try await node.member(Cast.ada)
    #expect(try await node.answer(signUp: Cast.ada).status == .unprocessableContent)

    let corrected = try await node.answer(signUp: Cast.grace)

    #expect(corrected.status == .created)
  }

  /// Fails without the second look in ``IdempotentRequests/once(_:_:)``: the other node answered 422.
  @Test func `of 20 requests at once on two nodes one creates`() async throws {
    let node = try await TestAccounts.make(rates: CredentialRates(times: 10))
    let other = try await node.another()
    let answers = try await withThrowingTaskGroup(of: TestResponse.self) { group in
      for number in 0..<20 {
        group.addTask {
          try await (number.isMultiple(of: 2) ? node : other).answer(signUp: Cast.ada)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let made = answers.filter { $0.status == .created }
    #expect(made.count { $0.headers[replayed] == nil } == 1)
    #expect(Set(made.map(\.text)).count == 1)
    #expect(answers.allSatisfy { $0.status == .created || $0.status == .conflict })
    #expect(try await Member.query.count(in: node.db) == 1)
  }

  @Test func `after a day the key may be used anew`() async throws {
    let node = try await TestAccounts.make()
    _ = try await node.answer(signUp: Cast.ada)
    node.clock.advance(by: .seconds(86_400))

    let answer = try await node.answer(signUp: Cast.grace)

    #expect(answer.status == .created && answer.headers[replayed] == nil)
    #expect(try await node.db.read("select from web.idempotent_requests").count == 1)
  }

  /// Fails without the limit in ``IdempotentRequests/prune()``: one statement removed 2,500. Fails
  /// without the loop: 1,500 stayed.
  @Test func `old answers are removed a thousand at a time, fresh ones stay`() async throws {
    let node = try await TestAccounts.make()
    _ = try await node.db.database.write(
      """
      insert into web.idempotent_requests (key_digest, fingerprint, status, body, stored_at)
      select sha256(n::text::bytea), sha256('body'), 201, 'null', \(node.clock.now)
      from generate_series(1, 2500) as n
      """
    )
    node.clock.advance(by: .seconds(86_400))
    _ = try await node.answer(signUp: Cast.ada)

    let removed = try await expectStatements(atMost: 3, atLeast: 3) {
      try await node.accounts.requests.prune()
    }

    #expect(removed == 2500)
    #expect(try await node.db.read("select from web.idempotent_requests").count == 1)
  }

  @Test func `neither the key nor the password can be found in what is stored`() async throws {
    let node = try await TestAccounts.make()
    _ = try await node.answer(signUp: Cast.ada)

    let rows = try await node.db.read(
      "select body, key_digest, fingerprint from web.idempotent_requests"
    )
    let stored = try #require(rows.first)

    let text = String(decoding: try stored.decode(Bytea.self, at: 0).bytes, as: UTF8.self)
    #expect(!text.contains(Self.key) && !text.contains(Cast.ada.password))
    #expect(try stored.decode(Bytea.self, at: 1).bytes.count == 32)
    #expect(try stored.decode(Bytea.self, at: 2).bytes.count == 32)
  }
}

private let replayed = HTTPField.Name("idempotency-replayed") ?? .via

extension TestAccounts {
  fileprivate func answer(
    signUp person: CastMember,
    _ mode: Mode = .router,
    key: String = "f3b1c2d4-0000-4000-8000-000000000001"
  ) async throws -> TestResponse {
    let answer = Box<TestResponse>()
    try await serve(mode) { client in
      let body =
        #"{"username": "\#(person.username)", "email": "\#(person.email)", "#
        + #""password": "\#(person.password)"}"#
      answer.set(try await client.signUp(json: body, key: key))
    }
    return try #require(answer.value)
  }
}

extension TestClientProtocol {
  fileprivate func signUp(json: String, key: String) async throws -> TestResponse {
    var headers: HTTPFields = [.contentType: "application/json"]
    if let name = HTTPField.Name("idempotency-key") { headers[name] = key }
    return try await execute(
      uri: "/api/members",
      method: .post,
      headers: headers,
      body: ByteBuffer(string: json)
    )
  }
}
