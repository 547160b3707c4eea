import AccountsContract
import ArtelModel
import ArtelStorage
import ArtelUploads
import ArtelWeb
import GalleryContract
import Hummingbird

/// Brings pictures from a request into a post that there is.
struct AddPictures: Sendable {
  let gallery: Gallery
  /// Stores the answer with the pictures; nil when the request has no `Idempotency-Key`.
  var attempt: IdempotentAttempt?

  /// Reads a multipart request with `image`, once or more, and the fields of ``PicturesForm``.
  ///
  /// - Throws: `RowNotFound`; ``PostError``; `Problem` when a picture or a text is refused.
  func run(
    _ request: Request,
    _ context: WebContext,
    to id: PostID,
    by editor: MemberID
  ) async throws -> PostInFull {
    // Before anything is sent in vain; asked again with the post's row locked.
    let post = try await Post.query.visible(to: editor).find(id, in: gallery.db)
    guard post.isEditable(by: editor) else { throw PostError.notAuthor }
    let upload = PictureUpload(gallery: gallery, attempt: attempt)
    let (pictures, fields) = try await upload.receive(request, context, by: editor)
    switch PicturesForm.submission(from: fields) {
    case .refused(let draft):
      for picture in pictures { await picture.upload.cancel() }
      throw draft.problem
    case .accepted(let form, _):
      let prepared = try await upload.prepare(pictures, alts: form.alts)
      return try await gallery.add(prepared, alts: form.alts, to: id, by: editor, attempt)
    }
  }
}
