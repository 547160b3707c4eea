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
    "Has the caller's own account deleted for good, with everything they posted."
  )
  .tagged("Members")
  .explained(
    "202: it is deleted at `departs_at`; until then nothing changes, and the member can stay. 204: it is "
      + "deleted, as this installation gives no time for a change of mind. All sessions end then, and what "
      + "the member posted goes shortly after."
  )
  .needs(.member)
  .takes(ConfirmationForm.self)
  .answers(.json(Member.self, status: .accepted))
  .answers(.noContent)
  .refuses(.wrongPassword, .lastAdministrator, .freshSignInNeeded, .tooManyRequests)

  static let stay = Operation(
    .delete,
    "/api/members/me/departure",
    id: "cancelDeparture",
    "Lets the caller stay who had asked to be deleted."
  )
  .tagged("Members")
  .needs(.member)
  .answers(.noContent)

  static let operations = [
    create.description, showMe.description, deleteMe.description, stay.description,
  ]

  func addRoutes(to routes: Routes) {
    routes.add(Self.create, use: create)
    routes.add(Self.showMe, use: showMe)
    routes.add(Self.deleteMe, use: deleteMe)
    routes.add(Self.stay, use: stay)
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
      let member = try await accounts.signUp(
        once.input,
        from: SessionOrigin(request, context),
        askingIn: context.language,
        attempt: attempt
      )
      return .created(member, at: Self.ownPath)
    }
  }

  /// `GET /api/members/me`: 200; 401 for guests.
  @Sendable func showMe(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()

    let member = try await Member.find(principal.memberID, in: accounts.db)

    return .json(member)
  }

  /// `DELETE /api/members/me`: 202 with the account, or 204 when it is gone; 403 without the right password; 409 for the only administrator; 429.
  @Sendable func deleteMe(
    _ request: Request,
    _ context: WebContext,
    _ form: ConfirmationForm
  ) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireFreshProof(of: principal)
    try accounts.limits.allowPassword(of: principal.memberID, from: context.clientNetwork)

    let member = try await accounts.beginDeparture(
      of: principal.memberID,
      password: form.password,
      in: context.language,
      from: SessionOrigin(request, context)
    )

    return member.map { .json($0, status: .accepted) } ?? .noContent
  }

  /// `DELETE /api/members/me/departure`: 204, also for who stays anyway; 401 for guests.
  @Sendable func stay(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()

    let origin = SessionOrigin(request, context)
    try await accounts.endDeparture(of: principal.memberID, from: origin)

    return .noContent
  }
}
