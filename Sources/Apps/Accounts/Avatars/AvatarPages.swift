import ArtelModel
import ArtelWeb
import Hummingbird

/// The part of `/settings/profile` where a member shows a picture; it works without JavaScript.
struct AvatarPages: Sendable {
  let profile: ProfilePages

  private var accounts: Accounts { profile.accounts }

  func addRoutes(to routes: Routes) {
    routes.on(
      "/settings/profile/avatar",
      method: .post,
      limit: AvatarForm.limit,
      use: change
    )
    routes.on(
      "/settings/profile/avatar/remove",
      method: .post,
      limit: AvatarForm.limit,
      use: remove
    )
  }

  /// `POST /settings/profile/avatar`: 303 back; 413 and 422 show the page again.
  @Sendable func change(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    context.extendTimeLimit(to: AvatarForm.timeLimit)
    do {
      _ = try await accounts.changeAvatar(of: principal.memberID, request)
    } catch {
      let refusal = try Problem(refusing: error)
      let member = try await Member.find(principal.memberID, in: accounts.db)
      return try await profile.form(FormDraft(of: member).refused(by: refusal), context)
        .refused(becauseOf: refusal)
    }
    context.flash("avatar_changed")
    return .seeOther("/settings/profile")
  }

  /// `POST /settings/profile/avatar/remove`: 303 back.
  @Sendable func remove(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()

    try await accounts.removeAvatar(of: principal.memberID)

    context.flash("avatar_removed")
    return .seeOther("/settings/profile")
  }
}
