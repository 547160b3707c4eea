import AccountsContract
import ArtelModel
import ArtelPictures
import ArtelUploads
import ArtelWeb
import GalleryContract
import Hummingbird

/// `/posts/{id}/pictures`: where the author adds, orders, describes and removes pictures by forms.
struct PicturePages: Sendable {
  let gallery: Gallery

  private struct PicturesPage: Sendable {
    let post: PostCard
    let pictures: [PictureCard]
    let acceptedTypes: String
    /// How many more it may have.
    let roomLeft: Int
    let hasRoom: Bool
    let maxBytesText: String
    let maxMegapixels: Int
  }

  func addRoutes(to routes: Routes) {
    routes.get("/posts/{id}/pictures", use: show)
    routes.on("/posts/{id}/pictures", method: .post, limit: PostForm.limit, use: create)
    routes.post("/posts/{id}/pictures/{picture}", use: update)
    routes.post("/posts/{id}/pictures/{picture}/delete", use: delete)
  }

  /// `GET /posts/{id}/pictures`: the pictures with their forms, for the author only.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    try await page(FormDraft(PicturesForm.self), context)
  }

  /// `POST /posts/{id}/pictures`: adds pictures, or says what is wrong with them.
  @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let id = try context.id(as: PostID.self)
    do {
      _ = try await AddPictures(gallery: gallery).run(request, context, to: id, by: member.memberID)
    } catch {
      guard let problem = PictureUpload.refusal(error) else { throw error }
      return try await page(FormDraft(PicturesForm.self).refused(by: problem), context)
    }
    context.flash("pictures_added")
    return .seeOther("/posts/\(id)/pictures")
  }

  /// `POST /posts/{id}/pictures/{picture}`: saves the words, moves the picture or makes it the cover.
  @Sendable func update(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let id = try context.id(as: PostID.self)
    let picture = try context.id("picture", as: PictureID.self)
    switch try await request.submission(of: PictureChangeForm.self) {
    case .refused(let draft): return try await page(draft, context)
    case .accepted(let changes, _):
      _ = try await gallery.change(picture, of: id, changes, by: member.memberID)
      context.flash("post_updated")
      return .seeOther("/posts/\(id)/pictures#picture-\(picture)")
    }
  }

  /// `POST /posts/{id}/pictures/{picture}/delete`: takes the picture away.
  @Sendable func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    let id = try context.id(as: PostID.self)
    try await gallery.remove(
      try context.id("picture", as: PictureID.self),
      of: id,
      by: member.memberID
    )
    context.flash("picture_removed")
    return .seeOther("/posts/\(id)/pictures")
  }

  private func page(_ draft: FormDraft, _ context: WebContext) async throws -> Response {
    let post = try await PostPages(gallery: gallery).editable(context)
    let limits = gallery.pictures.limits
    let roomLeft = Post.pictureLimit - post.pictures.count
    let page = PicturesPage(
      post: PostCard(post.entry, for: context, in: gallery.pages),
      pictures: PictureCard.all(of: post, in: gallery.pages, context.language),
      acceptedTypes: UploadPages.acceptedTypes,
      roomLeft: roomLeft,
      hasRoom: roomLeft > 0,
      maxBytesText: gallery.pages.byteText(limits.sizeBytes, in: context.language),
      maxMegapixels: limits.pixels / 1_000_000
    )
    return try await gallery.pages.render(
      "posts/pictures",
      page,
      section: "post",
      form: draft,
      context: context
    )
  }
}
