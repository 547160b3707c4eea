import ArtelConcurrency
import ArtelTesting
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Limits of credentials")
struct CredentialLimitsTests {
  private static let requests: [LimitedRequest] = [
    LimitedRequest(
      limit: { $0.refresh = $1 },
      path: "/api/sessions/refresh",
      json: #"{"refresh_token": "artel_rt_unknown"}"#,
      status: .unauthorized
    ),
    LimitedRequest(
      limit: { $0.newToken = $1 },
      path: "/api/api-tokens",
      json: #"{"name": "x", "scopes": ["account:read"]}"#,
      isForMembers: true,
      status: .created
    ),
    LimitedRequest(
      limit: { $0.preference = $1 },
      method: .put,
      path: "/api/preferences",
      json: "{}",
      isForMembers: true,
      status: .ok
    ),
    LimitedRequest(
      limit: { $0.messages.byAddress = $1 },
      path: "/api/password-resets",
      json: #"{"email": "ada@example.org"}"#,
      status: .noContent
    ),
    LimitedRequest(
      limit: { $0.signInByAddress = $1 },
      path: "/api/sessions/passkey",
      json: #"""
        {"challenge_token": "x", "credential_id": "x", "user_handle": "x", "signature": "x",
        "authenticator_data": "x", "client_data": "x"}
        """#,
      status: .unauthorized
    ),
  ]

  // Fails without the line that asks the limit in the handler: the third is answered as the others.
  @Test(arguments: requests)
  func `stop what comes too often, and tell when to come back`(
    request: LimitedRequest
  ) async throws {
    var rates = CredentialRates()
    request.limit(&rates, RateLimit(2, per: .seconds(60)))
    let site = try await TestAccounts.make(rates: rates)
    let ada = try await site.member(Cast.ada)
    let token = request.isForMembers ? try await site.token(of: ada) : nil

    try await site.serve { client async throws in
      for number in 1...3 {
        let answer = try await client.send(
          request.method,
          request.path,
          json: request.json,
          token: token
        )
        #expect(answer.status == (number < 3 ? request.status : .tooManyRequests))
        #expect(answer.headers[.retryAfter] == (number < 3 ? nil : "30"))
      }
    }
  }

  // Fails without `allowSecondFactor` in one of the two `create`: the third is answered 401.
  @Test func `count new passkeys of the page and of programs together`() async throws {
    var rates = CredentialRates()
    rates.secondFactor = RateLimit(2, per: .seconds(60))
    let site = try await TestAccounts.make(rates: rates, hasPages: true)
    let token = try await site.token(of: try await site.member(Cast.ada))
    let page = "/settings/passkeys"
    let fields = ["name": "x", "authenticator_data": "x", "client_data": "x", "algorithm": "-7"]
    let json = #"""
      {"challenge_token": "x", "name": "x", "authenticator_data": "x", "client_data": "x",
      "algorithm": -7}
      """#

    try await site.serve { client async throws in
      let browser = try await TestBrowser.signedIn(Cast.ada, client)
      #expect(try await browser.submit(fields, from: page).status == .unauthorized)
      let ofProgram = try await client.send(.post, "/api/passkeys", json: json, token: token)
      #expect(ofProgram.status == .unauthorized)

      let third = try await browser.submit(fields, from: page)

      #expect(third.status == .tooManyRequests)
      #expect(third.headers[.retryAfter] == "30")
    }
  }
}

/// What only two in a row are let through of, and how those are answered.
struct LimitedRequest: Sendable, CustomTestStringConvertible {
  let limit: @Sendable (inout CredentialRates, RateLimit) -> Void
  var method = HTTPRequest.Method.post
  let path: String
  let json: String
  var isForMembers = false
  let status: HTTPResponse.Status

  var testDescription: String { "\(method) \(path)" }
}
