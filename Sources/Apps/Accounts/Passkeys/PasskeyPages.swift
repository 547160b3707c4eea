import AccountsContract
import ArtelAuth
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// The page of a member's passkeys, `/settings/passkeys`, and signing in by one.
struct PasskeyPages: Sendable {
  let accounts: Accounts
  let pages: Pages

  static let path = "/settings/passkeys"

  private struct Model: Sendable {
    let passkeys: [PasskeyCard]
    let isEmpty: Bool
    let offer: PasskeyOffer?
  }

  func addRoutes(to routes: Routes) {
    routes.get("/settings/passkeys", use: show)
    routes.post("/settings/passkeys", use: create)
    routes.post("/settings/passkeys/remove", use: delete)
    routes.post("/sign-in/passkey", use: signIn)
  }

  /// `GET /settings/passkeys`: the passkeys, and the form for another one.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    try await accounts.requireFreshProof(of: try context.member())
    return try await page(FormDraft(PasskeyForm.self), context)
  }

  /// `POST /settings/passkeys`: 303 back; 401, 409, 422 and 429 show the form again.
  @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireProofForFactors(of: principal)
    return try await request.answer(
      to: PasskeyForm.self,
      showing: { try await page($0, context, becauseOf: $1) },
      { form async throws in
        try accounts.limits.allowSecondFactor(of: principal.memberID)
        let origin = SessionOrigin(request, context)
        let token = context.cookies[.passkey]
        try await accounts.addPasskey(
          form,
          of: principal.memberID,
          in: principal.sessionID,
          token: token,
          from: origin
        )
        accounts.forgetBrowser(context)
        context.flash("passkey_added")
        return .seeOther(Self.path)
      }
    )
  }

  /// `POST /settings/passkeys/remove`: 303 back; 404 for a passkey that is not the member's.
  @Sendable func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireProofForFactors(of: principal)
    let form = try await request.form(PasskeyChoice.self)

    let origin = SessionOrigin(request, context)
    try await accounts.removePasskey(form.passkey, of: principal.memberID, from: origin)

    context.flash("passkey_removed")
    return .seeOther(Self.path)
  }

  /// `POST /sign-in/passkey`: 303 to the page they wanted, or back to the first step.
  @Sendable func signIn(_ request: Request, _ context: WebContext) async throws -> Response {
    let form = try await request.form(PasskeySignInForm.self)
    do {
      try accounts.limits.allowPasskey(from: context.clientNetwork)
      try await accounts.enter(by: form, request, context)
    } catch PasskeyRefusal.refused {
      context.flash("passkey_refused", kind: .error)
      return .seeOther("/sign-in?return_to=\(form.next.encoded)")
    }
    context.flash("signed_in")
    return .seeOther(form.next.path)
  }

  private func page(
    _ draft: FormDraft,
    _ context: WebContext,
    becauseOf refusal: Problem? = nil
  ) async throws -> Response {
    let principal = try context.member()
    let passkeys = try await Passkey.all(of: principal.memberID).all(in: accounts.db)
    let model = Model(
      passkeys: passkeys.map(PasskeyCard.init),
      isEmpty: passkeys.isEmpty,
      offer: accounts.passkeys.map { PasskeyOffer($0, principal, passkeys, context) }
    )
    return try await pages.render(
      "accounts/passkeys",
      model,
      section: "settings_passkeys",
      form: draft.refused(becauseOf: refusal),
      context: context
    )
    .refused(becauseOf: refusal)
  }
}

/// Which passkey is to go.
private struct PasskeyChoice: Form {
  let passkey: PasskeyID

  init(_ fields: inout FormReader) {
    passkey = fields.id("passkey", as: PasskeyID.self)
  }
}

/// A passkey as people recognize it.
private struct PasskeyCard: Sendable {
  let id: String
  let name: String
  let createdAt: Date
  let lastUsedAt: Date?
  let regressedAt: Date?

  init(_ passkey: Passkey) {
    id = passkey.id.description
    name = passkey.name
    createdAt = passkey.createdAt
    lastUsedAt = passkey.lastUsedAt
    regressedAt = passkey.regressedAt
  }
}

/// What a browser has to know to make a passkey.
private struct PasskeyOffer: Sendable {
  let challenge: String
  let relyingParty: String
  let userHandle: String
  /// Those that the member has already, so that a device does not make a second one.
  let known: String

  init(
    _ passkeys: Passkeys,
    _ principal: Principal,
    _ known: [Passkey],
    _ context: WebContext
  ) {
    challenge = passkeys.ask(.registration, of: principal.memberID.description, context)
    relyingParty = passkeys.relyingParty
    userHandle = Passkey.userHandle(of: principal.memberID)
    self.known = known.map { PasskeyText.encode($0.credentialID.bytes) }.joined(separator: " ")
  }
}

/// What a browser has to know to sign in by a passkey.
struct PasskeyRequest: Sendable {
  let challenge: String
  let relyingParty: String
}

extension Accounts {
  /// Asks the browser for a passkey; nil where browsers offer none.
  func passkeyRequest(_ context: WebContext) -> PasskeyRequest? {
    passkeys.map { passkeys in
      PasskeyRequest(
        challenge: passkeys.ask(.signIn, of: "", context),
        relyingParty: passkeys.relyingParty
      )
    }
  }
}

extension Passkeys {
  /// The challenge for the browser that gets the answer, which is bound to it by a cookie.
  fileprivate func ask(
    _ purpose: PasskeyChallenge.Purpose,
    of owner: String,
    _ context: WebContext
  ) -> String {
    let challenge = challenge(purpose, of: owner)
    let lifetime = Duration.seconds(PasskeyChallenge.lifetime)
    context.setCookie(
      ResponseCookie(.passkey, value: challenge.token, lifetime: lifetime, sameSite: .strict)
    )
    return challenge.text
  }
}

extension CookieName {
  /// The challenge that a browser was given for a passkey.
  static let passkey: CookieName = "artel_passkey"
}
