import AccountsContract
import ArtelConcurrency
import ArtelEvents
import ArtelModel
import ArtelPictures
import ArtelPostgres
import ArtelStorage
import ArtelUploads
import ArtelWeb
import FoundationEssentials
import GalleryContract
import Hummingbird

/// Brings a picture from a request into the feed.
///
/// Received to disk, looked at, cleaned and copied, stored by content, and last the rows in one
/// transaction: whatever fails on the way, no post is visible and nothing is left behind.
struct PublishPost: Sendable {
  let gallery: Gallery
  /// Stores the answer with the post; nil when the request has no `Idempotency-Key`.
  var attempt: IdempotentAttempt?
  /// What is used up with the post.
  var uploads: [ResumableUploads.Finished] = []

  /// The form or the picture was refused; the draft shows the form again.
  struct Refusal: Error, ProblemConvertible {
    let problem: Problem
    let draft: FormDraft
  }

  /// Reads a multipart request with one `image` and the fields of ``PostForm``, or JSON with an upload.
  ///
  /// - Throws: ``Refusal``; ``MemberError/departed``.
  func run(_ request: Request, _ context: WebContext, by author: MemberID) async throws -> (
    Post, Member, [Tag]
  ) {
    context.extendTimeLimit(to: .seconds(600))
    if request.isJSON { return try await runWithUploads(request, by: author) }
    // A repeated request gets its answer whatever room there is, and only its body tells that it is.
    if attempt == nil, let bytes = request.headers[.contentLength].flatMap(Int.init) {
      try await requireRoom(for: bytes, of: author)
    }
    let (pictures, fields) = try await receive(request)
    if attempt != nil {
      do {
        try await requireRoom(for: pictures.reduce(0) { $0 + $1.sizeBytes }, of: author)
      } catch {
        for picture in pictures { await picture.cancel() }
        throw error
      }
    }
    gallery.reached(.uploadReceived)
    switch PostForm.submission(from: fields) {
    case .refused(let draft):
      for picture in pictures { await picture.cancel() }
      throw Refusal(problem: draft.problem, draft: draft)
    case .accepted(let form, let draft):
      do {
        return try await publish(pictures, form, by: author)
      } catch let error as PictureError {
        throw Refusal(problem: error.problem, draft: draft)
      } catch let error as PictureCountError {
        throw Refusal(problem: error.problem, draft: draft)
      } catch let error as QuotaError {
        throw Refusal(problem: error.problem, draft: draft)
      }
    }
  }

  /// Refuses before anything is decoded what is surely too much; how much it is exactly, with its
  /// copies, shows when it is stored.
  private func requireRoom(for bytes: Int, of author: MemberID) async throws {
    let used = try await MemberUsage.bytes(of: author, in: gallery.db)
    guard bytes > gallery.memberQuotaBytes - used else { return }
    throw Refusal(problem: QuotaError.exceeded.problem, draft: FormDraft(PostForm.self))
  }

  private func receive(_ request: Request) async throws -> ([BlobUpload], FormSource) {
    do {
      return try await gallery.pictures.receive(request, attempt)
    } catch let error as PictureError {
      throw Refusal(problem: error.problem, draft: FormDraft(PostForm.self))
    }
  }

  /// Prepares and stores the one picture of a form and publishes it.
  private func publish(
    _ pictures: [BlobUpload],
    _ form: PostForm,
    by author: MemberID
  ) async throws -> (Post, Member, [Tag]) {
    let picture = try await gallery.pictures.only(of: pictures)
    let prepared = try await gallery.pictures.prepare(picture)
    gallery.reached(.picturePrepared)
    return try await publish(prepared, Words(form), by: author, at: gallery.clock.now())
  }

  /// What a new post says beside its picture.
  struct Words {
    var title: String
    var description: String
    var isPublic: Bool
    var tags: [TagName] = []
    var views = 0
  }

  /// Stores a prepared picture and its post; the picture is used up.
  func publish(
    _ prepared: PictureShelf.Prepared,
    _ words: Words,
    by author: MemberID,
    at now: Date
  ) async throws -> (Post, Member, [Tag]) {
    do {
      try await Member.meet(author, through: gallery.accounts, in: gallery.db)
      gallery.reached(.authorMet)
      // In a task of its own: a caller who goes away must not leave files without a post.
      let result = try await Task { try await store(prepared, words, by: author, at: now) }.value
      await prepared.folder.remove()
      return result
    } catch {
      await prepared.folder.remove()
      throw error
    }
  }

  private func store(
    _ prepared: PictureShelf.Prepared,
    _ words: Words,
    by author: MemberID,
    at now: Date
  ) async throws -> (Post, Member, [Tag]) {
    var stored: [Bytea] = []
    do {
      let result = try await gallery.db.transaction { tx in
        try await gallery.pictures.holdFiles(in: tx)
        gallery.reached(.publishingBegun)
        for upload in uploads { try await gallery.uploads.use(upload, in: tx) }
        let picture = prepared.picture
        let image = try await gallery.pictures.blobs.adopt(fileAt: picture.original.path)
        stored.append(Bytea(image.digest.bytes))
        gallery.reached(.pictureStored)
        let post = try await tx.insert(
          Post(
            authorID: author,
            title: words.title,
            description: words.description,
            imageDigest: Bytea(image.digest.bytes),
            imageType: ImageType(picture.format),
            imageBytes: image.sizeBytes,
            width: picture.original.widthPixels,
            height: picture.original.heightPixels,
            frames: picture.frames,
            views: words.views,
            isPublic: words.isPublic,
            visibilityToken: Post.freshVisibilityToken(),
            createdAt: now,
            updatedAt: now
          )
        )
        gallery.reached(.postInserted)
        let thumbnails = try await storeCopies(of: prepared.picture, for: post, noting: &stored)
        try await tx.insert(contentsOf: thumbnails)
        try await SentFile.note([prepared.sent], of: post.id, by: author, in: tx)
        let member = try await Member.find(author, in: tx)
        // Looked at after the post has taken hold of the row: who departs later waits for this commit.
        guard member.departedAt == nil else { throw MemberError.departed }
        let tags = try await post.tag(Tag.named(words.tags, at: now, in: tx), in: tx)
        try await tx.publish(PostCreated(post: post.facts(tagged: tags)))
        if post.isPublic { try await gallery.tell(.created, of: post, in: tx) }
        try await MemberUsage.add(
          thumbnails.reduce(post.imageBytes) { $0 + $1.bytes },
          to: author,
          limit: gallery.memberQuotaBytes,
          in: tx
        )
        let resource = PostResource(post: post, author: member, tags: tags)
        try await attempt?.store(created: resource, at: resource.path, in: tx)
        gallery.reached(.postComplete)
        return (post, member, tags)
      }
      gallery.reached(.postCommitted)
      return result
    } catch {
      try? await gallery.pictures.removeUnused(stored)
      throw error
    }
  }

  private func storeCopies(
    of picture: PreparedPicture,
    for post: Post,
    noting stored: inout [Bytea]
  ) async throws -> [Thumbnail] {
    var thumbnails: [Thumbnail] = []
    for copy in picture.thumbnails {
      let blob = try await gallery.pictures.blobs.adopt(fileAt: copy.file.path)
      stored.append(Bytea(blob.digest.bytes))
      gallery.reached(.copyStored)
      thumbnails.append(
        Thumbnail(
          postID: post.id,
          size: copy.boxPixels,
          digest: Bytea(blob.digest.bytes),
          width: copy.file.widthPixels,
          height: copy.file.heightPixels,
          bytes: blob.sizeBytes
        )
      )
    }
    return thumbnails
  }
}
