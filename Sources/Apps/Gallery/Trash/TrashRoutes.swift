import AccountsContract
import ArtelModel
import ArtelWeb
import GalleryContract
import HTTPTypes
import Hummingbird

/// `/api/trash`: the caller's deleted posts as JSON.
struct TrashRoutes: Sendable {
  let gallery: Gallery

  static let list = Operation(
    .get,
    "/api/trash",
    id: "listTrash",
    "Lists the caller's posts in the trash, those that came last first."
  )
  .tagged("Trash")
  .explained(
    """
    A post stays there for 30 days, until `ends_at`, and counts towards the member's room meanwhile. \
    What a moderator took down is there too; its author cannot take it out.
    """
  )
  .needs(.member(.galleryRead))
  .asks(TrashForm.self)
  .answers(.json(Page<TrashedPost>.self))

  static let restore = Operation(
    .post,
    "/api/trash/{id}/restoration",
    id: "restorePost",
    "Takes a post out of the trash: everything is as it was."
  )
  .tagged("Trash")
  .needs(.member(.galleryWrite))
  .answers(.json(PostResource.self))
  .refuses(.forbidden)

  static let erase = Operation(
    .delete,
    "/api/trash/{id}",
    id: "erasePost",
    "Deletes a post of the caller's trash for good."
  )
  .tagged("Trash")
  .needs(.member(.galleryWrite))
  .answers(.noContent)

  static let operations = [list.description, restore.description, erase.description]

  func addRoutes(to routes: Routes) {
    routes.add(Self.list, use: list)
    routes.add(Self.restore, use: restore)
    routes.add(Self.erase, use: erase)
  }

  /// `GET /api/trash?after=&limit=`: 200.
  @Sendable func list(
    _ request: Request,
    _ context: WebContext,
    _ wish: TrashForm
  ) async throws -> Response {
    let member = try context.member()
    let posts = try await gallery.trash(of: member.memberID, wish.page)
    return .json(posts.map(TrashedPost.init))
  }

  /// `POST /api/trash/{id}/restoration`: 200 with the post; 403 for the author of what a moderator
  /// took down.
  @Sendable func restore(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let id = try context.id(as: PostID.self)
    let (post, author, tags) = try await gallery.restore(
      id,
      by: member.memberID,
      isModerator: member.isModerator
    )
    let tally = try await gallery.tally(of: .post(id), for: member.memberID)
    return .json(PostResource(post: post, author: author, tags: tags, tally: tally))
  }

  /// `DELETE /api/trash/{id}`: 204.
  @Sendable func erase(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    try await gallery.erase(try context.id(as: PostID.self), by: member.memberID)
    return .noContent
  }
}

/// Which part of the trash is asked for.
struct TrashForm: Form {
  let page: PageRequest

  init(_ fields: inout FormReader) {
    page = PageRequest(&fields)
  }
}

/// Why a moderator takes a post down; authors need no reason.
struct DeletionForm: Form {
  let reason: String

  init(_ fields: inout FormReader) {
    reason = fields.string("reason", .trimmed, .length(0...300), default: "")
  }
}
