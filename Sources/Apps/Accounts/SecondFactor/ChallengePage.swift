import ArtelWeb
import Hummingbird

/// The page that asks for the second factor after the right password: `/sign-in/code`.
struct ChallengePage: Sendable {
  private let accounts: Accounts
  private let page: SignInStepPage<CodeForm, SignInPageModel>

  init(accounts: Accounts, pages: Pages) {
    self.accounts = accounts
    page = SignInStepPage(
      accounts: accounts,
      pages: pages,
      step: .code,
      flash: "signed_in",
      model: { SignInPageModel(next: $0.path, passkey: accounts.passkeyRequest($1)) }
    )
  }

  func addRoutes(to routes: Routes) {
    routes.get("/sign-in/code", use: show)
    routes.post("/sign-in/code", use: create)
  }

  /// `GET /sign-in/code`: the form; 303 where no code is waited for.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    try await page.show(request, context)
  }

  /// `POST /sign-in/code`: 303 to the page they wanted, or that of the next step; 401 and 429 show the
  /// form again; 303 to where the sign-in is when it waits for no code.
  @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
    try await page.take(request, context) { challenge, fields in
      try await accounts.enter(by: challenge, code: fields.code, request, context)
    }
  }
}
