import ArtelWeb
import Hummingbird

/// The page where members sign in, and the button that signs them out.
struct SignInPage: Sendable {
  private let accounts: Accounts
  private let entrance: EntrancePage<SignInPageForm, SignInPageModel>

  init(accounts: Accounts, pages: Pages) {
    self.accounts = accounts
    entrance = EntrancePage(accounts: accounts, pages: pages, name: "sign_in", flash: "signed_in")
  }

  /// `GET /sign-in`: the form; members are led to the page they wanted.
  func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let next = NextPage(request)
    guard context.principal == nil else { return .seeOther(next.path) }
    // Whoever begins again leaves no step behind for the next person at this browser.
    if context.cookies[.challenge] != nil { context.setCookie(.expired(.challenge)) }
    return try await entrance.form(model(next, context), context)
  }

  /// `POST /sign-in`: 303 to the page they wanted; 422 and 429 show the form again.
  func create(_ request: Request, _ context: WebContext) async throws -> Response {
    try await entrance.enter(
      request,
      context,
      model: { model(NextPage($0), context) },
      destination: { $0.next.path },
      entrant: { form in
        try accounts.limits.allowSignIn(form.credentials.login, from: context.clientNetwork)
        let origin = SessionOrigin(request, context)
        return try await accounts.entrant(form.credentials, from: origin, context.clientNetwork)
      }
    )
  }

  private func model(_ next: NextPage, _ context: WebContext) -> SignInPageModel {
    SignInPageModel(next: next.path, passkey: accounts.passkeyRequest(context))
  }

  /// `POST /sign-out`: 303 to the feed, also for guests.
  func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    try await accounts.leave(request, context)
    context.flash("signed_out")
    return .seeOther("/")
  }
}

/// What the template needs beside the form.
struct SignInPageModel: Sendable {
  let next: String
  let passkey: PasskeyRequest?
}

/// The fields of the page: login and password, and where to go afterwards.
private struct SignInPageForm: Form {
  let credentials: SignInForm
  let next: NextPage

  init(_ fields: inout FormReader) {
    credentials = SignInForm(&fields)
    next = NextPage(&fields)
  }
}
