import ArtelModel
import ArtelPostgres
import ArtelStorage
import ArtelUploads
import ArtelWeb
import GalleryContract
import Hummingbird

/// `/pictures/{id}/{token}/{file}`: the files of a post, by post and size.
struct PictureRoutes: Sendable {
  let gallery: Gallery

  func addRoutes(to routes: Routes) {
    routes.get("/pictures/{id}/{token}/{file}", openTo: .galleryRead, use: show)
  }

  /// 404 when the caller may not see the post, or when the address is an old one.
  ///
  /// A public picture may be kept by anybody for ever, because hiding the post changes its address; a
  /// private one is kept nowhere.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let id = try context.id(as: PostID.self)
    let token = try context.text("token")
    guard let size = PictureSize(fileName: try context.text("file")) else { throw Problem.notFound }
    let post = try await Post.unscoped
      .picturesVisible(to: context.principal?.memberID)
      .where { $0.visibilityToken == token }
      .find(id, in: gallery.db)
    let (bytes, mediaType) = try await file(of: post, size)
    guard let digest = Digest(bytes: bytes) else { throw Problem.notFound }
    return try await Response.file(
      at: gallery.pictures.blobs.path(of: digest),
      contentType: mediaType,
      tag: EntityTag(strong: digest.hex),
      cache: post.isPublic && post.state == .kept ? .immutable : .never,
      for: request,
      pool: gallery.files
    )
  }

  private func file(of post: Post, _ size: PictureSize) async throws -> (
    digest: [UInt8], mediaType: String
  ) {
    switch size {
    case .original:
      return (post.imageDigest.bytes, post.imageType.mediaType)
    case .thumbnail(let side):
      let copy = try await Thumbnail.where { $0.postID == post.id && $0.size == side }.first(
        in: gallery.db
      )
      guard let copy else { throw Problem.notFound }
      return (copy.digest.bytes, "image/webp")
    }
  }
}
