import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelIdentifiers
import ArtelModel
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// The page where members make and end keys for their programs: `/settings/tokens`.
struct APITokensPage: Sendable {
  let accounts: Accounts
  let pages: Pages

  static let path = "/settings/tokens"

  private struct Model: Sendable {
    let tokens: [APITokenCard]
    let isEmpty: Bool
    let scopes: [ScopeChoice]
    let lifetimes: [LifetimeChoice]
    /// The text of the token that was just made.
    let issued: String?
    let issuedName: String?
    /// What sets up programs to use it.
    let setups: [SetupLink]
  }

  private struct SetupLink: Sendable {
    let program: String
    let fileName: String
    let url: String
  }

  func addRoutes(to routes: Routes) {
    routes.get("/settings/tokens", use: show)
    routes.post("/settings/tokens", use: create)
    routes.post("/settings/tokens/end", use: delete)
  }

  /// `GET /settings/tokens`: the tokens and the form for another one.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    try await accounts.requireFreshProof(of: try context.member())
    return try await page(FormDraft(APITokenForm.self), context)
  }

  /// `POST /settings/tokens`: 201 with the token, which is shown this once; 409, 422 and 429 show the
  /// form again.
  @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireFreshProof(of: principal)
    let source = try await request.formSource()
    switch APITokenForm.submission(from: source) {
    case .refused(let draft):
      return try await page(draft, context)
    case .accepted(let form, let draft):
      do {
        try accounts.limits.allowNewToken(of: principal.memberID)
        let origin = SessionOrigin(request, context)
        let issued = try await accounts.issueAPIToken(form, of: principal.memberID, from: origin)
        return try await page(FormDraft(APITokenForm.self), context, issued: issued)
      } catch {
        let refusal = try Problem(refusing: error)
        return try await page(draft.refused(becauseOf: refusal), context)
          .refused(becauseOf: refusal)
      }
    }
  }

  /// `POST /settings/tokens/end`: 303 back; 404 for a token that is not the member's.
  @Sendable func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    let form = try await request.form(TokenChoice.self)

    let origin = SessionOrigin(request, context)
    try await accounts.revokeAPIToken(form.token, of: principal.memberID, from: origin)

    context.flash("token_ended")
    return .seeOther(Self.path)
  }

  private func page(
    _ draft: FormDraft,
    _ context: WebContext,
    issued: IssuedAPIToken? = nil
  ) async throws -> Response {
    let principal = try context.member()
    let now = accounts.clock.now()
    // Expired ones stay for 30 days, so the number is bounded by little more than the limit.
    let tokens = try await APIToken.known(of: principal.memberID).limit(200).all(in: accounts.db)
    let language = context.language
    let model = Model(
      tokens: tokens.map { APITokenCard($0, at: now, pages, in: language) },
      isEmpty: tokens.isEmpty,
      scopes: accounts.scopes.map { ScopeChoice($0, pages, in: language) },
      lifetimes: LifetimeChoice.all(chosen: draft.values["lifetime_days"], pages, in: language),
      issued: issued?.secret.text,
      issuedName: issued?.token.name,
      setups: issued.map { setups(for: $0, context) } ?? []
    )
    var response = try await pages.render(
      "accounts/tokens",
      model,
      section: "settings_tokens",
      form: draft,
      status: issued == nil ? nil : .created,
      context: context
    )
    // A browser that keeps the page would keep the secret.
    if issued != nil { response.headers[.cacheControl] = "no-store" }
    return response
  }

  private func setups(for issued: IssuedAPIToken, _ context: WebContext) -> [SetupLink] {
    let site = pages.siteAddress(for: context)
    return accounts.programSetups
      .filter { issued.token.scopes.contains($0.scope.rawValue) }
      .map { setup in
        SetupLink(
          program: setup.program,
          fileName: setup.fileName,
          url: setup.address(site: site, token: issued.secret.text)
        )
      }
  }
}

/// Which token is to end.
private struct TokenChoice: Form {
  let token: APITokenID

  init(_ fields: inout FormReader) {
    token = fields.id("token", as: APITokenID.self)
  }
}

/// A token as people recognize it.
private struct APITokenCard: Sendable {
  let id: String
  let name: String
  let scopes: String
  let isExpired: Bool
  let createdAt: Date
  let expiresAt: Date
  let lastUsedAt: Date?
  let lastAddress: String?

  init(_ token: APIToken, at now: Date, _ pages: Pages, in language: Language) {
    id = token.id.description
    name = token.name
    scopes = token.scopes
      .map { ScopeChoice(TokenScope(rawValue: $0), pages, in: language).text }
      .joined(separator: ", ")
    isExpired = token.expiresAt <= now
    createdAt = token.createdAt
    expiresAt = token.expiresAt
    lastUsedAt = token.lastUsedAt
    lastAddress = token.lastAddress
  }
}

/// A scope as people read it.
private struct ScopeChoice: Sendable {
  let scope: String
  let text: String

  init(_ scope: TokenScope, _ pages: Pages, in language: Language) {
    self.scope = scope.rawValue
    let key = scope.rawValue.map { $0 == ":" ? "." : String($0) }.joined()
    text = pages.text("tokens.scope.\(key)", in: language)
  }
}

/// How long a token may be asked to work.
private struct LifetimeChoice: Sendable {
  let days: Int
  let text: String
  let isChosen: Bool

  static func all(chosen: String?, _ pages: Pages, in language: Language) -> [LifetimeChoice] {
    [7, 30, 90, 365].map { days in
      LifetimeChoice(
        days: days,
        text: pages.text("tokens.days", ["days": days], in: language),
        isChosen: "\(days)" == (chosen ?? "90")
      )
    }
  }
}
