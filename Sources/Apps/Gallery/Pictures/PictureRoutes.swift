import AccountsContract
import ArtelModel
import ArtelPictures
import ArtelUploads
import ArtelWeb
import GalleryContract
import Hummingbird

/// `/api/posts/{id}/pictures`: the pictures of a post as JSON.
struct PictureRoutes: Sendable {
  let gallery: Gallery

  static let create = Operation(
    .post,
    "/api/posts/{id}/pictures",
    id: "addPictures",
    "Adds pictures to a post, behind those that it has; the author alone may."
  )
  .tagged("Posts")
  .needs(.member(.galleryWrite))
  .takesUpload(
    PicturesForm.self,
    file: "image",
    upTo: Post.pictureLimit,
    AcceptedPicture.mediaTypes
  )
  .limited(to: PostForm.limit)
  .once()
  .answers(.created(FullPostResource.self))
  .refuses(.forbidden, .quotaExceeded)

  static let update = Operation(
    .patch,
    "/api/posts/{id}/pictures/{picture}",
    id: "updatePicture",
    "Changes what is said of a picture or its place, or makes it the cover; the author alone may."
  )
  .explained(
    """
    `position` counts from 1: the pictures between the old and the new place make room. The cover is \
    the first picture until `is_cover` chooses another.
    """
  )
  .tagged("Posts")
  .needs(.member(.galleryWrite))
  .takes(PictureChangeForm.self)
  .answers(.json(FullPostResource.self))
  .refuses(.forbidden)

  static let delete = Operation(
    .delete,
    "/api/posts/{id}/pictures/{picture}",
    id: "removePicture",
    "Takes a picture away from a post that has others; the author alone may."
  )
  .tagged("Posts")
  .needs(.member(.galleryWrite))
  .answers(.noContent)
  .refuses(.forbidden, .lastPicture)

  static let operations = [create.description, update.description, delete.description]

  func addRoutes(to routes: Routes) {
    routes.add(Self.create, use: create)
    routes.add(Self.update, use: update)
    routes.add(Self.delete, use: delete)
  }

  /// `POST /api/posts/{id}/pictures`: 201 with the whole post; multipart with `image`, once or more, and
  /// `alts`; 403 for others than the author.
  @Sendable func create(
    _ request: Request,
    _ context: WebContext,
    _ once: Once<Void>
  ) async throws -> Response {
    let member = try context.member()
    let id = try context.id(as: PostID.self)
    return try await gallery.requests.once(once.key) { attempt in
      let post = try await AddPictures(gallery: gallery, attempt: attempt)
        .run(request, context, to: id, by: member.memberID)
      let resource = FullPostResource(post)
      return .created(resource, at: resource.path)
    }
  }

  /// `PATCH /api/posts/{id}/pictures/{picture}`: the whole post; 403 for others than the author.
  @Sendable func update(
    _ request: Request,
    _ context: WebContext,
    _ changes: PictureChangeForm
  ) async throws -> Response {
    let member = try context.member()
    let post = try await gallery.change(
      try context.id("picture", as: PictureID.self),
      of: try context.id(as: PostID.self),
      changes,
      by: member.memberID
    )
    return .json(FullPostResource(post))
  }

  /// `DELETE /api/posts/{id}/pictures/{picture}`: 204; 403 for others than the author, 409 for the only
  /// one.
  @Sendable func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    try await gallery.remove(
      try context.id("picture", as: PictureID.self),
      of: try context.id(as: PostID.self),
      by: member.memberID
    )
    return .noContent
  }
}
