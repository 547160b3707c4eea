import AccountsContract
import ArtelModel
import ArtelPictures
import ArtelWeb
import Hummingbird

/// `/settings`, which leads to its first section: what others read of a member.
///
/// A section of the settings is a page `/settings/<section>` whose template fills the frame of
/// `accounts/settings`, which has a line for each of them.
struct ProfilePages: Sendable {
  let accounts: Accounts
  let pages: Pages

  private struct Model: Sendable {
    let ownURL: String
    let maxBytes: Int
    let maxBytesText: String
    let acceptedTypes: String
  }

  func addRoutes(to routes: Routes) {
    routes.get("/settings", use: showFirst)
    routes.get("/settings/profile", use: show)
    routes.post("/settings/profile", use: update)
    AvatarPages(profile: self).addRoutes(to: routes)
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
    return try await form(FormDraft(of: member), context)
  }

  /// `POST /settings/profile`: 303 back; 422 and 429 show the form again.
  @Sendable func update(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    return try await request.answer(
      to: ProfileForm.self,
      showing: { try await form($0, context, becauseOf: $1) },
      { changes async throws in
        try accounts.limits.allowProfileChange(by: principal.memberID)
        try await accounts.change(principal.memberID, changes)
        context.flash("settings_saved")
        return .seeOther("/settings/profile")
      }
    )
  }

  /// The page with a form.
  func form(
    _ draft: FormDraft,
    _ context: WebContext,
    becauseOf refusal: Problem? = nil
  ) async throws -> Response {
    let username = context.principal?.profile?.username ?? ""
    return try await pages.render(
      "accounts/settings_profile",
      Model(
        ownURL: "/members/\(username)",
        maxBytes: Accounts.avatarBytes,
        maxBytesText: pages.byteText(Accounts.avatarBytes, in: context.language),
        acceptedTypes: AcceptedPicture.acceptAttribute
      ),
      section: "settings_profile",
      form: draft.refused(becauseOf: refusal),
      context: context
    )
    .refused(becauseOf: refusal)
  }
}

extension FormDraft {
  /// The form with what others read of a member now.
  init(of member: Member) {
    self.init(
      ProfileForm.self,
      values: ["display_name": member.displayName, "bio": member.bio]
    )
  }
}
