import ArtelModel
import ArtelWeb
import Hummingbird

/// `/api/members`: accounts as JSON.
struct MemberRoutes: Sendable {
  let accounts: Accounts

  /// The address of the caller's own account.
  static let ownPath = "/api/members/me"

  static let create = Operation(.post, "/api/members", id: "createMember", "Signs a member up.")
    .tagged("Members")
    .takes(SignUpForm.self)
    .once()
    .answers(.created(Member.self))
    .refuses(.signUpClosed, .tooManyRequests)

  static let showMe = Operation(
    .get,
    ownPath,
    id: "getCurrentMember",
    "Shows the caller's own account."
  )
  .tagged("Members")
  .needs(.member(.accountRead))
  .answers(.json(Member.self))
  .refuses(.notFound)

  static let deleteMe = Operation(
    .delete,
    ownPath,
    id: "deleteCurrentMember",
    "Deletes the caller's own account for good, with everything they posted."
  )
  .tagged("Members")
  .explained("All sessions end at once. What the member posted goes shortly after.")
  .needs(.member)
  .takes(DepartureForm.self)
  .answers(.noContent)
  .refuses(.wrongPassword, .lastAdministrator, .tooManyRequests)

  static let operations = [create.description, showMe.description, deleteMe.description]

  func addRoutes(to routes: Routes) {
    routes.add(Self.create, use: create)
    routes.add(Self.showMe, use: showMe)
    routes.add(Self.deleteMe, use: deleteMe)
  }

  /// `POST /api/members`: 201; 403 while signing up is closed; 409 while the same key is in use; 422 when a field is wrong or
  /// taken; 429.
  @Sendable func create(
    _ request: Request,
    _ context: WebContext,
    _ once: Once<SignUpForm>
  ) async throws -> Response {
    try accounts.requireOpenSignUp()
    try accounts.limits.allowSignUp(from: context.clientNetwork)

    return try await accounts.requests.once(once.key) { attempt in
      let origin = SessionOrigin(request, context)
      let member = try await accounts.signUp(once.input, from: origin, attempt: attempt)
      return .created(member, at: Self.ownPath)
    }
  }

  /// `GET /api/members/me`: 200; 401 for guests.
  @Sendable func showMe(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()

    let member = try await Member.find(principal.memberID, in: accounts.db)

    return .json(member)
  }

  /// `DELETE /api/members/me`: 204; 403 without the right password; 409 for the only administrator; 429.
  @Sendable func deleteMe(
    _ request: Request,
    _ context: WebContext,
    _ form: DepartureForm
  ) async throws -> Response {
    let principal = try context.member()
    try accounts.limits.allowSignIn("\(principal.memberID)", from: context.clientNetwork)

    try await accounts.depart(principal.memberID, password: form.password)

    return .noContent
  }
}
