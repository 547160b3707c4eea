import AccountsContract
import ArtelConcurrency
import ArtelPictures
import ArtelStorage
import ArtelUploads
import ArtelWeb
import GalleryContract
import Hummingbird

/// Takes pictures from a request, as far as their member has room, and prepares them to be stored.
struct PictureUpload: Sendable {
  let gallery: Gallery
  /// Told of every piece that arrives; nil when the request has no `Idempotency-Key`.
  var attempt: IdempotentAttempt?

  /// Reads a multipart request with `image`, once or more, and the fields of a form.
  ///
  /// - Returns: The pictures, each to be used up or cancelled, and the fields.
  /// - Throws: `PictureRefusals`; ``QuotaError/exceeded``; nothing is left then.
  func receive(
    _ request: Request,
    _ context: WebContext,
    by author: MemberID
  ) async throws -> ([SentPicture], FormSource) {
    context.extendTimeLimit(to: .seconds(600))
    // A repeated request gets its answer whatever room there is, and only its body tells that it is.
    if attempt == nil, let bytes = request.headers[.contentLength].flatMap(Int.init) {
      try await requireRoom(for: bytes, of: author)
    }
    let (pictures, fields) = try await gallery.pictures.receive(
      request,
      atMost: Post.pictureLimit,
      attempt
    )
    if attempt != nil {
      do {
        try await requireRoom(for: pictures.reduce(0) { $0 + $1.upload.sizeBytes }, of: author)
      } catch {
        for picture in pictures { await picture.upload.cancel() }
        throw error
      }
    }
    gallery.reached(.uploadReceived)
    return (pictures, fields)
  }

  /// Prepares the pictures of a form that says `alts` of them; all or none.
  ///
  /// - Throws: `PictureRefusals`, `PictureCountError`, ``PostError``; nothing is left then.
  func prepare(_ pictures: [SentPicture], alts: [String]) async throws -> [PictureShelf.Prepared] {
    let refusal: (any Error)? =
      if pictures.isEmpty {
        PictureCountError.none
      } else if pictures.count > Post.pictureLimit {
        PostError.tooManyPictures
      } else if alts.count > pictures.count {
        PostError.tooManyAlts
      } else {
        nil
      }
    if let refusal {
      for picture in pictures { await picture.upload.cancel() }
      throw refusal
    }
    let prepared = try await gallery.pictures.prepare(pictures)
    gallery.reached(.picturePrepared)
    return prepared
  }

  /// Refuses before anything is decoded what is surely too much; how much it is exactly, with its
  /// copies, shows when it is stored.
  private func requireRoom(for bytes: Int, of author: MemberID) async throws {
    let used = try await MemberUsage.bytes(of: author, in: gallery.db)
    guard bytes > gallery.memberQuotaBytes - used else { return }
    throw QuotaError.exceeded
  }

  /// What an error says about the pictures of a form; nil for one that is not their fault.
  static func refusal(_ error: any Error) -> Problem? {
    switch error {
    case let error as PictureRefusals: error.problem
    case let error as PictureError: error.problem
    case let error as PictureCountError: error.problem
    case let error as QuotaError: error.problem
    case let error as BannedPicture: error.problem
    case let error as PostError where error.isAboutPictures: error.problem
    default: nil
    }
  }
}
