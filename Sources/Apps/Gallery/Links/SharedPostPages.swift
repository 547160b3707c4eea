import AccountsContract
import ArtelConcurrency
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelStorage
import ArtelUploads
import ArtelWeb
import GalleryContract
import Hummingbird

/// `/s/{token}`: a post as whoever has a share link sees it, to be read only.
struct SharedPostPages: Sendable {
  let gallery: Gallery

  private struct SharedPage: Sendable {
    let post: PostCard
    let pictures: [PictureCard]
  }

  private struct PasswordPage: Sendable {
    let actionURL: String
  }

  func addRoutes(to routes: Routes) {
    routes.get("/s/{token}", use: show)
    routes.on("/s/{token}", method: .post, limit: LinkPasswordForm.limit, use: enter)
    routes.get("/s/{token}/pictures/{picture}/{file}", use: sendFile)
  }

  /// `GET /s/{token}`: the post, or the question for the password; 404 when the link leads nowhere.
  ///
  /// Counts a view of the link, unless it is the author's.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let token = try context.text("token")
    let link = try await gallery.link(token)
    guard link.isOpen(to: context.cookies, at: gallery.clock.now()) else {
      return try await question(FormDraft(LinkPasswordForm.self), token, context)
    }
    let post = try await Post.query.inFull(for: nil).find(link.postID, in: gallery.db)
    if !post.post.isEditable(by: context.principal?.memberID) { gallery.linkViews.add(to: link.id) }
    let page = SharedPage(
      post: PostCard(post.entry, for: context, in: gallery.pages),
      pictures: PictureCard.all(
        of: post,
        in: gallery.pages,
        context.language,
        under: "/s/\(token)/pictures"
      )
    )
    return try await gallery.pages.render("links/post", page, section: "post", context: context)
      .keepingAddressSecret()
      .keptFromSearchEngines()
  }

  /// `POST /s/{token}`: with the right password leads to the post, else asks again.
  @Sendable func enter(_ request: Request, _ context: WebContext) async throws -> Response {
    let token = try context.text("token")
    let link = try await gallery.link(token)
    switch try await request.submission(of: LinkPasswordForm.self) {
    case .refused(let draft): return try await question(draft, token, context)
    case .accepted(let form, let draft):
      let network = context.clientNetwork
      guard let pass = try await gallery.pass(to: link, for: form.password, from: network) else {
        return try await question(draft.refused(because: "links.wrong_password"), token, context)
      }
      context.setCookie(pass)
      return .seeOther("/s/\(token)")
    }
  }

  /// `GET /s/{token}/pictures/{picture}/{file}`: a file of the post's pictures, kept nowhere; 404 for all
  /// who do not see the post by this link.
  @Sendable func sendFile(_ request: Request, _ context: WebContext) async throws -> Response {
    let link = try await gallery.link(try context.text("token"))
    guard link.isOpen(to: context.cookies, at: gallery.clock.now()),
      let size = PictureSize(fileName: try context.text("file"))
    else { throw Problem.notFound }
    let picture = try context.id("picture", as: PictureID.self)
    let file = try await Picture.file(of: picture, in: link.postID, size, gallery.db)
    return try await Response.file(
      at: gallery.pictures.blobs.path(of: file.digest),
      contentType: file.mediaType,
      tag: EntityTag(strong: file.digest.hex),
      cache: .never,
      for: request,
      pool: gallery.files
    )
    .keptFromSearchEngines()
  }

  private func question(
    _ draft: FormDraft,
    _ token: String,
    _ context: WebContext
  ) async throws -> Response {
    try await gallery.pages.render(
      "links/password",
      PasswordPage(actionURL: "/s/\(token)"),
      section: "post",
      form: draft,
      context: context
    )
    .keepingAddressSecret()
    .keptFromSearchEngines()
  }
}
