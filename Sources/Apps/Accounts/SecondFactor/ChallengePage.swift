import ArtelAuth
import ArtelWeb
import Hummingbird

/// The page that asks for the second factor after the right password: `/sign-in/code`.
struct ChallengePage: Sendable {
  let accounts: Accounts
  let pages: Pages

  static let path = "/sign-in/code"

  func addRoutes(to routes: Routes) {
    routes.get("/sign-in/code", use: show)
    routes.post("/sign-in/code", use: create)
  }

  /// `GET /sign-in/code`: the form; browsers that have shown no password are led to the first step.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let next = NextPage(request)
    guard let challenge = context.challenge, try await accounts.isOpen(challenge) else {
      return .seeOther("/sign-in?return_to=\(next.encoded)")
    }
    return try await form(next, FormDraft(ChallengePageForm.self), context)
  }

  /// `POST /sign-in/code`: 303 to the page they wanted; 401 and 429 show the form again; a closed
  /// challenge leads to the first step.
  @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
    guard let challenge = context.challenge else { return .seeOther("/sign-in") }
    switch try await request.submission(of: ChallengePageForm.self) {
    case .refused(let draft):
      return try await form(NextPage(draft), draft, context)
    case .accepted(let fields, let draft):
      do {
        try await accounts.enter(by: challenge, code: fields.code, request, context)
      } catch SecondFactorError.challengeClosed {
        context.setCookie(.expired(.challenge))
        context.flash("challenge_closed", kind: .error)
        return .seeOther("/sign-in?return_to=\(fields.next.encoded)")
      } catch {
        let refusal = try Problem(refusing: error)
        return try await form(fields.next, draft.refused(becauseOf: refusal), context)
          .refused(becauseOf: refusal)
      }
      context.flash("signed_in")
      return .seeOther(fields.next.path)
    }
  }

  private func form(
    _ next: NextPage,
    _ draft: FormDraft,
    _ context: WebContext
  ) async throws -> Response {
    try await pages.render(
      "accounts/sign_in_code",
      SignInPageModel(next: next.path, passkey: accounts.passkeyRequest(context)),
      section: "sign_in",
      form: draft,
      context: context
    )
  }
}

/// The code, and where to go afterwards.
private struct ChallengePageForm: Form {
  let code: String
  let next: NextPage

  init(_ fields: inout FormReader) {
    code = CodeForm(&fields).code
    next = NextPage(&fields)
  }
}

extension CookieName {
  /// What a browser has shown the right password for, and waits for the second factor.
  static let challenge: CookieName = "artel_challenge"
}

extension WebContext {
  fileprivate var challenge: OpaqueToken? {
    cookies[.challenge].flatMap { OpaqueToken($0, .challenge) }
  }
}
