import ArtelWeb
import Hummingbird

/// A page with a form that ends with somebody signed in: by signing in, signing up or setting up.
struct EntrancePage<Fields: Form, Model: Sendable>: Sendable {
  let accounts: Accounts
  let pages: Pages
  /// The template in `accounts/`, and the section whose strings it uses.
  let name: String
  /// What the next page says.
  let flash: String

  /// Shows the form, empty by default, or what was sent before with the reason of its refusal.
  ///
  /// The model is what the template needs beside the form; the status is that of the refusal.
  func form(
    _ model: Model,
    _ context: WebContext,
    draft: FormDraft = FormDraft(Fields.self),
    becauseOf refusal: Problem? = nil
  ) async throws -> Response {
    try await pages.render(
      "accounts/\(name)",
      model,
      section: name,
      form: draft.refused(becauseOf: refusal),
      context: context
    )
    .refused(becauseOf: refusal)
  }

  /// Signs in the entrant that `entrant` finds or makes: 303 to the destination, or to the page of the
  /// next step; refusals show the form again, with the model that is read out of it.
  ///
  /// A refusal with 404 is thrown on: then there is no form to show.
  func enter(
    _ request: Request,
    _ context: WebContext,
    model: (FormDraft) throws -> Model,
    destination: (Fields) -> String,
    entrant: (Fields) async throws -> Entrant
  ) async throws -> Response {
    switch try await request.submission(of: Fields.self) {
    case .refused(let draft):
      return try await form(model(draft), context, draft: draft)
    case .accepted(let fields, let draft):
      do {
        let entrance = try await accounts.enter(as: try await entrant(fields), request, context)
        if case .challenged(let step) = entrance {
          return .seeOther(step.location(before: NextPage(destination(fields))))
        }
      } catch {
        let refusal = try Problem(refusing: error)
        guard refusal.status != .notFound else { throw error }
        return try await form(model(draft), context, draft: draft, becauseOf: refusal)
      }
      context.flash(flash)
      return .seeOther(destination(fields))
    }
  }
}
