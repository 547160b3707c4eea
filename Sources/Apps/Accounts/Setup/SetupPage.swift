import ArtelAuth
import ArtelConcurrency
import ArtelWeb
import Hummingbird

/// The page behind the link that the first start prints: it makes the administrator.
struct SetupPage: Sendable {
  private let accounts: Accounts
  private let entrance: EntrancePage<SetupPageForm, SetupPageModel>

  init(accounts: Accounts, pages: Pages) {
    self.accounts = accounts
    entrance = EntrancePage(accounts: accounts, pages: pages, name: "setup", flash: "set_up")
  }

  /// `GET /setup?token=…`: the form; 404 when the link does not work, or no longer.
  func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let token = try token(request.uri.queryParameters["token"].map(String.init))
    guard try await SetupLink.isOpen(token, at: accounts.clock.now(), in: accounts.db) else {
      throw SetupError.linkClosed
    }
    return try await entrance.form(SetupPageModel(token: token.text), context)
  }

  /// `POST /setup`: 303 to the feed, signed in; 422 shows the form again; 404 as above.
  func create(_ request: Request, _ context: WebContext) async throws -> Response {
    try await entrance.enter(
      request,
      context,
      model: { SetupPageModel(token: try token($0.values["token"]).text) },
      destination: { _ in "/" },
      entrant: { form in
        let token = try token(form.token)
        try accounts.limits.allowSignUp(from: context.clientNetwork)
        let origin = SessionOrigin(request, context)
        return Entrant(
          try await accounts.setUp(
            form.member,
            with: token,
            from: origin,
            askingIn: context.language
          )
        )
      }
    )
  }

  private func token(_ text: String?) throws(SetupError) -> OpaqueToken {
    guard let text, let token = OpaqueToken(text, .setup) else { throw .linkClosed }
    return token
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
