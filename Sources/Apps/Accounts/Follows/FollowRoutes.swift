import ArtelAuth
import ArtelModel
import ArtelWeb
import Hummingbird

/// Following as JSON: `/api/members/{username}/follow`, `…/followers` and `…/following`.
struct FollowRoutes: Sendable {
  let accounts: Accounts

  static let follow = Operation(
    .put,
    "/api/members/{username}/follow",
    id: "followMember",
    "Follows a member, who is told of it."
  )
  .tagged("Members")
  .needs(.member(.accountWrite))
  .naming("username", Username.length, .username)
  .answers(.noContent)
  .refuses(.oneself, .tooManyRequests)

  static let unfollow = Operation(
    .delete,
    "/api/members/{username}/follow",
    id: "unfollowMember",
    "Follows a member no more."
  )
  .tagged("Members")
  .needs(.member(.accountWrite))
  .naming("username", Username.length, .username)
  .answers(.noContent)
  .refuses(.tooManyRequests)

  static let listFollowers = listing(
    .followers,
    id: "listFollowers",
    "Lists those who follow a member, newest first."
  )
  static let listFollowing = listing(
    .following,
    id: "listFollowing",
    "Lists those whom a member follows, newest first."
  )

  static let operations = [
    follow.description, unfollow.description, listFollowers.description, listFollowing.description,
  ]

  func addRoutes(to routes: Routes) {
    routes.add(Self.follow, use: follow)
    routes.add(Self.unfollow, use: unfollow)
    routes.add(Self.listFollowers) { try await list(.followers, $1, $2) }
    routes.add(Self.listFollowing) { try await list(.following, $1, $2) }
  }

  /// `PUT /api/members/{username}/follow`: 204, also when it was so already; 401; 404; 409 for
  /// oneself; 429.
  @Sendable func follow(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()

    try await accounts.follow(try context.text("username"), by: principal.memberID)

    return .noContent
  }

  /// `DELETE /api/members/{username}/follow`: 204, also when there was none; 401; 404; 429.
  @Sendable func unfollow(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()

    try await accounts.unfollow(try context.text("username"), by: principal.memberID)

    return .noContent
  }

  /// `GET /api/members/{username}/followers` and `…/following`: 200; 404; 422.
  private func list(
    _ side: FollowSide,
    _ context: WebContext,
    _ page: PageRequest
  ) async throws -> Response {
    let member = try await accounts.profile(try context.text("username")).profile.id
    return .json(try await accounts.members(side, of: member, page))
  }

  private static func listing(
    _ side: FollowSide,
    id: String,
    _ summary: String
  ) -> Operation<PageRequest> {
    Operation(.get, "/api/members/{username}/\(side.rawValue)", id: id, summary)
      .tagged("Members")
      .naming("username", Username.length, .username)
      .asks(PageRequest.self)
      .answers(.json(Page<MemberProfile>.self))
  }
}
