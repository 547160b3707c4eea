import ArtelModel
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Changing the password")
struct PasswordTests {
  private let change = [
    "current_password": Cast.ada.password, "password": "another battery staple",
  ]

  /// What asks for the password.
  enum Asker: CaseIterable {
    case password, email, phone, noPhone, departure

    var route: (HTTPRequest.Method, String) {
      let me = "/api/members/me"
      return switch self {
      case .password: (.put, "\(me)/password")
      case .email: (.put, "\(me)/email")
      case .phone: (.post, "\(me)/phone-codes")
      case .noPhone: (.delete, "\(me)/phone")
      case .departure: (.delete, me)
      }
    }

    /// What is sent there, with a wrong one.
    var fields: [String: String] {
      let wrong = "wrong horse"
      return switch self {
      case .password: ["current_password": wrong, "password": "another battery staple"]
      case .email: ["password": wrong, "email": "new@example.org"]
      case .phone: ["password": wrong, "phone": "+79991234567"]
      case .noPhone, .departure: ["password": wrong]
      }
    }
  }

  @Test func `hashes it, keeps this session, ends the others and tells the member`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let hash = ada.passwordHash

    try await site.serve { client in
      let here = try await client.signIn(Cast.ada)
      let there = try await client.signIn(Cast.ada)
      let answer = try await client.send(
        .put,
        "/api/members/me/password",
        change,
        token: here.access
      )

      #expect(answer.status == .noContent)
      let mine = try await client.send(.get, "/api/members/me", token: here.access)
      #expect(mine.status == .ok)
      let theirs = try await client.send(.get, "/api/members/me", token: there.access)
      #expect(theirs.status == .unauthorized)
      let refresh = ["refresh_token": there.refresh]
      #expect(
        try await client.send(.post, "/api/sessions/refresh", refresh).status == .unauthorized
      )
    }
    let stored = try #require(try await site.stored(ada).passwordHash)
    #expect(stored != hash && stored.hasPrefix("$argon2id$"))
    #expect(!stored.contains("battery"))
    #expect(try await site.acts(about: ada.id).contains("password.changed"))
    try await site.deliver()
    #expect(site.sent.mails("password.changed").map(\.to) == [Cast.ada.email])
  }

  // Fails without `confirm` in `changePassword`.
  @Test func `needs the present one, and counts the attempts`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve { client in
      let access = try await client.signIn(Cast.ada).access
      let wrong = ["current_password": "wrong horse", "password": "another battery staple"]
      for form in [wrong, ["password": "another battery staple"]] {
        let answer = try await client.send(.put, "/api/members/me/password", form, token: access)
        #expect(answer.status == .forbidden)
        #expect(answer.json("type") == "/problems/wrong-password")
      }
      var status = HTTPResponse.Status.forbidden
      for _ in 0..<12 where status == .forbidden {
        status = try await client.send(.put, "/api/members/me/password", wrong, token: access)
          .status
      }
      #expect(status == .tooManyRequests)
    }
    #expect(try await site.stored(ada).passwordHash == ada.passwordHash)
  }

  // Fails without the entry in `confirm`, and with one that goes with a refused transaction.
  @Test(arguments: Asker.allCases)
  func `a wrong one is recorded, whatever it was given for`(asker: Asker) async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve { client in
      let access = try await client.signIn(Cast.ada).access
      let (method, path) = asker.route
      let answer = try await client.send(method, path, asker.fields, token: access)
      #expect(answer.json("type") == "/problems/wrong-password")
    }

    let refused = try await site.log().filter { $0.act == "password.refused" }
    #expect(refused.map(\.subjectID) == [ada.id] && refused.map(\.actorID) == [nil])
  }

  /// Asks for something by a password that is replaced before the member is locked.
  private func ask(_ asker: Asker, of ada: Member, on accounts: Accounts) async throws {
    let password = Cast.ada.password
    switch asker {
    case .password:
      let form = try PasswordForm.read(from: FormSource(texts: change.map { ($0.key, $0.value) }))
      try await accounts.changePassword(
        ada.id,
        form,
        keeping: .generate(),
        in: .english,
        from: nil
      )
    case .email, .phone:
      let fields = [("email", "new@example.org"), ("password", password)]
      let form = try EmailForm.read(from: FormSource(texts: fields))
      try await accounts.changeEmail(ada.id, form, in: .english, from: nil)
    case .noPhone:
      try await accounts.removePhone(ada.id, password: password, in: .english, from: nil)
    case .departure:
      _ = try await accounts.beginDeparture(
        of: ada.id,
        password: password,
        in: .english,
        from: nil
      )
    }
  }

  // Fails without `require(passwordHash:)`: whoever knows the former one takes the account back.
  @Test(arguments: [Asker.password, .email, .noPhone, .departure])
  func `the one that was given is the present one still where it counts`(asker: Asker) async throws
  {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let own = try await site.accounts.passwords.hash("the member's own")

    let late = try await site.db.database.transaction { tx in
      _ = try await Member.where { $0.id == ada.id }.forUpdate().first(in: tx)
      let late = Task { try await ask(asker, of: ada, on: site.accounts) }
      try await eventually("it waits for the member") {
        try await site.db.read(
          """
          select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
          """
        ).count == 1
      }
      try await Member.update { $0.passwordHash = own }
        .where { $0.id == ada.id }
        .run(in: tx)
      return late
    }

    await #expect(throws: MemberError.wrongPassword) { try await late.value }
    let member = try await Member.find(ada.id, in: site.db)
    #expect(member.passwordHash == own)
    #expect(member.departsAt == nil)
    #expect(try await site.acts(about: ada.id).filter { $0.hasPrefix("email") } == [])
  }

  // Fails without the second look: the later one says that the password is wrong, which was changed.
  @Test func `is changed once by a form that is sent twice`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 1...2 { group.addTask { try await ask(.password, of: ada, on: site.accounts) } }
      try await group.waitForAll()
    }
    #expect(try await site.acts(about: ada.id).count { $0 == "password.changed" } == 1)
  }

  // Fails without the guard before the entry: a form that nobody filled in looks like an attack.
  @Test func `a missing one is refused, but no guess`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    await #expect(throws: MemberError.wrongPassword) {
      try await site.accounts.confirm(ada.id, password: nil, from: .tests)
    }

    #expect(try await site.acts() == ["member.joined"])
  }

  @Test func `a member without one sets the first`() async throws {
    let site = try await TestAccounts.make()

    try await site.serve { client in
      let (id, code) = try await site.code(
        for: "+79991234567",
        client,
        ["display_name": "Ада Лавлейс"]
      )
      let answer = try await client.send(.post, "/api/phone-codes/\(id)/sessions", ["code": code])
      let access = try #require(answer.json("access_token"))
      let first = try await client.send(
        .put,
        "/api/members/me/password",
        ["password": "another battery staple"],
        token: access
      )
      #expect(first.status == .noContent)
      let me = try await client.send(.get, "/api/members/me", token: access)
      #expect(me.json("has_password") == "true")
    }
  }

  @Test func `guests are sent away`() async throws {
    let site = try await TestAccounts.make()
    try await site.serve { client in
      let answer = try await client.send(.put, "/api/members/me/password", change)
      #expect(answer.status == .unauthorized)
    }
  }

  @Test func `the page changes it, and says what is wrong`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client in
      let browser = TestBrowser(client)
      _ = try await browser.submit(
        ["login": "ada", "password": Cast.ada.password],
        from: "/sign-in"
      )
      let wrong = try await browser.submit(
        ["current_password": "wrong horse", "password": "another battery staple"],
        from: "/settings/password"
      )
      #expect(wrong.status == .forbidden)
      #expect(wrong.text.contains("data-form-error"))
      #expect(!wrong.text.contains("another battery"))
      let right = try await browser.submit(change, from: "/settings/password")
      #expect(right.status == .seeOther)
      #expect(try await browser.get("/settings/password").status == .ok)
    }
  }

  // Fails without `refuse(guessable:)`.
  @Test(arguments: ["AdaLovelace1815", "ada@example.org!"])
  func `is not made of the member's own names`(password: String) async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client async throws in
      let answer = try await client.send(
        .put,
        "/api/members/me/password",
        ["current_password": Cast.ada.password, "password": password],
        token: try await client.signIn(Cast.ada).access
      )
      #expect(answer.fieldErrors == ["password guessable"])
    }
  }
}
