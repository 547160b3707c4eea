import ArtelWeb
import Hummingbird

/// `/api/sessions`: signing in and out as JSON.
struct SessionRoutes: Sendable {
  let accounts: Accounts

  static let create = Operation(.post, "/api/sessions", id: "createSession", "Signs in.")
    .tagged("Sessions")
    .takes(SignInForm.self)
    .answers(.json(TokenPair.self, status: .created))
    .refuses(.credentials, .suspended, .tooManyRequests)

  static let refresh = Operation(
    .post,
    "/api/sessions/refresh",
    id: "refreshSession",
    "Exchanges a refresh token for the next pair of tokens."
  )
  .tagged("Sessions")
  .explained("A refresh token works once. Shown a second time it ends the whole session.")
  .takes(RefreshForm.self)
  .answers(.json(TokenPair.self))
  .refuses(.refreshToken, .tooManyRequests)

  static let deleteCurrent = Operation(
    .delete,
    "/api/sessions/current",
    id: "deleteCurrentSession",
    "Signs out: ends the session of the access token."
  )
  .tagged("Sessions")
  .needs(.member)
  .answers(.noContent)

  static let operations = [
    create.description, refresh.description, deleteCurrent.description,
  ]

  func addRoutes(to routes: Routes) {
    routes.add(Self.create, use: create)
    routes.add(Self.refresh, use: refresh)
    routes.add(Self.deleteCurrent, use: deleteCurrent)
  }

  /// `POST /api/sessions`: 201 with the tokens; 401 when login and password do not fit; 403 when the
  /// member is suspended; 422; 429.
  @Sendable func create(
    _ request: Request,
    _ context: WebContext,
    _ form: SignInForm
  ) async throws -> Response {
    try accounts.limits.allowSignIn(form.login, from: context.clientNetwork)

    let origin = SessionOrigin(request, context)
    let member = try await accounts.member(form, from: origin)
    let tokens = try await accounts.openAPISession(of: member, from: origin)

    return .json(tokens, status: .created)
  }

  /// `POST /api/sessions/refresh`: 200 with the next tokens; 401 when the token does not work; 429.
  @Sendable func refresh(
    _ request: Request,
    _ context: WebContext,
    _ form: RefreshForm
  ) async throws -> Response {
    try accounts.limits.allowRefresh(from: context.clientNetwork)

    let origin = SessionOrigin(request, context)
    return .json(try await accounts.refresh(form.refreshToken, from: origin))
  }

  /// `DELETE /api/sessions/current`: 204; 401 for guests.
  @Sendable func deleteCurrent(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()

    try await accounts.signOut(
      principal.sessionID,
      of: principal.memberID,
      from: SessionOrigin(request, context)
    )

    return .noContent
  }
}
