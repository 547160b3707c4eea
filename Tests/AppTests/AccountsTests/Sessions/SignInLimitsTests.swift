import ArtelConcurrency
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Limits of signing in")
struct SignInLimitsTests {
  private static let path = "/api/sessions"

  // Fails without `signInByAddress` in `allowSignIn`: the fourth is answered 401, after a run.
  @Test func `many logins from one address are refused before a password is tried`() async throws {
    var rates = CredentialRates()
    rates.signInByAddress = RateLimit(3, per: .seconds(60))
    let site = try await TestAccounts.make(rates: rates)

    try await site.serve(.live, behind: Self.proxy) { client async throws in
      for number in 1...3 {
        let answer = try await client.guess("member\(number)", from: "198.51.100.1")
        #expect(answer.status == .unauthorized)
      }
      let runs = site.passwordRuns.count

      let answer = try await client.guess("member4", from: "198.51.100.1")

      #expect(answer.status == .tooManyRequests)
      #expect(answer.headers[.retryAfter] == "20")
      #expect(site.passwordRuns.count == runs)
      let elsewhere = try await client.guess("member4", from: "198.51.100.2")
      #expect(elsewhere.status == .unauthorized)
    }
  }

  // Fails without `signInByLogin` in `allowSignIn`: the fourth is answered 401, after a run.
  @Test(arguments: ["ada", "ada@example.org", "nobody"])
  func `one login from many addresses is refused, whether anybody has it or not`(
    login: String
  ) async throws {
    var rates = CredentialRates()
    rates.signInByLogin = RateLimit(3, per: .seconds(60))
    let site = try await TestAccounts.make(rates: rates)
    try await site.member(Cast.ada)

    try await site.serve(.live, behind: Self.proxy) { client async throws in
      for number in 1...3 {
        let answer = try await client.guess(login, from: "198.51.100.\(number)")
        #expect(answer.status == .unauthorized)
      }
      let runs = site.passwordRuns.count

      let answer = try await client.guess(login.uppercased(), from: "198.51.100.4")

      #expect(answer.status == .tooManyRequests)
      #expect(answer.headers[.retryAfter] == "20")
      #expect(site.passwordRuns.count == runs)
    }
  }

  // Fails without `allowsPassword` in `member(_:from:)`: the right password is believed, 201.
  @Test func `both names of a member count together, and nobody is told that they are one's`()
    async throws
  {
    var rates = CredentialRates()
    rates.signInByLogin = RateLimit(4, per: .seconds(60))
    let site = try await TestAccounts.make(rates: rates)
    try await site.member(Cast.ada)

    try await site.serve { client async throws in
      for login in ["ada", Cast.ada.email, "ada", Cast.ada.email] {
        _ = try await client.guess(login)
      }
      let runs = site.passwordRuns.count

      let spent = try await client.guess("ada", password: Cast.ada.password)

      #expect(spent.status == .unauthorized)
      #expect(spent.json("type") == "/problems/credentials")
      #expect(site.passwordRuns.count == runs + 1)
      site.clock.advance(by: .seconds(15))
      let later = try await client.guess(Cast.ada.email, password: Cast.ada.password)
      #expect(later.status == .created)
    }
  }

  // Fails with one bucket for both: strangers keep a member who is signed in from every change.
  @Test func `strangers who guess keep nobody who is signed in from showing their password`()
    async throws
  {
    var rates = CredentialRates()
    rates.signInByLogin = RateLimit(2, per: .seconds(60))
    rates.passwordByMember = RateLimit(2, per: .seconds(60))
    let site = try await TestAccounts.make(rates: rates)
    try await site.member(Cast.ada)
    let token = try await site.tokens(Cast.ada).access.text

    try await site.serve { client async throws in
      func prove(by password: String) async throws -> TestResponse {
        let fields = ["password": password]
        return try await client.send(.put, "\(Self.path)/current/proof", fields, token: token)
      }
      for login in ["ada", Cast.ada.email, "ada"] { _ = try await client.guess(login) }

      #expect(try await prove(by: Cast.ada.password).status == .ok)

      #expect(try await prove(by: "wrong horse").status == .forbidden)
      let runs = site.passwordRuns.count
      let answer = try await prove(by: Cast.ada.password)
      #expect(answer.status == .tooManyRequests)
      #expect(answer.headers[.retryAfter] == "30")
      #expect(site.passwordRuns.count == runs)
    }
  }

  // Fails without `signInByMemberAndAddress`, or with 60 an hour from one address: 0 are left.
  @Test func `one machine that guesses by every name leaves a member tries from elsewhere`() {
    let clock = TestClock()
    let limits = CredentialLimits(CredentialRates(), clock: clock.wallClock)

    for _ in 0..<10_000 {
      _ = limits.allowsPassword(of: Cast.ada.id, from: "198.51.100.1")
      clock.advance(by: .seconds(10))
    }

    #expect(limits.allowsPassword(of: Cast.ada.id, from: "198.51.100.2"))
  }

  // Fails when a spent member is refused without the run and the record that a wrong password costs.
  @Test func `a spent member, an unknown login and a wrong password cost the same`() async throws {
    var rates = CredentialRates()
    rates.signInByLogin = RateLimit(1, per: .seconds(60))
    let site = try await TestAccounts.make(rates: rates)
    try await site.member(Cast.ada)

    var costs: [[String]] = []
    for login in ["ada", "ada", "nobody"] {
      let runs = site.passwordRuns.count
      let form = try SignInForm.read(
        from: FormSource(texts: [("login", login), ("password", "wrong horse")])
      )
      let (member, statements) = await StatementLog.recording {
        try? await site.accounts.entrant(form, from: .tests)
      }
      #expect(member == nil)
      #expect(site.passwordRuns.count == runs + 1)
      costs.append(statements.map(\.text))
    }

    #expect(costs[1] == costs[0] && costs[2] == costs[0])
  }

  // Fails with a bucket of 100 that fills up in an hour: seen 199.
  @Test func `at most a hundred passwords of one member are tried within an hour`() {
    let clock = TestClock()
    let limits = CredentialLimits(CredentialRates(), clock: clock.wallClock)
    var tried = 0

    for second in 0..<3600 {
      if limits.allowsPassword(of: Cast.ada.id, from: "198.51.\(second % 50).1") { tried += 1 }
      let isShown: Void? = try? limits.allowPassword(of: Cast.ada.id, from: "192.0.2.1")
      if isShown != nil { tried += 1 }
      clock.advance(by: .seconds(1))
    }

    #expect((90...100).contains(tried))
  }

  /// What the live server believes the addresses of, so that one machine plays many.
  private static let proxy = [AddressRange("127.0.0.1")].compactMap { $0 }
}

extension TestClientProtocol {
  /// Tries a password, a wrong one by default.
  fileprivate func guess(
    _ login: String,
    password: String = "wrong horse",
    from address: String? = nil
  ) async throws -> TestResponse {
    try await send(
      .post,
      "/api/sessions",
      ["login": login, "password": password],
      from: address
    )
  }
}
