import ArtelAuth
import ArtelIdentifiers
import ArtelWeb
import Hummingbird

/// `/api/members/me/password` and `/api/password-resets`: passwords as JSON.
struct PasswordRoutes: Sendable {
  let accounts: Accounts

  static let update = Operation(
    .put,
    "/api/members/me/password",
    id: "changePassword",
    "Sets another password and ends all other sessions of the caller."
  )
  .tagged("Members")
  .explained("`current_password` is left out only by members who have none.")
  .needs(.member)
  .takes(PasswordForm.self)
  .answers(.noContent)
  .refuses(.wrongPassword, .notFound, .tooManyRequests)

  static let create = Operation(
    .post,
    "/api/password-resets",
    id: "createPasswordReset",
    "Asks for a link that lets a new password be set."
  )
  .tagged("Sessions")
  .explained("It goes by mail and works for an hour. The answer is the same for all addresses.")
  .takes(ResetRequestForm.self)
  .answers(.noContent)
  .refuses(.tooManyRequests)

  static let reset = Operation(
    .put,
    "/api/password-resets",
    id: "resetPassword",
    "Sets a new password with the token of the link, and ends all sessions and API tokens of the member."
  )
  .tagged("Sessions")
  .takes(ResetForm.self)
  .answers(.noContent)
  .refuses(.emailLink, .tooManyRequests)

  static let operations = [update.description, create.description, reset.description]

  func addRoutes(to routes: Routes) {
    routes.add(Self.update, use: update)
    routes.add(Self.create, use: create)
    routes.add(Self.reset, use: reset)
  }

  /// `PUT /api/members/me/password`: 204; 403 without the present one; 422; 429.
  @Sendable func update(
    _ request: Request,
    _ context: WebContext,
    _ form: PasswordForm
  ) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireProofWithoutPassword(of: principal)
    try accounts.limits.allowPassword(of: principal.memberID, from: context.clientNetwork)

    try await accounts.changePassword(
      principal.memberID,
      form,
      keeping: principal.sessionID,
      in: context.language,
      from: SessionOrigin(request, context)
    )

    return .noContent
  }

  /// `POST /api/password-resets`: 204, whoever has the address; 422; 429.
  @Sendable func create(
    _ request: Request,
    _ context: WebContext,
    _ form: ResetRequestForm
  ) async throws -> Response {
    try await accounts.askForReset(form, in: context.language, from: context.clientNetwork)

    return .noContent
  }

  /// `PUT /api/password-resets`: 204; 404 when the token does not work; 422; 429.
  @Sendable func reset(
    _ request: Request,
    _ context: WebContext,
    _ form: ResetForm
  ) async throws -> Response {
    try accounts.limits.messages.allowTrying(from: context.clientNetwork)
    guard let token = OpaqueToken(form.token, .passwordReset) else { throw EmailLinkError.closed }

    try await accounts.resetPassword(
      token,
      to: form.password,
      in: context.language,
      from: SessionOrigin(request, context)
    )

    return .noContent
  }
}
