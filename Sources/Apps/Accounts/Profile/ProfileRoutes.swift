import ArtelAuth
import ArtelModel
import ArtelWeb
import Hummingbird

/// `/api/members`: what members show of themselves, as JSON.
struct ProfileRoutes: Sendable {
  let accounts: Accounts

  static let updateMe = Operation(
    .patch,
    MemberRoutes.ownPath,
    id: "updateCurrentMember",
    "Changes what others read of the caller; what is absent stays."
  )
  .tagged("Members")
  .needs(.member(.accountWrite))
  .takes(ProfileForm.self)
  .answers(.json(Member.self))
  .refuses(.notFound, .tooManyRequests)

  static let show = Operation(
    .get,
    "/api/members/{username}",
    id: "getMember",
    "Shows a member as everybody may see them."
  )
  .tagged("Members")
  .explained("When the member was last here is told roughly, never to the minute.")
  .naming("username", Username.length, .username)
  .answers(.json(MemberProfile.self))

  static let search = Operation(
    .get,
    "/api/members",
    id: "searchMembers",
    "Finds members by a part of their names, at most 20."
  )
  .tagged("Members")
  .explained(
    """
    Display names come first, then usernames, then names that look alike; among each, whoever was \
    here last. Cyrillic finds Latin letters and the other way round.
    """
  )
  .needs(.member(.accountRead))
  .asks(MemberSearchForm.self)
  .answers(.json(FoundMembers.self))
  .refuses(.tooManyRequests)

  static let operations = [updateMe.description, show.description, search.description]

  func addRoutes(to routes: Routes) {
    routes.add(Self.updateMe, use: updateMe)
    routes.add(Self.show, use: show)
    routes.add(Self.search, use: search)
  }

  /// `PATCH /api/members/me`: 200; 401 for guests; 422; 429.
  @Sendable func updateMe(
    _ request: Request,
    _ context: WebContext,
    _ form: ProfileForm
  ) async throws -> Response {
    let principal = try context.member()
    try accounts.limits.allowProfileChange(by: principal.memberID)

    let member = try await accounts.change(principal.memberID, form)

    return .json(member)
  }

  /// `GET /api/members/{username}`: 200; 404 for nobody and for whoever has departed.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    .json(try await accounts.profile(try context.text("username")).profile)
  }

  /// `GET /api/members?q=`: 200; 401 for guests; 422; 429.
  @Sendable func search(
    _ request: Request,
    _ context: WebContext,
    _ form: MemberSearchForm
  ) async throws -> Response {
    let principal = try context.member()
    try accounts.limits.allowMemberSearch(by: principal.memberID)

    let members = try await accounts.members(like: form.query, for: principal.memberID)

    return .json(FoundMembers(items: members))
  }
}
