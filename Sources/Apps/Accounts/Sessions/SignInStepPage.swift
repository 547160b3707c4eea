import ArtelAuth
import ArtelWeb
import Hummingbird

/// The page of one step of a sign-in whose password was right.
struct SignInStepPage<Fields: Form, Model: Sendable>: Sendable {
  let accounts: Accounts
  let pages: Pages
  /// Which one; its template is `accounts/sign_in_code` or `accounts/sign_in_password`.
  let step: SignInStep
  /// What the next page says.
  let flash: String
  /// What the template needs beside the form.
  let model: @Sendable (NextPage, WebContext) -> Model

  /// Shows the form; browsers whose sign-in is not that far, or further, are led to its step.
  func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let next = NextPage(request)
    let waiting = try await accounts.step(of: context.challenge)
    guard waiting == step else {
      return .seeOther(waiting?.location(before: next) ?? "/sign-in?\(next.parameter)")
    }
    return try await form(FormDraft(Fields.self), next, context)
  }

  /// Takes the step by `enter`: 303 to the page they wanted, or that of the next step; refusals show the
  /// form again; a closed challenge leads to the first step.
  func take(
    _ request: Request,
    _ context: WebContext,
    next: (Fields) -> NextPage,
    enter: (OpaqueToken, Fields) async throws -> Entrance
  ) async throws -> Response {
    guard let challenge = context.challenge else { return .seeOther("/sign-in") }
    switch try await request.submission(of: Fields.self) {
    case .refused(let draft):
      return try await form(draft, NextPage(draft), context)
    case .accepted(let fields, let draft):
      do {
        if case .challenged(let step) = try await enter(challenge, fields) {
          return .seeOther(step.location(before: next(fields)))
        }
      } catch SecondFactorError.challengeClosed {
        context.setCookie(.expired(.challenge))
        context.flash("challenge_closed", kind: .error)
        return .seeOther("/sign-in?\(next(fields).parameter)")
      } catch {
        let refusal = try Problem(refusing: error)
        return try await form(draft.refused(becauseOf: refusal), next(fields), context)
          .refused(becauseOf: refusal)
      }
      context.flash(flash)
      return .seeOther(next(fields).path)
    }
  }

  private func form(
    _ draft: FormDraft,
    _ next: NextPage,
    _ context: WebContext
  ) async throws -> Response {
    try await pages.render(
      "accounts/sign_in_\(step.rawValue)",
      model(next, context),
      section: "sign_in",
      form: draft,
      context: context
    )
  }
}

extension CookieName {
  /// What a browser has shown the right password for, and waits for the next step.
  static let challenge: CookieName = "artel_challenge"
}

extension WebContext {
  fileprivate var challenge: OpaqueToken? {
    cookies[.challenge].flatMap { OpaqueToken($0, .challenge) }
  }
}
