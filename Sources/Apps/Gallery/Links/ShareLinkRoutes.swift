import AccountsContract
import ArtelModel
import ArtelWeb
import GalleryContract
import Hummingbird

/// `/api/posts/{id}/links`: the share links of a post as JSON.
struct ShareLinkRoutes: Sendable {
  let gallery: Gallery

  static let list = Operation(
    .get,
    "/api/posts/{id}/links",
    id: "listShareLinks",
    "Lists the share links of a post, the youngest first; the author alone may."
  )
  .tagged("Share links")
  .needs(.member(.galleryRead))
  .asks(PageRequest.self)
  .answers(.json(Page<ShareLink>.self))
  .refuses(.forbidden)

  static let create = Operation(
    .post,
    "/api/posts/{id}/links",
    id: "createShareLink",
    "Makes an address by which anybody sees a post; the author alone may."
  )
  .explained(
    """
    The address is in this answer only. It works for `lifetime`, or through the day `until`, of UTC, at \
    most a year ahead; whoever opens it is asked for the `password` if there is one. It ends sooner when it \
    is revoked or the post is deleted, also into the trash.
    """
  )
  .tagged("Share links")
  .needs(.member(.galleryWrite))
  .takes(ShareLinkForm.self)
  .limited(to: ShareLinkForm.limit)
  .answers(.json(MadeLink.self, status: .created))
  .refuses(.forbidden, .tooManyLinks)

  static let delete = Operation(
    .delete,
    "/api/posts/{id}/links/{link}",
    id: "revokeShareLink",
    "Ends a share link at once; the author alone may."
  )
  .tagged("Share links")
  .needs(.member(.galleryWrite))
  .answers(.noContent)
  .refuses(.forbidden)

  static let operations = [list.description, create.description, delete.description]

  func addRoutes(to routes: Routes) {
    routes.add(Self.list, use: list)
    routes.add(Self.create, use: create)
    routes.add(Self.delete, use: delete)
  }

  /// `GET /api/posts/{id}/links?after=&limit=`: 200; 403 for others than the author.
  @Sendable func list(
    _ request: Request,
    _ context: WebContext,
    _ page: PageRequest
  ) async throws -> Response {
    let member = try context.member()
    let post = try context.id(as: PostID.self)
    return .json(try await gallery.links(to: post, of: member.memberID, page))
  }

  /// `POST /api/posts/{id}/links`: 201; 403 for others than the author; 409 when there are too many.
  @Sendable func create(
    _ request: Request,
    _ context: WebContext,
    _ form: ShareLinkForm
  ) async throws -> Response {
    let member = try context.member()
    let post = try context.id(as: PostID.self)
    let made = try await gallery.makeLink(form, to: post, by: member.memberID)
    return .json(made, status: .created)
  }

  /// `DELETE /api/posts/{id}/links/{link}`: 204; 403 for others than the author.
  @Sendable func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let post = try context.id(as: PostID.self)
    let link = try context.id("link", as: ShareLinkID.self)
    try await gallery.revokeLink(link, to: post, by: member.memberID)
    return .noContent
  }
}
