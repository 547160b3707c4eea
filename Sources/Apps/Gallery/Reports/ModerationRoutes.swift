import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelWeb
import GalleryContract
import Hummingbird

/// `/api/moderation`: the queue of reports, and the bans, as JSON.
struct ModerationRoutes: Sendable {
  let gallery: Gallery

  static let queue = Operation(
    .get,
    "/api/moderation/cases",
    id: "listModerationCases",
    "Lists what members have reported, what waits longest first."
  )
  .tagged("Moderation")
  .explained("A case is one post or comment, however many reported it, with the latest reports.")
  .needs(.moderator(.galleryRead))
  .asks(PageRequest.self)
  .answers(.json(Page<OpenCase>.self))

  static let decide = Operation(
    .post,
    "/api/moderation/cases/{id}/decision",
    id: "decideModerationCase",
    "Decides a case: what was reported may stay, is taken down, or is banned, too."
  )
  .tagged("Moderation")
  .explained(
    """
    The `reason` is told to the author of what is taken down, and is kept in the system log. The pictures \
    of a banned post are not posted again by anybody; a comment has none. Nobody decides about what is \
    theirs.
    """
  )
  .needs(.moderator(.galleryWrite))
  .takes(DecisionForm.self)
  .answers(.noContent)
  .refuses(.forbidden)

  static let bans = Operation(
    .get,
    "/api/moderation/bans",
    id: "listPictureBans",
    "Lists the posts whose pictures nobody may post again, the latest first."
  )
  .tagged("Moderation")
  .needs(.moderator(.galleryRead))
  .asks(PageRequest.self)
  .answers(.json(Page<BanResource>.self))

  static let lift = Operation(
    .delete,
    "/api/moderation/bans/{id}",
    id: "liftPictureBan",
    "Lets the pictures of a ban be posted again; what was taken down stays where it is."
  )
  .tagged("Moderation")
  .needs(.moderator(.galleryWrite))
  .answers(.noContent)

  static let operations = [
    queue.description, decide.description, bans.description, lift.description,
  ]

  func addRoutes(to routes: Routes) {
    routes.add(Self.queue, use: queue)
    routes.add(Self.decide, use: decide)
    routes.add(Self.bans, use: bans)
    routes.add(Self.lift, use: lift)
  }

  /// `GET /api/moderation/cases?after=&limit=`: 200; 422 for a wrong cursor.
  @Sendable func queue(
    _ request: Request,
    _ context: WebContext,
    _ page: PageRequest
  ) async throws -> Response {
    .json(try await gallery.queue(page))
  }

  /// `POST /api/moderation/cases/{id}/decision`: 204; 403 for what is the caller's own; 404 when it is
  /// decided already; 422.
  @Sendable func decide(
    _ request: Request,
    _ context: WebContext,
    _ form: DecisionForm
  ) async throws -> Response {
    let moderator = try context.moderator()
    let id = try context.id(as: ModerationCaseID.self)
    try await gallery.decide(id, form, by: moderator.memberID)
    return .noContent
  }

  /// `GET /api/moderation/bans?after=&limit=`: 200; 422 for a wrong cursor.
  @Sendable func bans(
    _ request: Request,
    _ context: WebContext,
    _ page: PageRequest
  ) async throws -> Response {
    .json(try await gallery.bans(page).map { BanResource(ban: $0, author: $1) })
  }

  /// `DELETE /api/moderation/bans/{id}`: 204; 404 when there is no such ban, or not any more.
  @Sendable func lift(_ request: Request, _ context: WebContext) async throws -> Response {
    let moderator = try context.moderator()
    try await gallery.lift(try context.id(as: PictureBanID.self), by: moderator.memberID)
    return .noContent
  }
}
