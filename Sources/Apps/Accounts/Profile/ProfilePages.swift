import AccountsContract
import ArtelModel
import ArtelWeb
import Hummingbird

/// `/settings`, which leads to its first section: what others see of a member.
///
/// A section of the settings is a page `/settings/<section>` whose template fills the frame of
/// `accounts/settings`, which has a line for each of them.
struct ProfilePages: Sendable {
  let accounts: Accounts
  let pages: Pages

  func addRoutes(to routes: Routes) {
    routes.get("/settings", use: showFirst)
    routes.get("/settings/profile", use: show)
    routes.post("/settings/profile", use: update)
  }

  /// `GET /settings`: 303 to the first section.
  @Sendable func showFirst(_ request: Request, _ context: WebContext) async throws -> Response {
    _ = try context.member()
    return .seeOther("/settings/profile")
  }

  /// `GET /settings/profile`: the form.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    let member = try await Member.find(principal.memberID, in: accounts.db)
    return try await form(
      FormDraft(RenameForm.self, values: ["display_name": member.displayName]),
      context
    )
  }

  /// `POST /settings/profile`: 303 back, or 422 with what is wrong.
  @Sendable func update(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    switch try await request.submission(of: RenameForm.self) {
    case .refused(let draft):
      return try await form(draft, context)
    case .accepted(let form, _):
      try await accounts.rename(principal.memberID, to: form.displayName)
      accounts.forgetBrowser(context)
      context.flash("settings_saved")
      return .seeOther("/settings/profile")
    }
  }

  private func form(_ draft: FormDraft, _ context: WebContext) async throws -> Response {
    try await pages.render(
      "accounts/settings_profile",
      section: "settings_profile",
      form: draft,
      context: context
    )
  }
}
