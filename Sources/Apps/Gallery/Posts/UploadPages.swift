import AccountsContract
import ArtelPictures
import ArtelUploads
import ArtelWeb
import Hummingbird

/// The page where members bring pictures; with JavaScript it sends them to the API, several at once.
struct UploadPages: Sendable {
  let gallery: Gallery

  /// What a file chooser offers.
  static let acceptedTypes = AcceptedPicture.acceptAttribute

  private struct UploadPage: Sendable {
    let memberID: String
    let maxBytes: Int
    let maxBytesText: String
    let maxMegapixels: Int
    let maxPictures: Int
    let acceptedTypes: String
    let usedBytes: Int
    let usedBytesText: String
    let quotaBytes: Int
    let quotaBytesText: String
  }

  func addRoutes(to routes: Routes) {
    routes.get("/upload", use: show)
    routes.on("/upload", method: .post, limit: PostForm.limit, use: create)
  }

  /// `GET /upload`: the form.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    return try await render(FormDraft(PostForm.self), for: member.memberID, context)
  }

  /// `POST /upload`: publishes the pictures of a form without JavaScript as one post.
  @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    do {
      let published = try await PublishPost(gallery: gallery).run(
        request,
        context,
        by: member.memberID
      )
      context.flash("post_created")
      return .seeOther("/posts/\(published.post.id)")
    } catch let refusal as PublishPost.Refusal {
      return try await render(
        refusal.draft.refused(by: refusal.problem),
        for: member.memberID,
        context
      )
    }
  }

  private func render(
    _ draft: FormDraft,
    for member: MemberID,
    _ context: WebContext
  ) async throws -> Response {
    let limits = gallery.pictures.limits
    let used = try await MemberUsage.bytes(of: member, in: gallery.db)
    let page = UploadPage(
      memberID: "\(member)",
      maxBytes: limits.sizeBytes,
      maxBytesText: gallery.pages.byteText(limits.sizeBytes, in: context.language),
      maxMegapixels: limits.pixels / 1_000_000,
      maxPictures: Post.pictureLimit,
      acceptedTypes: UploadPages.acceptedTypes,
      usedBytes: used,
      usedBytesText: gallery.pages.byteText(used, in: context.language),
      quotaBytes: gallery.memberQuotaBytes,
      quotaBytesText: gallery.pages.byteText(gallery.memberQuotaBytes, in: context.language)
    )
    return try await gallery.pages.render(
      "posts/upload",
      page,
      section: "upload",
      form: draft,
      context: context
    )
  }
}
