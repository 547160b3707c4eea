import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelWeb
import Hummingbird

/// `/api/sessions`: signing in and out, and where one is signed in, as JSON.
struct SessionRoutes: Sendable {
  let accounts: Accounts

  static let create = Operation(.post, "/api/sessions", id: "createSession", "Signs in.")
    .tagged("Sessions")
    .takes(SignInForm.self)
    .explained(
      """
      202 when there is another step: `code` when the member has a second factor, `password` when the one \
      that was given is known from a breach.
      """
    )
    .answers(.json(TokenPair.self, status: .created))
    .answers(.json(ChallengeResource.self, status: .accepted))
    .refuses(.credentials, .suspended, .tooManyRequests)

  static let createByCode = Operation(
    .post,
    "/api/sessions/second-factor",
    id: "createSessionByCode",
    "Signs in with the code of an authenticator, or a recovery code, after the right password."
  )
  .tagged("Sessions")
  .explained(
    """
    Five codes may be tried within five minutes; then the sign-in begins again. 202 when another password \
    is to be chosen, too.
    """
  )
  .takes(ChallengeForm.self)
  .answers(.json(TokenPair.self, status: .created))
  .answers(.json(ChallengeResource.self, status: .accepted))
  .refuses(.wrongCode, .challengeClosed, .tooManyRequests)

  static let createByNewPassword = Operation(
    .post,
    "/api/sessions/new-password",
    id: "createSessionByNewPassword",
    "Signs in with another password in place of one that is known from a breach."
  )
  .tagged("Sessions")
  .explained(
    "It is set for the member, whose sessions and API tokens end. The challenge works once, for 15 minutes."
  )
  .takes(PasswordReplacementForm.self)
  .answers(.json(TokenPair.self, status: .created))
  .refuses(.challengeClosed, .tooManyRequests)

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

  static let list = Operation(
    .get,
    "/api/sessions",
    id: "listSessions",
    "Lists the caller's open sessions, the youngest first."
  )
  .tagged("Sessions")
  .needs(.member(.accountRead))
  .asks(PageRequest.self)
  .answers(.json(Page<SessionResource>.self))

  static let delete = Operation(
    .delete,
    "/api/sessions/{id}",
    id: "deleteSession",
    "Ends one of the caller's sessions."
  )
  .tagged("Sessions")
  .needs(.member)
  .answers(.noContent)

  static let deleteOthers = Operation(
    .delete,
    "/api/sessions",
    id: "deleteOtherSessions",
    "Ends all of the caller's sessions but that of the access token."
  )
  .tagged("Sessions")
  .needs(.member)
  .answers(.noContent)

  static let operations = [
    create.description, refresh.description, deleteCurrent.description, list.description,
    delete.description, deleteOthers.description, createByCode.description,
    createByNewPassword.description,
  ]

  func addRoutes(to routes: Routes) {
    routes.add(Self.create, use: create)
    routes.add(Self.createByCode, use: createByCode)
    routes.add(Self.createByNewPassword, use: createByNewPassword)
    routes.add(Self.refresh, use: refresh)
    routes.add(Self.deleteCurrent, use: deleteCurrent)
    routes.add(Self.list, use: list)
    routes.add(Self.delete, use: delete)
    routes.add(Self.deleteOthers, use: deleteOthers)
  }

  /// `POST /api/sessions`: 201 with the tokens, or 202 with a challenge for the next step; 401 when login
  /// and password do not fit; 403 when the member is suspended; 422; 429.
  @Sendable func create(
    _ request: Request,
    _ context: WebContext,
    _ form: SignInForm
  ) async throws -> Response {
    try accounts.limits.allowSignIn(form.login, from: context.clientNetwork)

    let origin = SessionOrigin(request, context)
    let entrant = try await accounts.entrant(form, from: origin, context.clientNetwork)

    return .admitting(try await accounts.enter(as: entrant, from: origin))
  }

  /// `POST /api/sessions/second-factor`: 201 with the tokens, or 202 with a challenge for the next step;
  /// 401 when the code is wrong or the challenge closed; 422; 429.
  @Sendable func createByCode(
    _ request: Request,
    _ context: WebContext,
    _ form: ChallengeForm
  ) async throws -> Response {
    try accounts.limits.allowRefresh(from: context.clientNetwork)

    let origin = SessionOrigin(request, context)
    return .admitting(try await accounts.openAPISession(form, from: origin))
  }

  /// `POST /api/sessions/new-password`: 201 with the tokens; 401 when the challenge is closed; 422 when the
  /// password is not good enough; 429; 503 when that cannot be found out.
  @Sendable func createByNewPassword(
    _ request: Request,
    _ context: WebContext,
    _ form: PasswordReplacementForm
  ) async throws -> Response {
    try accounts.limits.messages.allowTrying(from: context.clientNetwork)

    let tokens = try await accounts.openAPISession(
      form,
      in: context.language,
      from: SessionOrigin(request, context)
    )

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

  /// `GET /api/sessions?after=&limit=`: 200; 401 for guests; 422 for a wrong cursor.
  @Sendable func list(
    _ request: Request,
    _ context: WebContext,
    _ wish: PageRequest
  ) async throws -> Response {
    let principal = try context.member()

    let page = try await Session.open(of: principal.memberID, at: accounts.clock.now())
      .page(of: wish.limit, after: wish.after, in: accounts.db)

    return .json(page.map { SessionResource($0, current: principal.sessionID) })
  }

  /// `DELETE /api/sessions/{id}`: 204; 401 for guests; 404 for a session that is not the caller's or
  /// has ended.
  @Sendable func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    let session = try context.id(as: SessionID.self)

    let origin = SessionOrigin(request, context)
    try await accounts.revoke(session, of: principal.memberID, from: origin)

    return .noContent
  }

  /// `DELETE /api/sessions`: 204; 401 for guests.
  @Sendable func deleteOthers(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()

    let origin = SessionOrigin(request, context)
    try await accounts.revokeAll(of: principal.memberID, but: principal.sessionID, from: origin)

    return .noContent
  }
}
