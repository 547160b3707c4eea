import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// Blocking and muting as JSON: `/api/members/{username}/block` and `…/mute`, `/api/blocks` and
/// `/api/mutes`.
struct BoundaryRoutes: Sendable {
  let accounts: Accounts

  static let block = drawing(
    "/api/members/{username}/block",
    id: "blockMember",
    "Blocks a member: neither finds the other, nor is told of what the other does."
  )
  static let unblock = lifting(
    "/api/members/{username}/block",
    id: "unblockMember",
    "Takes a block back."
  )
  static let mute = drawing(
    "/api/members/{username}/mute",
    id: "muteMember",
    "Mutes a member: the caller is not told of what they do, and they do not learn of it."
  )
  static let unmute = lifting(
    "/api/members/{username}/mute",
    id: "unmuteMember",
    "Takes a mute back."
  )
  static let listBlocks = listing("/api/blocks", id: "listBlocks", "Lists whom the caller blocked.")
  static let listMutes = listing("/api/mutes", id: "listMutes", "Lists whom the caller muted.")

  static let operations = [
    block.description, unblock.description, mute.description, unmute.description,
    listBlocks.description, listMutes.description,
  ]

  func addRoutes(to routes: Routes) {
    routes.add(Self.block) { try await draw(.block, $1) }
    routes.add(Self.unblock) { try await lift(.block, $1) }
    routes.add(Self.mute) { try await draw(.mute, $1) }
    routes.add(Self.unmute) { try await lift(.mute, $1) }
    routes.add(Self.listBlocks, use: blocks)
    routes.add(Self.listMutes, use: mutes)
  }

  /// `PUT /api/members/{username}/block` and `…/mute`: 204, also when it was so already; 401; 404;
  /// 409 for oneself; 429.
  private func draw(_ boundary: Boundary, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    let username = try context.text("username")

    try await accounts.draw(boundary, between: principal.memberID, and: username)

    return .noContent
  }

  /// `DELETE /api/members/{username}/block` and `…/mute`: 204, also when there was none; 401; 404;
  /// 429.
  private func lift(_ boundary: Boundary, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    let username = try context.text("username")

    try await accounts.lift(boundary, between: principal.memberID, and: username)

    return .noContent
  }

  /// `GET /api/blocks?after=&limit=`: 200, newest first; 401; 422.
  @Sendable func blocks(
    _ request: Request,
    _ context: WebContext,
    _ page: PageRequest
  ) async throws -> Response {
    .json(try await accounts.blocked(by: try context.member().memberID, page))
  }

  /// `GET /api/mutes?after=&limit=`: 200, newest first; 401; 422.
  @Sendable func mutes(
    _ request: Request,
    _ context: WebContext,
    _ page: PageRequest
  ) async throws -> Response {
    .json(try await accounts.muted(by: try context.member().memberID, page))
  }

  private static func drawing(_ path: String, id: String, _ summary: String) -> Operation<Void> {
    Operation(.put, path, id: id, summary)
      .tagged("Members")
      .needs(.member(.accountWrite))
      .naming("username", Username.length, .username)
      .answers(.noContent)
      .refuses(.oneself, .tooManyRequests)
  }

  private static func lifting(_ path: String, id: String, _ summary: String) -> Operation<Void> {
    Operation(.delete, path, id: id, summary)
      .tagged("Members")
      .needs(.member(.accountWrite))
      .naming("username", Username.length, .username)
      .answers(.noContent)
      .refuses(.tooManyRequests)
  }

  private static func listing(
    _ path: String,
    id: String,
    _ summary: String
  ) -> Operation<PageRequest> {
    Operation(.get, path, id: id, summary)
      .tagged("Members")
      .needs(.member(.accountRead))
      .asks(PageRequest.self)
      .answers(.json(Page<MemberProfile>.self))
  }
}

extension Accounts {
  /// Whom a member has blocked, newest first; two statements.
  func blocked(by member: MemberID, _ wish: PageRequest) async throws -> Page<MemberProfile> {
    let now = clock.now()
    return try await Block.where { $0.memberID == member }.order { $0.createdAt.descending }
      .including(Block.other)
      .page(of: wish.limit, after: wish.after, in: db)
      .map { MemberProfile($1, at: now) }
  }

  /// Whom a member has muted, newest first; two statements.
  func muted(by member: MemberID, _ wish: PageRequest) async throws -> Page<MemberProfile> {
    let now = clock.now()
    return try await Mute.where { $0.memberID == member }.order { $0.createdAt.descending }
      .including(Mute.other)
      .page(of: wish.limit, after: wish.after, in: db)
      .map { MemberProfile($1, at: now) }
  }
}

extension MemberProfile {
  /// What everybody may see of a row.
  init(_ member: Member, at now: Date) {
    id = member.id
    username = member.username
    displayName = member.displayName
    bio = member.bio
    avatar = member.card.avatar
    joinedAt = member.createdAt
    lastSeen = member.lastSeenAt.map { LastSeen($0, at: now) }
  }
}
