import AccountsContract
import ArtelConcurrency
import ArtelEvents
import ArtelIdentifiers
import ArtelModel
import ArtelPictures
import ArtelPostgres
import ArtelStorage
import ArtelUploads
import ArtelWeb
import FoundationEssentials
import GalleryContract
import Hummingbird

/// Brings pictures from a request into the feed as one post.
///
/// Received to disk, looked at, cleaned and copied, stored by content, and last the rows in one
/// transaction: whatever fails on the way, no post is visible and nothing is left behind.
struct PublishPost: Sendable {
  let gallery: Gallery
  /// Stores the answer with the post; nil when the request has no `Idempotency-Key`.
  var attempt: IdempotentAttempt?
  /// What is used up with the post.
  var uploads: [ResumableUploads.Finished] = []

  /// The form or a picture was refused; the draft shows the form again.
  struct Refusal: Error, ProblemConvertible {
    let problem: Problem
    let draft: FormDraft
  }

  /// Reads a multipart request with `image`, once or more, and the fields of ``PostForm``, or JSON with
  /// uploads.
  ///
  /// - Throws: ``Refusal``; ``MemberError/departed``.
  func run(
    _ request: Request,
    _ context: WebContext,
    by author: MemberID
  ) async throws -> PostInFull {
    if request.isJSON { return try await runWithUploads(request, context, by: author) }
    let upload = PictureUpload(gallery: gallery, attempt: attempt)
    let (pictures, fields) = try await refusing(FormDraft(PostForm.self)) {
      try await upload.receive(request, context, by: author)
    }
    switch PostForm.submission(from: fields) {
    case .refused(let draft):
      for picture in pictures { await picture.upload.cancel() }
      throw Refusal(problem: draft.problem, draft: draft)
    case .accepted(let form, let draft):
      return try await refusing(draft) {
        let prepared = try await upload.prepare(pictures, alts: form.alts)
        let words = Words(form)
        return try await publish(prepared, words, by: author, at: gallery.clock.now())
      }
    }
  }

  /// Has the form shown again when its pictures are refused.
  private func refusing<Value>(
    _ draft: FormDraft,
    _ body: () async throws -> Value
  ) async throws -> Value {
    do {
      return try await body()
    } catch {
      guard let problem = PictureUpload.refusal(error) else { throw error }
      throw Refusal(problem: problem, draft: draft)
    }
  }

  /// What a new post says beside its pictures.
  struct Words {
    var title: String
    var description: String
    var visibility: Visibility
    var tags: [TagName] = []
    /// What is to be seen on each picture, in their order; missing ones are empty.
    var alts: [String] = []
    var views = 0
  }

  /// Stores prepared pictures and their post; the pictures are used up.
  func publish(
    _ prepared: [PictureShelf.Prepared],
    _ words: Words,
    by author: MemberID,
    at now: Date
  ) async throws -> PostInFull {
    do {
      try await Member.meet(author, through: gallery.accounts, in: gallery.db)
    } catch {
      for picture in prepared { await picture.folder.remove() }
      throw error
    }
    gallery.reached(.authorMet)
    let id = PostID.generate()
    let sent = prepared.map(\.sent)
    let result = try await gallery.store(prepared, of: id, alts: words.alts, at: now) {
      stored,
      tx async throws in
      try await insert(id, words, with: stored, of: sent, by: author, at: now, in: tx)
    }
    gallery.reached(.postCommitted)
    return result
  }

  private func insert(
    _ id: PostID,
    _ words: Words,
    with stored: StoredPictures,
    of sent: [Bytea],
    by author: MemberID,
    at now: Date,
    in tx: Transaction
  ) async throws -> PostInFull {
    guard let first = stored.pictures.first else { throw PictureCountError.none }
    for upload in uploads { try await gallery.uploads.use(upload, in: tx) }
    let post = try await tx.insert(
      Post(
        id: id,
        authorID: author,
        title: words.title,
        description: words.description,
        views: words.views,
        visibilityToken: Post.freshVisibilityToken(),
        createdAt: now,
        updatedAt: now,
        movedAt: now,
        coverID: first.id,
        pictureCount: stored.pictures.count,
        visibility: words.visibility
      )
    )
    gallery.reached(.postInserted)
    let pictures = try await stored.insert(in: tx)
    try await SentFile.note(sent, of: id, by: author, in: tx)
    let member = try await Member.find(author, in: tx)
    // Looked at after the post has taken hold of the row: who departs later waits for this commit.
    guard member.departedAt == nil else { throw MemberError.departed }
    let tags = try await post.tag(Tag.named(words.tags, at: now, in: tx), in: tx)
    try await tx.publish(PostCreated(post: post.facts(tagged: tags)))
    if post.isPublic { try await gallery.tell(.created, of: post, in: tx) }
    try await MemberUsage.add(stored.bytes, to: author, limit: gallery.memberQuotaBytes, in: tx)
    let entry = PostEntry(post: post, author: member, cover: pictures[0], tags: tags)
    let result = PostInFull(entry: entry, pictures: pictures)
    let resource = FullPostResource(result)
    try await attempt?.store(created: resource, at: resource.path, in: tx)
    gallery.reached(.postComplete)
    return result
  }
}

extension PublishPost.Words {
  /// What a form says.
  init(_ form: PostForm) {
    self.init(
      title: form.title,
      description: form.description,
      visibility: form.visibility,
      tags: form.tags,
      alts: form.alts
    )
  }
}
