import ArtelModel
import ArtelWeb
import Hummingbird

struct MemberRoutes: Sendable {
  let accounts: Accounts

  /// `POST /api/members`: 201; 422 when a field is wrong or taken; 429.
  func create(_ request: Request, _ context: WebContext) async throws -> Response {
    let form = try await request.form(SignUpForm.self)
    try accounts.limits.allowSignUp(from: context.clientNetwork)

    let member = try await accounts.signUp(form)

    return .created(member, at: "/api/members/me")
  }

  /// `GET /api/members/me`: 200; 401 for guests.
  func showMe(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()

    let member = try await Member.find(principal.memberID, in: accounts.db)

    return .json(member)
  }
}
