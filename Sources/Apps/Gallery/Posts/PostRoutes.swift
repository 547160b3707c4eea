import AccountsContract
import ArtelModel
import ArtelPictures
import ArtelUploads
import ArtelWeb
import FoundationEssentials
import GalleryContract
import Hummingbird

/// `/api/posts`: posts as JSON.
struct PostRoutes: Sendable {
  let gallery: Gallery

  static let list = Operation(
    .get,
    "/api/posts",
    id: "listPosts",
    "Lists the public posts: the newest, the best of a time, or what is liked now."
  )
  .tagged("Posts")
  .explained(
    """
    `tag` and `author` narrow the list to the posts of a tag and of a member, who is named by id or \
    username; members see their own private posts too. Nothing is found of unknown ones. `feed=home` \
    is of those whom the caller follows, whatever else is asked for; guests get 401. All of these are \
    newest first, whatever `order` says.
    """
  )
  .needs(.optionalToken(.galleryRead))
  .asks(PostListForm.self)
  .answers(.json(Page<PostResource>.self))

  static let create = Operation(
    .post,
    "/api/posts",
    id: "createPost",
    "Uploads pictures and publishes them as one post."
  )
  .tagged("Posts")
  .explained(
    "Instead of the picture itself, JSON can name an upload that is whole, which is used up."
  )
  .needs(.member(.galleryWrite))
  .takesUpload(
    PostForm.self,
    file: "image",
    upTo: Post.pictureLimit,
    AcceptedPicture.mediaTypes
  )
  .orTakes(UploadedPostForm.self)
  .limited(to: PostForm.limit)
  .once()
  .answers(.created(FullPostResource.self))
  .refuses(.quotaExceeded, .notFound, .uploadUnfinished, .uploadExpired, .uploadBusy)

  static let show = Operation(.get, "/api/posts/{id}", id: "getPost", "Shows a post.")
    .tagged("Posts")
    .needs(.optionalToken(.galleryRead))
    .answers(.json(FullPostResource.self))
    .revalidated()

  static let update = Operation(
    .patch,
    "/api/posts/{id}",
    id: "updatePost",
    "Changes the fields that are sent; the author alone may."
  )
  .tagged("Posts")
  .needs(.member(.galleryWrite))
  .takes(PostChangeForm.self)
  .answers(.json(FullPostResource.self))
  .refuses(.forbidden)

  static let delete = Operation(
    .delete,
    "/api/posts/{id}",
    id: "deletePost",
    "Puts a post into the trash; a moderator takes it down."
  )
  .tagged("Posts")
  .explained(
    """
    For 30 days its author can take it out of the trash again, but not what a moderator took down, of \
    which the author is told. Others get 403.
    """
  )
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

  /// `GET /api/posts?order=&period=&tag=&author=&after=&limit=`: the public posts, newest first when
  /// nothing is said.
  @Sendable func list(
    _ request: Request,
    _ context: WebContext,
    _ wish: PostListForm
  ) async throws -> Response {
    let posts = try await gallery.posts(wish, for: context.principal?.memberID)
    return .json(posts.map(PostResource.init))
  }

  /// `POST /api/posts`: 201; multipart with `image`, once or more, and the fields of `PostForm`, or JSON
  /// with `uploads` instead of the images.
  @Sendable func create(
    _ request: Request,
    _ context: WebContext,
    _ once: Once<Void>
  ) async throws -> Response {
    let member = try context.member()
    return try await gallery.requests.once(once.key) { attempt in
      let post = try await PublishPost(gallery: gallery, attempt: attempt)
        .run(request, context, by: member.memberID)
      let resource = FullPostResource(post)
      return .created(resource, at: resource.path)
    }
  }

  /// `GET /api/posts/{id}`: 404 when the caller may not see it.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let id = try context.id(as: PostID.self)
    let viewer = context.principal?.memberID
    let post = try await Post.query.visible(to: viewer).inFull(for: viewer).find(id, in: gallery.db)
    let cache: CachePolicy = post.post.isPublic ? .revalidated : .never
    return await request.conditional(on: post.entry.entityTag, cache: cache) {
      .json(FullPostResource(post))
    }
  }

  /// `PATCH /api/posts/{id}`: changes the fields that are sent; 403 for others than the author.
  @Sendable func update(
    _ request: Request,
    _ context: WebContext,
    _ changes: PostChangeForm
  ) async throws -> Response {
    let member = try context.member()
    let id = try context.id(as: PostID.self)
    let post = try await gallery.change(id, changes, by: member.memberID)
    return .json(FullPostResource(post))
  }

  /// `DELETE /api/posts/{id}`: 204; 403 for others than the author and moderators.
  @Sendable func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let id = try context.id(as: PostID.self)
    try await gallery.delete(id, by: member.memberID, isModerator: member.isModerator)
    return .noContent
  }
}

extension PostEntry {
  /// Names what a caller sees of the post; views are left out, so that counting them keeps copies fresh.
  var entityTag: EntityTag {
    let version = Int((post.updatedAt.timeIntervalSince1970 * 1e6).rounded())
    let vote = tally.vote.map { "-\($0.rawValue)" } ?? ""
    return EntityTag(weak: "\(post.id)-\(version)-\(tally.upvotes)-\(tally.downvotes)\(vote)")
  }
}
