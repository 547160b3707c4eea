import ArtelModel
import ArtelPostgres
import ArtelStorage
import ArtelUploads
import ArtelWeb
import GalleryContract
import Hummingbird

/// `/pictures/{id}/{token}/{picture}/{file}`: the files of a post's pictures, by picture and size.
struct PictureFileRoutes: Sendable {
  let gallery: Gallery

  func addRoutes(to routes: Routes) {
    routes.get("/pictures/{id}/{token}/{picture}/{file}", openTo: .galleryRead, use: show)
  }

  /// 404 when the caller may not see the post, or when the address is an old one.
  ///
  /// A picture that others see may be kept by anybody for ever, because hiding the post changes its
  /// address; a private one is kept nowhere.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let id = try context.id(as: PostID.self)
    let token = try context.text("token")
    guard let size = PictureSize(fileName: try context.text("file")) else { throw Problem.notFound }
    let post = try await Post.unscoped.picturesVisible(to: context.principal?.memberID)
      .where { $0.visibilityToken == token }
      .find(id, in: gallery.db)
    let picture = try context.id("picture", as: PictureID.self)
    let file = try await Picture.file(of: picture, in: post.id, size, gallery.db)
    let isForOthers = post.visibility != .private && post.state == .kept
    let response = try await Response.file(
      at: gallery.pictures.blobs.path(of: file.digest),
      contentType: file.mediaType,
      tag: EntityTag(strong: file.digest.hex),
      cache: isForOthers ? .immutable : .never,
      for: request,
      pool: gallery.files
    )
    return post.isPublic ? response : response.keptFromSearchEngines()
  }
}

extension Picture {
  /// The file of a picture in one of its sizes; one statement.
  ///
  /// - Throws: `RowNotFound` when the post has no such picture.
  static func file(
    of id: PictureID,
    in post: PostID,
    _ size: PictureSize,
    _ reader: some StatementReader
  ) async throws -> (digest: Digest, mediaType: String) {
    let bytes: Bytea?
    let mediaType: String
    switch size {
    case .original:
      let picture = try await Picture.where { $0.postID == post }.find(id, in: reader)
      (bytes, mediaType) = (picture.digest, picture.type.mediaType)
    case .thumbnail(let side):
      let own = Picture.where { $0.id == id && $0.postID == post }.select { $0.id }
      let copy = try await Thumbnail.where { $0.size == side && $0.pictureID.in(own) }
        .first(in: reader)
      (bytes, mediaType) = (copy?.digest, "image/webp")
    }
    guard let digest = bytes.flatMap({ Digest(bytes: $0.bytes) }) else {
      throw RowNotFound(table: Picture.table.name)
    }
    return (digest, mediaType)
  }
}
