import AccountsContract
import ArtelModel
import ArtelWeb
import GalleryContract
import Hummingbird

/// `/api/albums`: albums as JSON.
struct AlbumRoutes: Sendable {
  let gallery: Gallery

  static let list = Operation(.get, "/api/albums", id: "listAlbums", "Lists albums, newest first.")
    .tagged("Albums")
    .explained(
      """
      `owner` narrows the list to the albums of a member, who is named by id or username; members see \
      their own private and unlisted ones too. Nothing is found of unknown ones.
      """
    )
    .needs(.optionalToken(.galleryRead))
    .asks(AlbumListForm.self)
    .answers(.json(Page<AlbumResource>.self))

  static let create = Operation(.post, "/api/albums", id: "createAlbum", "Makes an empty album.")
    .tagged("Albums")
    .needs(.member(.galleryWrite))
    .takes(AlbumForm.self)
    .limited(to: AlbumForm.limit)
    .once()
    .answers(.created(AlbumResource.self))

  static let show = Operation(.get, "/api/albums/{id}", id: "getAlbum", "Shows an album.")
    .tagged("Albums")
    .needs(.optionalToken(.galleryRead))
    .answers(.json(AlbumResource.self))

  static let update = Operation(
    .patch,
    "/api/albums/{id}",
    id: "updateAlbum",
    "Changes the fields that are sent; the owner alone may."
  )
  .tagged("Albums")
  .needs(.member(.galleryWrite))
  .takes(AlbumChangeForm.self)
  .limited(to: AlbumChangeForm.limit)
  .answers(.json(AlbumResource.self))
  .refuses(.forbidden)

  static let delete = Operation(
    .delete,
    "/api/albums/{id}",
    id: "deleteAlbum",
    "Deletes an album and leaves its posts as they are; the owner alone may."
  )
  .tagged("Albums")
  .needs(.member(.galleryWrite))
  .answers(.noContent)
  .refuses(.forbidden)

  static let operations = [
    list.description, create.description, show.description, update.description,
    delete.description,
  ]

  func addRoutes(to routes: Routes) {
    routes.add(Self.list, use: list)
    routes.add(Self.create, use: create)
    routes.add(Self.show, use: show)
    routes.add(Self.update, use: update)
    routes.add(Self.delete, use: delete)
  }

  /// `GET /api/albums?owner=&after=&limit=`: 200.
  @Sendable func list(
    _ request: Request,
    _ context: WebContext,
    _ wish: AlbumListForm
  ) async throws -> Response {
    let albums = try await gallery.albums(wish, for: context.principal?.memberID)
    return .json(albums.map(AlbumResource.init))
  }

  /// `POST /api/albums`: 201.
  @Sendable func create(
    _ request: Request,
    _ context: WebContext,
    _ once: Once<AlbumForm>
  ) async throws -> Response {
    let member = try context.member()
    return try await gallery.requests.once(once.key) { attempt in
      let entry = try await gallery.makeAlbum(once.input, by: member.memberID, attempt)
      let resource = AlbumResource(entry: entry)
      return .created(resource, at: resource.path)
    }
  }

  /// `GET /api/albums/{id}`: 404 when the caller may not see it.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let id = try context.id(as: AlbumID.self)
    let album = try await gallery.album(id, for: context.principal?.memberID)
    return .json(AlbumResource(entry: album))
  }

  /// `PATCH /api/albums/{id}`: 403 for others than the owner.
  @Sendable func update(
    _ request: Request,
    _ context: WebContext,
    _ changes: AlbumChangeForm
  ) async throws -> Response {
    let member = try context.member()
    let id = try context.id(as: AlbumID.self)
    try await gallery.change(id, changes, by: member.memberID)
    return .json(AlbumResource(entry: try await gallery.album(id, for: member.memberID)))
  }

  /// `DELETE /api/albums/{id}`: 204; 403 for others than the owner.
  @Sendable func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    try await gallery.delete(try context.id(as: AlbumID.self), by: member.memberID)
    return .noContent
  }
}
