import AccountsContract
import ArtelIdentifiers
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// `/members/{username}`: what everybody may see of a member, and what a member may do about them.
struct MemberPages: Sendable {
  let accounts: Accounts
  let pages: Pages

  private struct ShownMember: Sendable {
    let id: String
    let username: String
    let displayName: String
    let portrait: Portrait
    let bio: String
    let joinedAt: Date
    /// What was said of the last visit, as one text; nil when nothing is known.
    let seen: String?
    let picturesURL: String
  }

  private struct Model: Sendable {
    let shown: ShownMember
    /// Whether it is the member who looks.
    let isOneself: Bool
    /// Whether there is somebody who may block and mute.
    let canRefuse: Bool
    let isBlocked: Bool
    let isMuted: Bool
    let followers: Int
    let following: Int
    let isFollowed: Bool
  }

  func addRoutes(to routes: Routes) {
    routes.get("/members/{username}", use: show)
    for boundary in Boundary.allCases {
      routes.post("/members/{username}/\(boundary.verb)") { request, context in
        try await draw(boundary, request, context)
      }
      routes.post("/members/{username}/un\(boundary.verb)") { request, context in
        try await lift(boundary, request, context)
      }
    }
  }

  /// `GET /members/{username}`: the page; 404 for nobody and for whoever has departed.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let viewer = context.principal?.memberID
    let seen = try await accounts.profile(try context.text("username"), seenBy: viewer)
    let isOneself = seen.profile.id == viewer
    let follows = try await accounts.followCounts(of: seen.profile.id, seenBy: viewer)
    let model = Model(
      shown: shown(seen.profile, context.language),
      isOneself: isOneself,
      canRefuse: viewer != nil && !isOneself,
      isBlocked: seen.isBlocked,
      isMuted: seen.isMuted,
      followers: follows.followers,
      following: follows.following,
      isFollowed: follows.isFollowed
    )
    return try await pages.render("accounts/member", model, context: context)
  }

  /// `POST /members/{username}/block` or `…/mute`: 303 to the member's page or where the form says.
  private func draw(
    _ boundary: Boundary,
    _ request: Request,
    _ context: WebContext
  ) async throws -> Response {
    let principal = try context.member()
    let username = try context.text("username")
    let form = try await request.form(ReturnForm.self)

    try await accounts.draw(boundary, between: principal.memberID, and: username)

    context.flash(boundary.flash)
    return .seeOther(form.destination(besides: username))
  }

  /// `POST /members/{username}/unblock` or `…/unmute`: 303 likewise.
  private func lift(
    _ boundary: Boundary,
    _ request: Request,
    _ context: WebContext
  ) async throws -> Response {
    let principal = try context.member()
    let username = try context.text("username")
    let form = try await request.form(ReturnForm.self)

    try await accounts.lift(boundary, between: principal.memberID, and: username)

    context.flash("boundary_lifted")
    return .seeOther(form.destination(besides: username))
  }

  private func shown(_ profile: MemberProfile, _ language: Language) -> ShownMember {
    ShownMember(
      id: profile.id.description,
      username: profile.username,
      displayName: profile.displayName,
      portrait: profile.portrait,
      bio: profile.bio,
      joinedAt: profile.joinedAt,
      seen: profile.lastSeen.map { pages.text("member.seen_\($0.rawValue)", in: language) },
      picturesURL: "/members/\(profile.username)/posts"
    )
  }
}
