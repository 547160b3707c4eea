import AccountsContract
import ArtelAuth
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import Accounts

extension TestAccounts {
  /// Signs somebody in and tells whose the token is.
  func principal(_ person: CastMember) async throws -> Principal {
    try #require(try await accounts.authenticator.bearer(try await tokens(person).access.text))
  }

  /// The access token of a session that a member has opened just now, whatever else they are asked for.
  func token(of member: Member) async throws -> String {
    try await accounts.openAPISession(of: member, from: .tests).access.text
  }

  /// An access token that works, of a session that was opened a day ago.
  func staleToken(_ person: CastMember, _ client: some TestClientProtocol) async throws -> String {
    let old = try await client.signIn(person)
    clock.advance(by: .seconds(86_400))
    let renewed = try await client.send(
      .post,
      "/api/sessions/refresh",
      ["refresh_token": old.refresh]
    )
    return try #require(renewed.json("access_token"))
  }

  /// What the system log has about a member, the oldest first.
  func acts(about member: MemberID) async throws -> [String] {
    try await db.read(
      "select act from system_log_entries where subject_id = \(member) order by position"
    )
    .map { try $0.decode(at: 0) }
  }

  /// Makes an API token for somebody.
  func apiToken(
    of member: Member,
    _ scopes: [String] = ["account:read"],
    days: Int = 90
  ) async throws -> IssuedAPIToken {
    let texts = scopes.map { (name: "scopes", value: $0) }
    let form = try APITokenForm.read(
      from: FormSource(texts: texts + [("name", "tests"), ("lifetime_days", "\(days)")])
    )
    return try await accounts.issueAPIToken(form, of: member.id, from: .tests)
  }

  /// The authenticator that was told the secret which a member sets up.
  func authenticator(of member: Member) async throws -> TestAuthenticator {
    guard case .pending(let secret) = try await accounts.twoFactorState(of: member.id) else {
      preconditionFailure("Nothing is being set up.")
    }
    return TestAuthenticator(codes: TimedCode(secret: secret), clock: clock)
  }

  /// Turns the second factor on for somebody.
  func twoFactor(_ member: Member) async throws -> TestAuthenticator {
    try await accounts.beginTwoFactor(of: member.id)
    let authenticator = try await authenticator(of: member)
    let codes = try await accounts.confirmTwoFactor(
      of: member.id,
      code: authenticator.code,
      from: .tests
    )
    authenticator.recoveryCodes.set(codes.map(\.text))
    // The code that confirmed it does not work again.
    clock.advance(by: .seconds(60))
    return authenticator
  }
}

/// An authenticator app in a test.
struct TestAuthenticator: Sendable {
  let codes: TimedCode
  let clock: TestClock
  let recoveryCodes = Box<[String]>()

  /// What it shows now.
  var code: String { codes.code(step: TimedCode.step(at: clock.now)) }

  /// What it does not show for a while.
  var wrongCode: String {
    let step = TimedCode.step(at: clock.now)
    let shown = Set((step - 2...step + 2).map { codes.code(step: $0) })
    return ["000000", "000001", "000002", "000003", "000004", "000005"].first {
      !shown.contains($0)
    } ?? "999999"
  }
}

extension SessionOrigin {
  static let tests = SessionOrigin(userAgent: "tests", address: "192.0.2.1")
}

extension TestBrowser {
  /// The browser, with somebody signed in.
  func signedIn(as person: CastMember) async throws -> TestBrowser {
    _ = try await submit(
      ["login": person.username, "password": person.password],
      from: "/sign-in"
    )
    return self
  }
}

extension TestClientProtocol {
  /// Sends JSON as it is.
  func send(
    _ method: HTTPRequest.Method,
    _ path: String,
    json: String,
    token: String? = nil
  ) async throws -> TestResponse {
    var headers = HTTPFields()
    headers[.authorization] = token.map { "Bearer \($0)" }
    headers[.contentType] = "application/json"
    return try await execute(
      uri: path,
      method: method,
      headers: headers,
      body: ByteBuffer(string: json)
    )
  }
}

extension TestResponse {
  /// The items of a page of a list.
  var items: [[String: JSONValue]] {
    guard case .object(let members)? = try? JSONValue(parsing: body.readableBytesView),
      case .array(let items)? = members["items"]
    else { return [] }
    return items.compactMap { item in
      guard case .object(let members) = item else { return nil }
      return members
    }
  }
}
