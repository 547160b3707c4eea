import ArtelModel
import ArtelWeb
import Hummingbird

/// `/members/{username}/followers` and `…/following`, and the buttons that follow.
struct FollowPages: Sendable {
  let accounts: Accounts
  let pages: Pages

  /// Leads to the followers of whoever looks.
  static let ownFollowers = "/followers"

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
    let username: String
    let displayName: String
    let isFollowers: Bool
    let members: [Row]
    let isEmpty: Bool
    let nextURL: String?
  }

  func addRoutes(to routes: Routes) {
    routes.get("/followers", use: own)
    routes.get("/members/{username}/followers") { try await list(.followers, $0, $1) }
    routes.get("/members/{username}/following") { try await list(.following, $0, $1) }
    routes.post("/members/{username}/follow", use: follow)
    routes.post("/members/{username}/unfollow", use: unfollow)
  }

  /// `GET /followers`: 303 to one's own followers.
  @Sendable func own(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try await Member.find(try context.member().memberID, in: accounts.db)
    return .seeOther("/members/\(member.username)/followers")
  }

  /// `GET /members/{username}/followers` and `…/following`: the page; 404 for nobody.
  private func list(
    _ side: FollowSide,
    _ request: Request,
    _ context: WebContext
  ) async throws -> Response {
    let member = try await accounts.profile(try context.text("username")).profile
    let page = try await accounts.members(side, of: member.id, PageRequest(request))
    let path = "/members/\(member.username)/\(side.rawValue)"
    let model = Model(
      username: member.username,
      displayName: member.displayName,
      isFollowers: side == .followers,
      members: page.items.map(Row.init),
      isEmpty: page.items.isEmpty,
      nextURL: page.next.map { "\(path)?after=\($0)" }
    )
    return try await pages.render("accounts/follows", model, context: context)
  }

  /// `POST /members/{username}/follow`: 303 to the member's page or where the form says.
  @Sendable func follow(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    let username = try context.text("username")
    let form = try await request.form(ReturnForm.self)

    try await accounts.follow(username, by: principal.memberID)

    context.flash("member_followed")
    return .seeOther(form.destination(besides: username))
  }

  /// `POST /members/{username}/unfollow`: 303 likewise.
  @Sendable func unfollow(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    let username = try context.text("username")
    let form = try await request.form(ReturnForm.self)

    try await accounts.unfollow(username, by: principal.memberID)

    context.flash("member_unfollowed")
    return .seeOther(form.destination(besides: username))
  }
}
