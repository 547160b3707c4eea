import AccountsContract
import ArtelModel
import ArtelWeb
import GalleryContract
import Hummingbird

/// `/api/posts/{id}/comments` and `/api/comments`: comments as JSON.
struct CommentRoutes: Sendable {
  let gallery: Gallery

  static let list = Operation(
    .get,
    "/api/posts/{id}/comments",
    id: "listComments",
    "Lists the comments on a post: the oldest, the newest or the most liked first."
  )
  .explained(
    """
    Comments of members whom the caller has muted, and of those with a block between the two, are \
    left out, so that a page may have fewer than `limit`, also none, with more behind it.
    """
  )
  .tagged("Comments")
  .needs(.optionalToken(.galleryRead))
  .asks(CommentListForm.self)
  .answers(.json(Page<CommentResource>.self))

  static let create = Operation(
    .post,
    "/api/posts/{id}/comments",
    id: "createComment",
    "Says something about a post."
  )
  .tagged("Comments")
  .needs(.member(.galleryWrite))
  .takes(CommentForm.self)
  .limited(to: CommentForm.limit)
  .once()
  .answers(.created(CommentResource.self))
  .refuses(.forbidden)

  static let show = Operation(.get, "/api/comments/{id}", id: "getComment", "Shows a comment.")
    .tagged("Comments")
    .needs(.optionalToken(.galleryRead))
    .answers(.json(CommentResource.self))

  static let update = Operation(
    .patch,
    "/api/comments/{id}",
    id: "updateComment",
    "Changes the text of a comment; the author alone may."
  )
  .tagged("Comments")
  .needs(.member(.galleryWrite))
  .takes(CommentChangeForm.self)
  .limited(to: CommentChangeForm.limit)
  .answers(.json(CommentResource.self))
  .refuses(.forbidden)

  static let delete = Operation(
    .delete,
    "/api/comments/{id}",
    id: "deleteComment",
    "Deletes a comment; its author, the author of the post and moderators may."
  )
  .tagged("Comments")
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

  /// `GET /api/posts/{id}/comments?order=&after=&limit=`: 404 when the caller may not see the post.
  @Sendable func list(
    _ request: Request,
    _ context: WebContext,
    _ wish: CommentListForm
  ) async throws -> Response {
    let viewer = context.principal?.memberID
    let id = try context.id(as: PostID.self)
    let post = try await Post.query.visible(to: viewer).find(id, in: gallery.db)
    let comments = try await gallery.comments(on: post.id, wish, for: viewer)
    return .json(comments.map(CommentResource.init))
  }

  /// `POST /api/posts/{id}/comments`: 201; 403 with a block between the two members.
  @Sendable func create(
    _ request: Request,
    _ context: WebContext,
    _ once: Once<CommentForm>
  ) async throws -> Response {
    let member = try context.member()
    let id = try context.id(as: PostID.self)
    return try await gallery.requests.once(once.key) { attempt in
      let (comment, author) = try await gallery.comment(
        once.input,
        on: id,
        by: member.memberID,
        attempt
      )
      let resource = CommentResource(comment: comment, author: author)
      return .created(resource, at: resource.path)
    }
  }

  /// `GET /api/comments/{id}`: 404 when the caller may not see the post.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let id = try context.id(as: CommentID.self)
    let viewer = context.principal?.memberID
    let (comment, author, tally) = try await Comment.query.visible(to: viewer)
      .including(Comment.author, Comment.tally(for: viewer))
      .find(id, in: gallery.db)
    return .json(CommentResource(comment: comment, author: author, tally: tally))
  }

  /// `PATCH /api/comments/{id}`: 403 for others than the author.
  @Sendable func update(
    _ request: Request,
    _ context: WebContext,
    _ changes: CommentChangeForm
  ) async throws -> Response {
    let member = try context.member()
    let id = try context.id(as: CommentID.self)
    let (comment, author) = try await gallery.change(id, changes, by: member.memberID)
    let tally = try await gallery.tally(of: .comment(id), for: member.memberID)
    return .json(CommentResource(comment: comment, author: author, tally: tally))
  }

  /// `DELETE /api/comments/{id}`: 204; 403 for those who may not.
  @Sendable func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let id = try context.id(as: CommentID.self)
    try await gallery.delete(id, by: member.memberID, isModerator: member.isModerator)
    return .noContent
  }
}
