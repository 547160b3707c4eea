import AccountsContract
import ArtelModel
import ArtelRealtime
import ArtelWeb
import GalleryContract
import Hummingbird

/// The pages of posts: feed, own pictures, one post, its edit form.
struct PostPages: Sendable {
  let gallery: Gallery

  private struct ListPage: Sendable {
    let posts: [PostCard]
    let nextURL: String?
    let isEmpty: Bool
    /// Where the page stands among the updates; nil where it does not follow them.
    let position: String?
  }

  private struct PostPage: Sendable {
    let post: PostCard
    /// Whether there is somebody who may follow the author.
    var canFollow = false
    var isFollowed = false
  }

  func addRoutes(to routes: Routes) {
    routes.get("/", use: feed)
    routes.get("/mine", use: mine)
    routes.get("/posts/{id}", use: show)
    routes.get("/posts/{id}/edit", use: edit)
    routes.post("/posts/{id}/edit", use: update)
    routes.post("/posts/{id}/delete", use: delete)
  }

  /// `GET /`: the public posts, newest first.
  @Sendable func feed(_ request: Request, _ context: WebContext) async throws -> Response {
    let wish = try PageRequest(request)
    // Taken before the posts are read: what happens in between is told twice rather than not at all.
    let position = wish.after == nil ? gallery.updates.position : nil
    let page = try await gallery.feed(wish)
    return try await list(
      page,
      at: "/",
      template: "feed",
      section: "feed",
      position: position,
      context
    )
  }

  /// `GET /mine`: the member's own posts, private ones too.
  @Sendable func mine(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let page = try await gallery.posts(of: member.memberID, PageRequest(request))
    return try await list(page, at: "/mine", template: "posts/mine", section: "mine", context)
  }

  /// `GET /posts/{id}`: 404 when the caller may not see it.
  ///
  /// Counts a view of somebody else's post.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let card = try await card(context)
    if !card.isMine { gallery.views.add(to: try context.id(as: PostID.self)) }
    let viewer = context.principal?.memberID
    var page = PostPage(post: card)
    if let viewer, !card.isMine {
      page.canFollow = true
      page.isFollowed = try await gallery.follows(viewer, card.author.id)
    }
    return try await gallery.pages.render(
      "posts/show",
      page,
      section: "post",
      context: context
    )
  }

  /// `GET /posts/{id}/edit`: the form, for the author only.
  @Sendable func edit(_ request: Request, _ context: WebContext) async throws -> Response {
    _ = try context.member()
    let card = try await editableCard(context)
    let draft = FormDraft(
      PostForm.self,
      values: [
        "title": card.title, "description": card.description,
        "is_public": card.isPrivate ? "false" : "true", "tags": card.tagNames,
      ]
    )
    return try await gallery.pages.render(
      "posts/edit",
      PostPage(post: card),
      section: "post",
      form: draft,
      context: context
    )
  }

  /// `POST /posts/{id}/edit`: saves, or shows the form again with what is wrong.
  @Sendable func update(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let id = try context.id(as: PostID.self)
    let before = try await editableCard(context)
    switch try await request.submission(of: PostChangeForm.self) {
    case .refused(let draft):
      return try await gallery.pages.render(
        "posts/edit",
        PostPage(post: before),
        section: "post",
        form: draft,
        context: context
      )
    case .accepted(let changes, _):
      let (post, _, _) = try await gallery.change(id, changes, by: member.memberID)
      let isAsVisible = post.isPublic != before.isPrivate
      context.flash(isAsVisible ? "post_updated" : post.isPublic ? "post_shown" : "post_hidden")
      return .seeOther("/posts/\(id)")
    }
  }

  /// `POST /posts/{id}/delete`: deletes and leads to the feed.
  @Sendable func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    try await gallery.delete(try context.id(as: PostID.self), by: member.memberID)
    context.flash("post_deleted")
    return .seeOther("/")
  }

  private func list(
    _ page: Page<(Post, Member, [Tag])>,
    at path: String,
    template: String,
    section: String,
    position: String? = nil,
    _ context: WebContext
  ) async throws -> Response {
    let model = ListPage(
      posts: page.items.map { PostCard($0, by: $1, under: $2, for: context, in: gallery.pages) },
      nextURL: page.next.map { "\(path)?after=\($0)" },
      isEmpty: page.items.isEmpty,
      position: position
    )
    return try await gallery.pages.render(template, model, section: section, context: context)
  }

  private func card(_ context: WebContext) async throws -> PostCard {
    let (post, author, tags) = try await Post.query.visible(to: context.principal?.memberID)
      .including(Post.author, Post.namedTags)
      .find(try context.id(as: PostID.self), in: gallery.db)
    return PostCard(post, by: author, under: tags, for: context, in: gallery.pages)
  }

  private func editableCard(_ context: WebContext) async throws -> PostCard {
    let card = try await card(context)
    guard card.canEdit else { throw PostError.notAuthor }
    return card
  }
}
