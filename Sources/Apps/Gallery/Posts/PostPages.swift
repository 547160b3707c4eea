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
    /// The orders to choose from; none where there is but one.
    let tabs: [FeedTab]
    /// The times to choose from; none where the order knows no times.
    let periods: [FeedTab]
    let hasPeriods: Bool
    /// Whether there may be other pictures than those of this list.
    let isNarrowed: Bool
  }

  private struct PostPage: Sendable {
    let post: PostCard
    let pictures: [PictureCard]
    /// What is said about it; nil where that is not shown.
    var thread: CommentThread?
    /// Whether there is somebody who may follow the author.
    var canFollow = false
    var isFollowed = false
    /// The albums that its author may put it into; none for others.
    var albums: [AlbumChoice] = []
    var canAddToAlbum = false
    /// Whether the viewer is a moderator, and it is another's.
    var canTakeDown = false
    /// Whether the viewer may report it; where that is done is `reportURL`.
    var canReport = false
    var reportURL = ""
  }

  func addRoutes(to routes: Routes) {
    routes.get("/", use: feed)
    routes.get("/mine", use: mine)
    routes.get("/posts/{id}", use: show)
    routes.get("/posts/{id}/edit", use: edit)
    routes.post("/posts/{id}/edit", use: update)
    routes.post("/posts/{id}/delete", use: delete)
  }

  /// `GET /?order=&period=`: the public posts, newest first when nothing is said.
  @Sendable func feed(_ request: Request, _ context: WebContext) async throws -> Response {
    let wish = try FeedForm.read(from: FormSource(query: request.uri.query ?? ""))
    // Taken before the posts are read: what happens in between is told twice rather than not at all.
    let position = wish.page.after == nil && wish.order == .new ? gallery.updates.position : nil
    let page = try await gallery.feed(wish, for: context.principal?.memberID)
    return try await list(
      page,
      at: wish.path,
      template: "feed",
      section: "feed",
      position: position,
      wish: wish,
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
  /// Counts a view of somebody else's post, once an hour.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let wish = try CommentListForm.read(from: FormSource(query: request.uri.query ?? ""))
    let post = try await found(context)
    if !post.post.isEditable(by: context.principal?.memberID) {
      gallery.views.add(to: post.post.id, by: context.viewer)
    }
    return try await page(of: post, wish, FormDraft(CommentForm.self), context)
  }

  /// The post of the address; 404 when the caller may not see it.
  func found(_ context: WebContext) async throws -> PostInFull {
    let viewer = context.principal?.memberID
    return try await Post.query.visible(to: viewer).inFull(for: viewer)
      .find(try context.id(as: PostID.self), in: gallery.db)
  }

  /// The page of a post with its comments; `draft` is what stands in the form for one more.
  func page(
    of post: PostInFull,
    _ wish: CommentListForm,
    _ draft: FormDraft,
    _ context: WebContext
  ) async throws -> Response {
    let card = PostCard(post.entry, for: context, in: gallery.pages)
    let follower = card.isMine ? nil : context.principal?.memberID
    let isModerator = context.principal?.isModerator ?? false
    async let isFollowed = gallery.follows(follower, card.author.id)
    async let choices = card.isMine ? gallery.choices(for: post.post.id, of: card.author.id) : []
    let thread = try await CommentThread.on(post.post, wish, for: context.principal, in: gallery)
    let albums = try await choices
    let page = PostPage(
      post: card,
      pictures: PictureCard.all(of: post, in: gallery.pages, context.language),
      thread: thread,
      canFollow: follower != nil,
      isFollowed: try await isFollowed,
      albums: albums,
      canAddToAlbum: albums.contains { !$0.hasPost },
      canTakeDown: isModerator && !card.isMine,
      canReport: follower != nil,
      reportURL: "/posts/\(card.id)/report"
    )
    let response = try await gallery.pages.render(
      "posts/show",
      page,
      section: "post",
      form: draft,
      context: context
    )
    return post.post.isPublic ? response : response.keptFromSearchEngines()
  }

  /// `GET /posts/{id}/edit`: the form, for the author only.
  @Sendable func edit(_ request: Request, _ context: WebContext) async throws -> Response {
    let post = try await editable(context)
    let card = PostCard(post.entry, for: context, in: gallery.pages)
    let draft = FormDraft(
      PostForm.self,
      values: [
        "title": card.title, "description": card.description,
        "visibility": post.post.visibility.rawValue, "tags": card.tagNames,
      ]
    )
    return try await editPage(of: post, draft, context)
  }

  /// `POST /posts/{id}/edit`: saves, or shows the form again with what is wrong.
  @Sendable func update(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let id = try context.id(as: PostID.self)
    let before = try await editable(context)
    switch try await request.submission(of: PostChangeForm.self) {
    case .refused(let draft):
      return try await editPage(of: before, draft, context)
    case .accepted(let changes, _):
      let post = try await gallery.change(id, changes, by: member.memberID).post
      let isAsVisible = post.visibility == before.post.visibility
      context.flash(isAsVisible ? "post_updated" : "post_\(post.visibility.rawValue)")
      return .seeOther("/posts/\(id)")
    }
  }

  /// `POST /posts/{id}/delete`: leads to the trash, where it can be undone; a moderator, who takes the
  /// post down, to the feed.
  @Sendable func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let isTakenDown = try await gallery.delete(
      try context.id(as: PostID.self),
      by: member.memberID,
      isModerator: member.isModerator,
      because: try await request.form(DeletionForm.self).reason
    )
    context.flash(isTakenDown ? "post_taken_down" : "post_deleted")
    return .seeOther(isTakenDown ? "/" : "/trash")
  }

  private func list(
    _ page: Page<PostEntry>,
    at path: String,
    template: String,
    section: String,
    position: String? = nil,
    wish: FeedForm? = nil,
    _ context: WebContext
  ) async throws -> Response {
    let model = ListPage(
      posts: gallery.cards(page.items, for: context),
      nextURL: page.next.map { "\(path)\(path.contains("?") ? "&" : "?")after=\($0)" },
      isEmpty: page.items.isEmpty,
      position: position,
      tabs: wish.map { FeedTab.orders($0, in: gallery.pages, context.language) } ?? [],
      periods: wish.map { FeedTab.periods($0, in: gallery.pages, context.language) } ?? [],
      hasPeriods: wish?.order == .top,
      isNarrowed: wish.map { $0.order == .top && $0.period != .all } ?? false
    )
    return try await gallery.pages.render(template, model, section: section, context: context)
  }

  private func editPage(
    of post: PostInFull,
    _ draft: FormDraft,
    _ context: WebContext
  ) async throws -> Response {
    let page = PostPage(
      post: PostCard(post.entry, for: context, in: gallery.pages),
      pictures: PictureCard.all(of: post, in: gallery.pages, context.language)
    )
    return try await gallery.pages.render(
      "posts/edit",
      page,
      section: "post",
      form: draft,
      context: context
    )
  }

  /// The post of the address; 403 for others than the author.
  func editable(_ context: WebContext) async throws -> PostInFull {
    let member = try context.member()
    let post = try await found(context)
    guard post.post.isEditable(by: member.memberID) else { throw PostError.notAuthor }
    return post
  }
}
