import ArtelAuth
import ArtelIdentifiers
import ArtelWeb
import Hummingbird

/// `/api/members/me/email` and `/api/email-verifications`: a member's address as JSON.
struct EmailRoutes: Sendable {
  let accounts: Accounts

  static let update = Operation(
    .put,
    "/api/members/me/email",
    id: "changeEmail",
    "Names another mail address, which replaces the present one once the mail to it is answered."
  )
  .tagged("Members")
  .explained(
    "A link goes to the named address and works for a day; the present one is told. The answer is the "
      + "same when another member has the address."
  )
  .needs(.member)
  .takes(EmailForm.self)
  .answers(.noContent)
  .refuses(.wrongPassword, .notFound, .tooManyRequests)

  static let ask = Operation(
    .post,
    "/api/members/me/email/verifications",
    id: "sendEmailVerification",
    "Sends the link once more that proves the caller's mail address."
  )
  .tagged("Members")
  .needs(.member)
  .answers(.noContent)
  .refuses(.notFound, .tooManyRequests)

  static let verify = Operation(
    .post,
    "/api/email-verifications",
    id: "verifyEmail",
    "Proves a mail address with the token of the link that was sent to it."
  )
  .tagged("Members")
  .takes(EmailTokenForm.self)
  .answers(.noContent)
  .refuses(.emailLink, .tooManyRequests)

  static let operations = [update.description, ask.description, verify.description]

  func addRoutes(to routes: Routes) {
    routes.add(Self.update, use: update)
    routes.add(Self.ask, use: ask)
    routes.add(Self.verify, use: verify)
  }

  /// `PUT /api/members/me/email`: 204; 403 without the right password; 422; 429.
  @Sendable func update(
    _ request: Request,
    _ context: WebContext,
    _ form: EmailForm
  ) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireProofWithoutPassword(of: principal)
    try accounts.limits.allowPassword(of: principal.memberID, from: context.clientNetwork)

    try await accounts.changeEmail(
      principal.memberID,
      form,
      in: context.language,
      from: SessionOrigin(request, context)
    )

    return .noContent
  }

  /// `POST /api/members/me/email/verifications`: 204, also when no address waits; 429.
  @Sendable func ask(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()

    try await accounts.askAgain(principal.memberID, in: context.language)

    return .noContent
  }

  /// `POST /api/email-verifications`: 204; 404 when the token does not work; 422 when another member
  /// has the address; 429.
  @Sendable func verify(
    _ request: Request,
    _ context: WebContext,
    _ form: EmailTokenForm
  ) async throws -> Response {
    try accounts.limits.messages.allowTrying(from: context.clientNetwork)
    guard let token = OpaqueToken(form.token, .emailVerification) else {
      throw EmailLinkError.closed
    }

    let origin = SessionOrigin(request, context)
    try await accounts.verifyEmail(token, in: context.language, from: origin)

    return .noContent
  }
}
