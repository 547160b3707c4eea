import ArtelWeb
import Hummingbird

/// The page where members sign in, and the button that signs them out.
struct SignInPage: Sendable {
  let accounts: Accounts
  let pages: Pages

  /// `GET /sign-in`: the form; members are led to the page they wanted.
  func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let next = NextPage(request)
    guard context.principal == nil else { return .seeOther(next.path) }
    return try await render(FormDraft(SignInPageForm.self), next, context)
  }

  /// `POST /sign-in`: 303 to the page they wanted; 422 and 429 show the form again.
  func create(_ request: Request, _ context: WebContext) async throws -> Response {
    switch try await request.submission(of: SignInPageForm.self) {
    case .refused(let draft):
      return try await render(draft, NextPage(draft), context)
    case .accepted(let form, let draft):
      do {
        try accounts.limits.allowSignIn(form.credentials.login, from: context.clientNetwork)
        let member = try await accounts.member(form.credentials)
        try await accounts.enter(as: member, request, context)
      } catch {
        let refusal = try Problem(refusing: error)
        return try await render(draft, form.next, context, refusal)
      }
      context.flash("signed_in")
      return .seeOther(form.next.path)
    }
  }

  /// `POST /sign-out`: 303 to the feed, also for guests.
  func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    try await accounts.leave(context)
    context.flash("signed_out")
    return .seeOther("/")
  }

  private func render(
    _ draft: FormDraft,
    _ next: NextPage,
    _ context: WebContext,
    _ refusal: Problem? = nil
  ) async throws -> Response {
    try await pages.render(
      "accounts/sign_in",
      NextPageModel(next: next.path),
      section: "sign_in",
      form: draft.refused(becauseOf: refusal),
      context: context
    )
    .refused(becauseOf: refusal)
  }
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
