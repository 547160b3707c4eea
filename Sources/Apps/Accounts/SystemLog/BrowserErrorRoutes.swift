import ArtelWeb
import Hummingbird

/// `/api/browser-errors`: where pages tell what went wrong in them.
struct BrowserErrorRoutes: Sendable {
  let accounts: Accounts

  static let create = Operation(
    .post,
    "/api/browser-errors",
    id: "createBrowserError",
    "Tells of an error in a page's script."
  )
  .tagged("System log")
  .explained("The same error is recorded once an hour. Queries of addresses are not stored.")
  .takes(BrowserErrorForm.self)
  .answers(.noContent)
  .refuses(.tooManyRequests)

  static let operations = [create.description]

  func addRoutes(to routes: Routes) {
    routes.add(Self.create, use: create)
  }

  /// `POST /api/browser-errors`: 204, recorded or known already; 422; 429.
  @Sendable func create(
    _ request: Request,
    _ context: WebContext,
    _ form: BrowserErrorForm
  ) async throws -> Response {
    try accounts.limits.allowBrowserError(from: context.clientNetwork)

    let origin = SessionOrigin(request, context)
    try await accounts.record(form, of: context.principal?.memberID, from: origin)

    return .noContent
  }
}
