import AccountsContract
import ArtelConcurrency
import ArtelPostgres
import ArtelStorage
import ArtelUploads
import ArtelWeb
import Hummingbird

/// What Gallery adds to `/api/uploads`: asking before a file is sent, and fetching one from an address.
struct OwnUploadRoutes: Sendable {
  let gallery: Gallery

  static let check = Operation(
    .post,
    "/api/uploads/check",
    id: "checkUpload",
    "Says whether the member has posted a file already."
  )
  .tagged("Uploads")
  .explained("Of what others have posted nothing is told.")
  .needs(.member(.galleryWrite))
  .takes(UploadCheckForm.self)
  .answers(.json(UploadCheck.self))

  static let fetch = Operation(
    .post,
    "/api/uploads/fetched",
    id: "fetchUpload",
    "Fetches a picture from an address of the web, as an upload that is whole."
  )
  .tagged("Uploads")
  .needs(.member(.galleryWrite))
  .takes(UploadFetchForm.self)
  .limited(to: RateLimit(60, per: .seconds(600)))
  .answers(.created(ResumableUpload.self))
  .refuses(.quotaExceeded, .tooManyUploads)

  static let operations = [check.description, fetch.description]

  func addRoutes(to routes: Routes) {
    routes.add(Self.check, use: check)
    routes.add(Self.fetch, use: fetch)
  }

  /// `POST /api/uploads/check`: the latest post of the member's that was made of the file, or null.
  @Sendable func check(
    _ request: Request,
    _ context: WebContext,
    _ form: UploadCheckForm
  ) async throws -> Response {
    let member = try context.member()
    let digest = Bytea(Digest(hex: form.sha256)?.bytes ?? [])
    let post = try await SentFile.post(of: member.memberID, madeOf: digest, in: gallery.db)
    return .json(UploadCheck(postID: post))
  }

  /// `POST /api/uploads/fetched`: 201 and an upload that is whole; 422 when it cannot be had.
  @Sendable func fetch(
    _ request: Request,
    _ context: WebContext,
    _ form: UploadFetchForm
  ) async throws -> Response {
    let member = try context.member()
    context.extendTimeLimit(to: .seconds(120))
    let upload = try await gallery.fetch(form.url, by: member.memberID)
    return .created(upload, at: "/api/uploads/\(upload.id)")
  }
}
