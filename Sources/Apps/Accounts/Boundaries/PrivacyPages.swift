import ArtelModel
import ArtelWeb
import Hummingbird

/// `/settings/privacy`: whom a member has blocked and muted.
struct PrivacyPages: Sendable {
  let accounts: Accounts
  let pages: Pages

  /// Most members that each list shows; what is undone makes room for older ones.
  private static let limit = 100

  private struct Row: Sendable {
    let username: String
    let displayName: String
    let portrait: Portrait

    init(_ profile: MemberProfile) {
      username = profile.username
      displayName = profile.displayName
      portrait = profile.portrait
    }
  }

  private struct Model: Sendable {
    let blocked: [Row]
    let hasBlocked: Bool
    let hasMoreBlocked: Bool
    let muted: [Row]
    let hasMuted: Bool
    let hasMoreMuted: Bool
  }

  func addRoutes(to routes: Routes) {
    routes.get("/settings/privacy", use: show)
  }

  /// `GET /settings/privacy`: both lists, newest first.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member().memberID
    let wish = PageRequest(limit: Self.limit)
    async let answer = accounts.blocked(by: member, wish)
    let muted = try await accounts.muted(by: member, wish)
    let blocked = try await answer
    let model = Model(
      blocked: blocked.items.map(Row.init),
      hasBlocked: !blocked.items.isEmpty,
      hasMoreBlocked: blocked.next != nil,
      muted: muted.items.map(Row.init),
      hasMuted: !muted.items.isEmpty,
      hasMoreMuted: muted.next != nil
    )
    return try await pages.render(
      "accounts/settings_privacy",
      model,
      section: "settings_privacy",
      context: context
    )
  }
}
