import AccountsContract
import ArtelConcurrency
import ArtelIdentifiers
import ArtelUploads
import ArtelWeb
import Hummingbird

/// What a member says about a new picture that was uploaded before.
struct UploadedPostForm: Form {
  let post: PostForm
  let uploads: [String]

  init(_ fields: inout FormReader) {
    post = PostForm(&fields)
    uploads = fields.strings("uploads", .length(36...36), count: 1...1)
  }
}

extension PublishPost {
  /// Reads the fields of ``UploadedPostForm`` and publishes the upload, which is used up with the post.
  ///
  /// A picture that is refused leaves its upload as it was.
  ///
  /// - Throws: `UploadError`, `PictureError`, ``QuotaError``, ``MemberError/departed``.
  func runWithUploads(_ request: Request, by author: MemberID) async throws -> (Post, Member, [Tag])
  {
    let fields = try await request.formSource()
    attempt?.add(fields)
    try await attempt?.proceed()
    let form = try UploadedPostForm.read(from: fields)
    guard let text = form.uploads.first, let id = UploadID(text) else { throw UploadError.unknown }
    let upload = try await gallery.uploads.finished(id, of: author)
    do {
      let prepared = try await gallery.pictures.prepare(fileAt: upload.path)
      gallery.reached(.picturePrepared)
      var publishing = self
      publishing.uploads = [upload]
      let words = Words(form.post)
      let result = try await publishing.publish(
        prepared,
        words,
        by: author,
        at: gallery.clock.now()
      )
      await gallery.uploads.remove(upload)
      return result
    } catch {
      upload.letGo()
      throw error
    }
  }
}

extension PublishPost.Words {
  /// What a form says.
  init(_ form: PostForm) {
    self.init(
      title: form.title,
      description: form.description,
      isPublic: form.isPublic,
      tags: form.tags
    )
  }
}
