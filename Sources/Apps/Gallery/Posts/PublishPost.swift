import AccountsContract
import ArtelModel
import ArtelPictures
import ArtelPostgres
import ArtelStorage
import ArtelWeb
import GalleryContract
import Hummingbird

/// Brings a picture from a request into the feed.
///
/// Received to disk, looked at, cleaned and copied, stored by content, and last the rows in one
/// transaction: whatever fails on the way, no post is visible and nothing is left behind.
struct PublishPost: Sendable {
  let gallery: Gallery

  /// The form or the picture was refused; the draft shows the form again.
  struct Refusal: Error, ProblemConvertible {
    let problem: Problem
    let draft: FormDraft
  }

  /// Reads a multipart request with one `image` and the fields of ``PostForm``.
  ///
  /// - Throws: ``Refusal``; ``MemberError/departed``.
  func run(_ request: Request, _ context: WebContext, by author: MemberID) async throws -> (Post, Member) {
    context.extendTimeLimit(to: .seconds(600))
    var upload: BlobUpload?
    let fields = try await request.multipart(limits: MultipartLimits(fileBytes: gallery.pictures.limits.bytes)) {
      guard $0.name == "image" else { return }
      guard upload == nil else { throw PostError.severalPictures }
      upload = try await gallery.pictures.receive($0)
    }
    switch PostForm.submission(from: fields) {
    case .refused(let draft):
      await upload?.cancel()
      throw Refusal(problem: draft.problem, draft: draft)
    case .accepted(let form, let draft):
      guard let upload else { throw Refusal(problem: PostError.noPicture.problem, draft: draft) }
      do {
        return try await publish(upload, form, by: author)
      } catch let error as PictureError {
        throw Refusal(problem: error.problem, draft: draft)
      }
    }
  }

  /// Prepares and stores an upload and publishes it.
  func publish(_ upload: BlobUpload, _ form: PostForm, by author: MemberID) async throws -> (Post, Member) {
    let prepared = try await gallery.pictures.prepare(upload)
    let result = try await publish(prepared, form, by: author)
    await prepared.folder.remove()
    return result
  }

  private func publish(
    _ prepared: PictureShelf.Prepared, _ form: PostForm, by author: MemberID
  ) async throws -> (Post, Member) {
    try await Member.meet(author, through: gallery.accounts, in: gallery.db)
    var stored: [Bytea] = []
    do {
      return try await gallery.db.transaction { tx in
        try await gallery.pictures.holdFiles(in: tx)
        let picture = prepared.picture
        let image = try await gallery.pictures.blobs.adopt(fileAt: picture.path)
        stored.append(Bytea(image.digest.bytes))
        let now = gallery.clock.now()
        let post = try await tx.insert(
          Post(
            authorID: author, title: form.title, description: form.description,
            imageDigest: Bytea(image.digest.bytes), imageType: ImageType(picture.format),
            imageBytes: image.sizeBytes, width: picture.width, height: picture.height, isPublic: form.isPublic,
            visibilityToken: Post.freshVisibilityToken(), createdAt: now, updatedAt: now))
        var thumbnails: [Thumbnail] = []
        for copy in picture.thumbnails {
          let blob = try await gallery.pictures.blobs.adopt(fileAt: copy.path)
          stored.append(Bytea(blob.digest.bytes))
          thumbnails.append(
            Thumbnail(
              postID: post.id, size: copy.size, digest: Bytea(blob.digest.bytes), width: copy.width,
              height: copy.height, bytes: blob.sizeBytes))
        }
        try await tx.insert(contentsOf: thumbnails)
        return (post, try await Member.find(author, in: tx))
      }
    } catch {
      try? await gallery.pictures.removeUnused(stored, in: gallery.db)
      throw error
    }
  }
}
