import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPictures
import ArtelPostgres
import ArtelStorage
import ArtelUploads
import ArtelWeb
import Hummingbird

/// The form of a picture that a member shows: nothing but the file.
struct AvatarForm: Form {
  /// Changes by one member: 30 in 10 minutes, as each is decoded and told to all apps.
  static let limit = RateLimit(30, per: .seconds(600))
  /// How long one may take to arrive.
  static let timeLimit = Duration.seconds(120)

  init(_ fields: inout FormReader) {}
}

/// `/api/members/me/avatar`, and `/avatars/{id}/{key}/{file}`: the pictures that members show of
/// themselves.
struct AvatarRoutes: Sendable {
  let accounts: Accounts

  static let path = MemberRoutes.ownPath + "/avatar"

  static let change = Operation(
    .put,
    path,
    id: "changeAvatar",
    "Shows a picture of the caller, instead of the former one."
  )
  .tagged("Members")
  .explained(
    "At most 5 MiB; of one that is not square the middle is shown, of one that moves the first frame."
  )
  .needs(.member(.accountWrite))
  .takesUpload(AvatarForm.self, file: "image", AcceptedPicture.mediaTypes)
  .limited(to: AvatarForm.limit)
  .answers(.json(Member.self))
  .refuses(.notFound)

  static let delete = Operation(
    .delete,
    path,
    id: "deleteAvatar",
    "Removes the picture of the caller."
  )
  .tagged("Members")
  .needs(.member(.accountWrite))
  .limited(to: AvatarForm.limit)
  .answers(.noContent)
  .refuses(.notFound)

  static let operations = [change.description, delete.description]

  func addRoutes(to routes: Routes) {
    routes.add(Self.change, use: change)
    routes.add(Self.delete, use: delete)
    routes.get("/avatars/{id}/{key}/{file}", openTo: .accountRead, use: show)
  }

  /// `PUT /api/members/me/avatar`: 200; 401; 413; 415; 422 for what is no picture; 429.
  @Sendable func change(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    context.extendTimeLimit(to: AvatarForm.timeLimit)

    return .json(try await accounts.changeAvatar(of: principal.memberID, request))
  }

  /// `DELETE /api/members/me/avatar`: 204, also when there was none; 401; 429.
  @Sendable func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()

    try await accounts.removeAvatar(of: principal.memberID)

    return .noContent
  }

  /// The file; 404 once the member shows another one or none, or has departed.
  ///
  /// Anybody may keep it for ever, as another picture has another address.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let id = try context.id(as: MemberID.self)
    guard let side = MemberAvatar.side(ofFile: try context.text("file")),
      let key = Digest(hex: try context.text("key")), let pictures = accounts.pictures
    else { throw Problem.notFound }
    let member = try await Member.where {
      $0.id == id && $0.avatarLarge == Bytea(key.bytes) && $0.departedAt == nil
    }
    .first(in: accounts.db)
    guard let digest = member?.avatarFiles?.bySide[side].flatMap({ Digest(bytes: $0.bytes) }) else {
      throw Problem.notFound
    }
    return try await Response.file(
      at: pictures.blobs.path(of: digest),
      contentType: "image/webp",
      tag: EntityTag(strong: digest.hex),
      cache: .immutable,
      for: request,
      pool: pictures.blobs.pool
    )
  }
}

extension MemberAvatar {
  /// The side in pixels in the file name of an address, such as `192.webp`.
  fileprivate static func side(ofFile name: String) -> Int? {
    sidesPixels.first { "\($0).webp" == name }
  }
}
