import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelWeb
import Hummingbird

/// The page behind the link that proves an address.
///
/// Opening it changes nothing, as programs that look for viruses open every link of a mail: the
/// button does.
struct VerifyEmailPage: Sendable {
  let accounts: Accounts
  let pages: Pages

  private struct VerifyModel: Sendable {
    let token: String
    let address: String
  }

  func addRoutes(to routes: Routes) {
    routes.get("/verify-email", use: show)
    routes.post("/verify-email", use: verify)
  }

  /// `GET /verify-email?token=…`: the button; 404 when the link does not work, or no longer.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    try accounts.limits.messages.allowTrying(from: context.clientNetwork)
    return try await form(request.token(.emailVerification), context)
  }

  /// `POST /verify-email`: 303; 404 as above; 422 when another member has the address by now.
  @Sendable func verify(_ request: Request, _ context: WebContext) async throws -> Response {
    try accounts.limits.messages.allowTrying(from: context.clientNetwork)
    let fields = try await request.form(EmailTokenForm.self)
    guard let token = OpaqueToken(fields.token, .emailVerification) else {
      throw EmailLinkError.closed
    }
    do {
      let origin = SessionOrigin(request, context)
      try await accounts.verifyEmail(token, in: context.language, from: origin)
    } catch let error as MemberError {
      return try await form(token, context, becauseOf: error.problem)
    }
    context.flash("email_verified")
    return .seeOther(context.principal == nil ? "/sign-in" : "/settings/email")
  }

  private func form(
    _ token: OpaqueToken,
    _ context: WebContext,
    becauseOf refusal: Problem? = nil
  ) async throws -> Response {
    let link = try await EmailLink.open(token, .verification, at: accounts.clock.now())
      .first(in: accounts.db)
    guard let link else { throw EmailLinkError.closed }
    let draft = FormDraft(EmailTokenForm.self)
    return try await pages.render(
      "accounts/verify_email",
      VerifyModel(token: token.text, address: link.address),
      section: "verify_email",
      form: refusal == nil ? draft : draft.refused(because: "verify_email.taken"),
      context: context
    )
    .refused(becauseOf: refusal)
    .keepingAddressSecret()
  }
}

extension Request {
  /// The token in the query of a link.
  ///
  /// - Throws: ``EmailLinkError/closed`` when there is none of the kind.
  func token(_ kind: OpaqueTokenKind) throws -> OpaqueToken {
    guard let text = uri.queryParameters["token"], let token = OpaqueToken(String(text), kind)
    else { throw EmailLinkError.closed }
    return token
  }
}
