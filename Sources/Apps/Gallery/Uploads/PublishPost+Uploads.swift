import AccountsContract
import ArtelConcurrency
import ArtelIdentifiers
import ArtelStorage
import ArtelUploads
import ArtelWeb
import Hummingbird

/// What a member says about a new post whose pictures were uploaded before.
struct UploadedPostForm: Form {
  let post: PostForm
  /// The ids of the uploads, in the order of the pictures.
  let uploads: [String]

  init(_ fields: inout FormReader) {
    post = PostForm(&fields)
    uploads = fields.strings("uploads", .length(36...36), count: 1...Post.pictureLimit)
  }
}

extension PublishPost {
  /// Reads the fields of ``UploadedPostForm`` and publishes the uploads, which are used up with the post.
  ///
  /// A picture that is refused leaves all uploads as they were.
  ///
  /// - Throws: `UploadError`, `PictureError`, ``PostError``, ``QuotaError``, ``MemberError/departed``.
  func runWithUploads(
    _ request: Request,
    _ context: WebContext,
    by author: MemberID
  ) async throws -> PostInFull {
    context.extendTimeLimit(to: .seconds(600))
    let fields = try await request.formSource()
    attempt?.add(fields)
    try await attempt?.proceed()
    let form = try UploadedPostForm.read(from: fields)
    guard form.post.alts.count <= form.uploads.count else { throw PostError.tooManyAlts }
    var publishing = self
    do {
      for text in form.uploads {
        guard let id = UploadID(text) else { throw UploadError.unknown }
        publishing.uploads.append(try await gallery.uploads.finished(id, of: author))
      }
      let prepared = try await prepare(publishing.uploads)
      let words = Words(form.post)
      let post = try await publishing.publish(prepared, words, by: author, at: gallery.clock.now())
      for upload in publishing.uploads { await gallery.uploads.remove(upload) }
      return post
    } catch {
      for upload in publishing.uploads { upload.letGo() }
      throw error
    }
  }

  /// Prepares the pictures of uploads, all or none.
  private func prepare(
    _ uploads: [ResumableUploads.Finished]
  ) async throws -> [PictureShelf.Prepared] {
    var prepared: [PictureShelf.Prepared] = []
    do {
      for upload in uploads {
        prepared.append(try await gallery.pictures.prepare(fileAt: upload.path))
        gallery.reached(.picturePrepared)
      }
      return prepared
    } catch {
      for picture in prepared { await picture.folder.remove() }
      throw error
    }
  }
}
