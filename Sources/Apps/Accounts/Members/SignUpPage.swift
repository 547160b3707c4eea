import ArtelWeb
import Hummingbird

/// The page where somebody becomes a member, and is signed in at once.
struct SignUpPage: Sendable {
  private let accounts: Accounts
  private let entrance: EntrancePage<SignUpPageForm, NextPageModel>

  init(accounts: Accounts, pages: Pages) {
    self.accounts = accounts
    entrance = EntrancePage(accounts: accounts, pages: pages, name: "sign_up", flash: "signed_up")
  }

  /// `GET /sign-up`: the form; members are led to the page they wanted; 403 with the form while
  /// signing up is closed.
  func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let next = NextPage(request)
    guard context.principal == nil else { return .seeOther(next.path) }
    do {
      try accounts.requireOpenSignUp()
    } catch {
      let refusal = try Problem(refusing: error)
      return try await entrance.form(NextPageModel(next), context, becauseOf: refusal)
    }
    return try await entrance.form(NextPageModel(next), context)
  }

  /// `POST /sign-up`: 303 to the page they wanted; 422 and 429 show the form again.
  func create(_ request: Request, _ context: WebContext) async throws -> Response {
    try await entrance.enter(
      request,
      context,
      model: { NextPageModel(NextPage($0)) },
      destination: { $0.next.path },
      entrant: { form in
        try accounts.requireOpenSignUp()
        try accounts.limits.allowSignUp(from: context.clientNetwork)
        return Entrant(
          try await accounts.signUp(
            form.member,
            from: SessionOrigin(request, context),
            askingIn: context.language
          )
        )
      }
    )
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
