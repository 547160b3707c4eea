import ArtelWeb
import Hummingbird

struct SessionRoutes: Sendable {
  let accounts: Accounts

  /// `POST /api/sessions`: 201 with the tokens; 401 when login and password do not fit; 422; 429.
  func create(_ request: Request, _ context: WebContext) async throws -> Response {
    let form = try await request.form(SignInForm.self)
    try accounts.limits.allowSignIn(form.login, from: context.clientNetwork)

    let member = try await accounts.member(form)
    let origin = SessionOrigin(request, context)
    let tokens = try await accounts.openAPISession(of: member, from: origin)

    return .json(tokens, status: .created)
  }

  /// `POST /api/sessions/refresh`: 200 with the next tokens; 401 when the token does not work; 429.
  func refresh(_ request: Request, _ context: WebContext) async throws -> Response {
    let form = try await request.form(RefreshForm.self)
    try accounts.limits.allowRefresh(from: context.clientNetwork)

    return .json(try await accounts.refresh(form.refreshToken))
  }

  /// `DELETE /api/sessions/current`: 204; 401 for guests.
  func deleteCurrent(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()

    try await accounts.end(principal.sessionID, because: .signedOut)

    return .noContent
  }
}
