import AccountsContract
import ArtelModel
import ArtelWeb
import Hummingbird

/// `/api/api-tokens`: keys for a member's programs, as JSON; only sessions may look after them.
struct APITokenRoutes: Sendable {
  let accounts: Accounts

  static let path = "/api/api-tokens"

  static let list = Operation(
    .get,
    path,
    id: "listAPITokens",
    "Lists the caller's API tokens, the youngest first."
  )
  .tagged("API tokens")
  .needs(.member)
  .asks(PageRequest.self)
  .answers(.json(Page<APIToken>.self))

  static let create = Operation(
    .post,
    path,
    id: "createAPIToken",
    "Makes an API token; its text is in this answer only."
  )
  .tagged("API tokens")
  .explained(
    "Scopes are those that the operations name in this document. Whoever signed in more than 12 hours "
      + "ago signs in again first."
  )
  .needs(.member)
  .takes(APITokenForm.self)
  .answers(.json(IssuedAPIToken.self, status: .created))
  .refuses(.tooManyTokens, .freshSignInNeeded, .tooManyRequests)

  static let delete = Operation(
    .delete,
    "\(path)/{id}",
    id: "deleteAPIToken",
    "Ends one of the caller's API tokens."
  )
  .tagged("API tokens")
  .needs(.member)
  .answers(.noContent)

  static let operations = [list.description, create.description, delete.description]

  func addRoutes(to routes: Routes) {
    routes.add(Self.list, use: list)
    routes.add(Self.create, use: create)
    routes.add(Self.delete, use: delete)
  }

  /// `GET /api/api-tokens?after=&limit=`: 200; 401 for guests; 403 for tokens; 422 for a wrong
  /// cursor.
  @Sendable func list(
    _ request: Request,
    _ context: WebContext,
    _ wish: PageRequest
  ) async throws -> Response {
    let principal = try context.member()

    let page = try await APIToken.known(of: principal.memberID)
      .page(of: wish.limit, after: wish.after, in: accounts.db)

    return .json(page)
  }

  /// `POST /api/api-tokens`: 201; 401 for guests; 403 for tokens, and when
  /// signing in was long ago; 409 when there are too many; 422;
  /// 429.
  @Sendable func create(
    _ request: Request,
    _ context: WebContext,
    _ form: APITokenForm
  ) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireFreshProof(of: principal)
    try accounts.limits.allowNewToken(of: principal.memberID)

    let origin = SessionOrigin(request, context)
    let issued = try await accounts.issueAPIToken(form, of: principal.memberID, from: origin)

    return .json(issued, status: .created)
  }

  /// `DELETE /api/api-tokens/{id}`: 204; 401 for guests; 403 for tokens; 404 for one that is not the
  /// caller's.
  @Sendable func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    let id = try context.id(as: APITokenID.self)

    let origin = SessionOrigin(request, context)
    try await accounts.revokeAPIToken(id, of: principal.memberID, from: origin)

    return .noContent
  }
}
