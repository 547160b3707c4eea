import ArtelWeb
import Hummingbird

/// The page on which whoever signed in by a password that is known from a breach chooses another one:
/// `/sign-in/password`.
struct PasswordReplacementPage: Sendable {
  private let accounts: Accounts
  private let page: SignInStepPage<ChosenPasswordForm, NextPageModel>

  init(accounts: Accounts, pages: Pages) {
    self.accounts = accounts
    page = SignInStepPage(
      accounts: accounts,
      pages: pages,
      step: .password,
      flash: "password_changed",
      model: { next, _ in NextPageModel(next) }
    )
  }

  func addRoutes(to routes: Routes) {
    routes.get("/sign-in/password", use: show)
    routes.post("/sign-in/password", use: create)
  }

  /// `GET /sign-in/password`: the form; 303 where no password is waited for.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    try await page.show(request, context)
  }

  /// `POST /sign-in/password`: 303 to the page they wanted; 422, 429 and 503 show the form again; 303 to
  /// where the sign-in is when it waits for no password.
  @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
    try await page.take(request, context) { challenge, fields in
      try accounts.limits.messages.allowTrying(from: context.clientNetwork)
      return try await accounts.enter(
        by: challenge,
        newPassword: fields.password,
        request,
        context
      )
    }
  }
}
