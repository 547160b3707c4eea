import ArtelAuth
import ArtelConcurrency
import ArtelWeb
import Hummingbird

/// The page behind the link that the first start prints: it makes the administrator.
struct SetupPage: Sendable {
  let accounts: Accounts
  let pages: Pages

  /// `GET /setup?token=…`: the form; 404 when the link does not work, or no longer.
  func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let token = try token(request.uri.queryParameters["token"].map(String.init))
    guard try await SetupLink.isOpen(token, at: accounts.clock.now(), in: accounts.db) else {
      throw SetupError.linkClosed
    }
    return try await render(FormDraft(SetupPageForm.self), token, context)
  }

  /// `POST /setup`: 303 to the feed, signed in; 422 shows the form again; 404 as above.
  func create(_ request: Request, _ context: WebContext) async throws -> Response {
    switch try await request.submission(of: SetupPageForm.self) {
    case .refused(let draft):
      return try await render(draft, try token(draft.values["token"]), context)
    case .accepted(let form, let draft):
      let token = try token(form.token)
      do {
        try accounts.limits.allowSignUp(from: context.clientNetwork)
        let member = try await accounts.setUp(form.member, with: token)
        try await accounts.enter(as: member, request, context)
      } catch let error where !(error is SetupError) {
        let refusal = try Problem(refusing: error)
        return try await render(draft, token, context, refusal)
      }
      context.flash("set_up")
      return .seeOther("/")
    }
  }

  private func token(_ text: String?) throws(SetupError) -> OpaqueToken {
    guard let text, let token = OpaqueToken(text, .setup) else { throw .linkClosed }
    return token
  }

  private func render(
    _ draft: FormDraft,
    _ token: OpaqueToken,
    _ context: WebContext,
    _ refusal: Problem? = nil
  ) async throws -> Response {
    try await pages.render(
      "accounts/setup",
      SetupPageModel(token: token.text),
      section: "setup",
      form: draft.refused(becauseOf: refusal),
      context: context
    )
    .refused(becauseOf: refusal)
  }
}

/// What the template needs beside the form.
private struct SetupPageModel: Sendable {
  let token: String
}

/// The fields of the page: those of a member, and the token of the link.
private struct SetupPageForm: Form {
  let member: SignUpForm
  let token: String

  init(_ fields: inout FormReader) {
    member = SignUpForm(&fields)
    token = fields.string("token", .length(1...200))
  }
}
