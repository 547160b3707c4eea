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

  /// Shows the form; browsers whose sign-in is not that far, or further, are led to its step, those without
  /// one to the first.
  func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let next = NextPage(request)
    switch try await accounts.step(of: context.challenge) {
    case step: return try await form(FormDraft(SignInStepForm<Fields>.self), next, context)
    case let other?: return .seeOther(other.location(before: next))
    case nil: return context.beginAgain(before: next, wasBegun: context.challenge != nil)
    }
  }

  /// Takes the step by `enter`: 303 to the page they wanted, or that of the next step; refusals show the
  /// form again; a closed challenge leads to the step that the browser is at by now, or the first.
  func take(
    _ request: Request,
    _ context: WebContext,
    enter: (OpaqueToken, Fields) async throws -> Entrance
  ) async throws -> Response {
    let submission = try await request.submission(of: SignInStepForm<Fields>.self)
    let next = NextPage(submission.draft)
    // It is gone when it is too late, and where the sign-in was begun again or ended in another tab.
    guard let challenge = context.challenge else {
      return context.beginAgain(before: next, wasBegun: true)
    }
    guard case .accepted(let sent, let draft) = submission else {
      return try await form(submission.draft, next, context)
    }
    do {
      if case .challenged(let step) = try await enter(challenge, sent.fields) {
        return .seeOther(step.location(before: next))
      }
    } catch SecondFactorError.challengeClosed {
      // The form may have been sent twice: the browser has the next challenge, or its session.
      return .seeOther(step.location(before: next))
    } catch {
      let refusal = try Problem(refusing: error)
      return try await form(draft.refused(becauseOf: refusal), next, context)
        .refused(becauseOf: refusal)
    }
    context.flash(flash)
    return .seeOther(next.path)
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

/// What the step asks for, and where to go afterwards, which the page reads out of the draft.
private struct SignInStepForm<Fields: Form>: Form {
  let fields: Fields

  init(_ reader: inout FormReader) {
    fields = Fields(&reader)
    _ = NextPage(&reader)
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

  /// Leads to the first step, and says why where a sign-in was begun and nobody is signed in.
  fileprivate func beginAgain(before next: NextPage, wasBegun: Bool) -> Response {
    if wasBegun {
      setCookie(.expired(.challenge))
      if principal == nil { flash("challenge_closed", kind: .error) }
    }
    return .seeOther("/sign-in?\(next.parameter)")
  }
}
