import AccountsContract
import ArtelAuth
import ArtelModel
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// The page where members set up, renew and turn off the second factor: `/settings/two-factor`.
struct TwoFactorPage: Sendable {
  let accounts: Accounts
  let pages: Pages

  static let path = "/settings/two-factor"

  func addRoutes(to routes: Routes) {
    routes.get("/settings/two-factor", use: show)
    routes.post("/settings/two-factor/begin", use: begin)
    routes.post("/settings/two-factor/cancel", use: cancel)
    routes.post("/settings/two-factor/confirm", use: confirm)
    routes.post("/settings/two-factor/end", use: end)
    routes.post("/settings/two-factor/codes", use: renewCodes)
  }

  /// `GET /settings/two-factor`: whether it is on, and what can be done about it.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    try await accounts.requireFreshProof(of: try context.member())
    return try await page(FormDraft(TwoFactorProof.self), context)
  }

  /// `POST /settings/two-factor/begin`: 303 back to the picture for the authenticator.
  @Sendable func begin(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireProofForFactors(of: principal)
    try await accounts.beginTwoFactor(of: principal.memberID)
    return .seeOther(Self.path)
  }

  /// `POST /settings/two-factor/cancel`: 303 back.
  @Sendable func cancel(_ request: Request, _ context: WebContext) async throws -> Response {
    try await accounts.cancelTwoFactor(of: try context.member().memberID)
    return .seeOther(Self.path)
  }

  /// `POST /settings/two-factor/confirm`: 200 with the recovery codes, which are shown this once; 401,
  /// 409 and 429 show the page again.
  @Sendable func confirm(_ request: Request, _ context: WebContext) async throws -> Response {
    try await change(request, context) { (form: CodeForm, member, origin) in
      let codes = try await accounts.confirmTwoFactor(
        of: member,
        code: form.code,
        in: try context.member().sessionID,
        from: origin
      )
      accounts.forgetBrowser(context)
      return codes
    }
  }

  /// `POST /settings/two-factor/codes`: 200 with other recovery codes; 401, 403 and 429 show the page
  /// again.
  @Sendable func renewCodes(_ request: Request, _ context: WebContext) async throws -> Response {
    try await change(request, context) { (form: TwoFactorProof, member, origin) in
      try await accounts.renewRecoveryCodes(of: member, form, from: origin)
    }
  }

  /// `POST /settings/two-factor/end`: 303 back; 401, 403 and 429 show the page again.
  @Sendable func end(_ request: Request, _ context: WebContext) async throws -> Response {
    try await change(request, context) { (form: TwoFactorProof, member, origin) in
      try await accounts.endTwoFactor(of: member, form, from: origin)
      context.flash("two_factor_off")
      return nil
    }
  }

  /// Shows what the verb returns, leads back when that is nothing, and shows refusals.
  private func change<Fields: Form>(
    _ request: Request,
    _ context: WebContext,
    _ verb: (Fields, MemberID, SessionOrigin) async throws -> [RecoverySecret]?
  ) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireProofForFactors(of: principal)
    switch try await request.submission(of: Fields.self) {
    case .refused(let draft):
      return try await page(draft, context)
    case .accepted(let form, let draft):
      do {
        let origin = SessionOrigin(request, context)
        guard let codes = try await verb(form, principal.memberID, origin) else {
          return .seeOther(Self.path)
        }
        return try await page(FormDraft(TwoFactorProof.self), context, codes: codes)
      } catch {
        let refusal = try Problem(refusing: error)
        return try await page(draft.refused(becauseOf: refusal), context)
          .refused(becauseOf: refusal)
      }
    }
  }

  private func page(
    _ draft: FormDraft,
    _ context: WebContext,
    codes: [RecoverySecret]? = nil
  ) async throws -> Response {
    let principal = try context.member()
    let state = try await accounts.twoFactorState(of: principal.memberID)
    let account = principal.profile?.username ?? ""
    var model = TwoFactorModel(state, account: account, codes: codes, pages, context.language)
    if model.isOn {
      let member = try await Member.find(principal.memberID, in: accounts.db)
      model.hasPassword = member.passwordHash != nil
    }
    var response = try await pages.render(
      "accounts/two_factor",
      model,
      section: "settings_two_factor",
      form: draft,
      context: context
    )
    // A browser that keeps the page would keep the secrets.
    response.headers[.cacheControl] = "no-store"
    return response
  }
}

/// What the page shows.
private struct TwoFactorModel: Sendable {
  var isOff = false
  var isOn = false
  var hasPassword = false
  var pending: Setup?
  var since: Date?
  var codesLeft: String?
  var isLow = false
  var codes: [String]
  var hasCodes: Bool

  struct Setup: Sendable {
    let secret: String
    let address: String
    let picture: Picture?
  }

  struct Picture: Sendable {
    let size: Int
    let path: String
  }

  init(
    _ state: TwoFactorState,
    account: String,
    codes: [RecoverySecret]?,
    _ pages: Pages,
    _ language: Language
  ) {
    self.codes = codes?.map(\.text) ?? []
    hasCodes = codes != nil
    switch state {
    case .off: isOff = true
    case .pending(let secret):
      let setup = AuthenticatorSetup(secret, account: account)
      pending = Setup(
        secret: setup.secret.inGroups(of: 4),
        address: setup.address,
        picture: QRPicture(setup.address).map { Picture(size: $0.size, path: $0.path) }
      )
    case .on(let since, let left):
      isOn = true
      self.since = since
      codesLeft = pages.text("two_factor.codes_left", ["left": left], in: language)
      isLow = left <= RecoveryCode.lowCount
    }
  }
}

extension String {
  /// With a space between groups of so many letters, for people who type it.
  fileprivate func inGroups(of size: Int) -> String {
    enumerated().map { $0 > 0 && $0.isMultiple(of: size) ? " \($1)" : "\($1)" }.joined()
  }
}
