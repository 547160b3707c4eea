import AccountsContract
import ArtelModel
import ArtelWeb
import GalleryContract
import Hummingbird

/// `/api/albums/{id}/posts`, `/order` and `/cover`: what is in an album.
struct AlbumPostRoutes: Sendable {
  let gallery: Gallery

  static let list = Operation(
    .get,
    "/api/albums/{id}/posts",
    id: "listAlbumPosts",
    "Lists the posts of an album that the caller sees, in its order."
  )
  .tagged("Albums")
  .needs(.optionalToken(.galleryRead))
  .asks(PageRequest.self)
  .answers(.json(Page<PostResource>.self))

  static let add = Operation(
    .put,
    "/api/albums/{id}/posts/{post_id}",
    id: "addToAlbum",
    "Puts one of the caller's posts at the end of an album; one that is there already stays."
  )
  .tagged("Albums")
  .needs(.member(.galleryWrite))
  .limited(to: AlbumChangeForm.limit)
  .answers(.noContent)
  .refuses(.forbidden, .albumFull)

  static let remove = Operation(
    .delete,
    "/api/albums/{id}/posts/{post_id}",
    id: "removeFromAlbum",
    "Takes a post out of an album, if it is there."
  )
  .tagged("Albums")
  .needs(.member(.galleryWrite))
  .limited(to: AlbumChangeForm.limit)
  .answers(.noContent)
  .refuses(.forbidden)

  static let order = Operation(
    .put,
    "/api/albums/{id}/order",
    id: "orderAlbum",
    "Orders an album."
  )
  .tagged("Albums")
  .explained("`posts` names each post of the album once; otherwise the answer is 409.")
  .needs(.member(.galleryWrite))
  .takes(AlbumOrderForm.self)
  .limited(to: AlbumChangeForm.limit)
  .answers(.noContent)
  .refuses(.forbidden, .conflict)

  static let setCover = Operation(
    .put,
    "/api/albums/{id}/cover",
    id: "setAlbumCover",
    "Makes a post the picture of its album; null for whichever comes first."
  )
  .tagged("Albums")
  .needs(.member(.galleryWrite))
  .takes(AlbumCoverForm.self)
  .limited(to: AlbumChangeForm.limit)
  .answers(.noContent)
  .refuses(.forbidden)

  static let operations = [
    list.description, add.description, remove.description, order.description,
    setCover.description,
  ]

  func addRoutes(to routes: Routes) {
    routes.add(Self.list, use: list)
    routes.add(Self.add, use: add)
    routes.add(Self.remove, use: remove)
    routes.add(Self.order, use: order)
    routes.add(Self.setCover, use: setCover)
  }

  /// `GET /api/albums/{id}/posts?after=&limit=`: 404 when the caller may not see the album.
  @Sendable func list(
    _ request: Request,
    _ context: WebContext,
    _ page: PageRequest
  ) async throws -> Response {
    let viewer = context.principal?.memberID
    let album = try await Album.query.visible(to: viewer)
      .find(try context.id(as: AlbumID.self), in: gallery.db)
    let posts = try await gallery.posts(in: album, for: viewer, page)
    return .json(posts.map(PostResource.init))
  }

  /// `PUT /api/albums/{id}/posts/{post_id}`: 204; 403 for others than the owner, and for others' posts.
  @Sendable func add(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let album = try context.id(as: AlbumID.self)
    let post = try context.id("post_id", as: PostID.self)
    try await gallery.add(post, to: album, by: member.memberID)
    return .noContent
  }

  /// `DELETE /api/albums/{id}/posts/{post_id}`: 204; 403 for others than the owner.
  @Sendable func remove(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let album = try context.id(as: AlbumID.self)
    let post = try context.id("post_id", as: PostID.self)
    try await gallery.remove(post, from: album, by: member.memberID)
    return .noContent
  }

  /// `PUT /api/albums/{id}/order`: 204; 409 when the album has other posts.
  @Sendable func order(
    _ request: Request,
    _ context: WebContext,
    _ wish: AlbumOrderForm
  ) async throws -> Response {
    let member = try context.member()
    let album = try context.id(as: AlbumID.self)
    try await gallery.order(album, as: wish.posts, by: member.memberID)
    return .noContent
  }

  /// `PUT /api/albums/{id}/cover`: 204; 404 for a post that is not in it.
  @Sendable func setCover(
    _ request: Request,
    _ context: WebContext,
    _ wish: AlbumCoverForm
  ) async throws -> Response {
    let member = try context.member()
    let album = try context.id(as: AlbumID.self)
    try await gallery.setCover(wish.post, of: album, by: member.memberID)
    return .noContent
  }
}
