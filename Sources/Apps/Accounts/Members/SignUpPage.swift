import ArtelWeb
import Hummingbird

/// The page where somebody becomes a member, and is signed in at once.
struct SignUpPage: Sendable {
  let accounts: Accounts
  let pages: Pages

  /// `GET /sign-up`: the form; members are led to the page they wanted.
  func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let next = NextPage(request)
    guard context.principal == nil else { return .seeOther(next.path) }
    return try await render(FormDraft(SignUpPageForm.self), next, context)
  }

  /// `POST /sign-up`: 303 to the page they wanted; 422 and 429 show the form again.
  func create(_ request: Request, _ context: WebContext) async throws -> Response {
    switch try await request.submission(of: SignUpPageForm.self) {
    case .refused(let draft):
      return try await render(draft, NextPage(draft), context)
    case .accepted(let form, let draft):
      do {
        try accounts.limits.allowSignUp(from: context.clientNetwork)
        let member = try await accounts.signUp(form.member)
        try await accounts.enter(as: member, request, context)
      } catch {
        let refusal = try Problem(refusing: error)
        return try await render(draft, form.next, context, refusal)
      }
      context.flash("signed_up")
      return .seeOther(form.next.path)
    }
  }

  private func render(
    _ draft: FormDraft,
    _ next: NextPage,
    _ context: WebContext,
    _ refusal: Problem? = nil
  ) async throws -> Response {
    try await pages.render(
      "accounts/sign_up",
      NextPageModel(next: next.path),
      section: "sign_up",
      form: draft.refused(becauseOf: refusal),
      context: context
    )
    .refused(becauseOf: refusal)
  }
}

/// The fields of the page: those of a member, and where to go afterwards.
private struct SignUpPageForm: Form {
  let member: SignUpForm
  let next: NextPage

  init(_ fields: inout FormReader) {
    member = SignUpForm(&fields)
    next = NextPage(&fields)
  }
}
