import ArtelConcurrency
public import ArtelWeb
import HTTPTypes

/// What the document of the API says of `/api/uploads`.
public struct UploadOperations: Sendable {
  /// What a piece is sent as.
  static let mediaType = "application/offset+octet-stream"

  private let scope: TokenScope
  private let full: Problem.Kind

  /// For members, and for API tokens with the scope; `full` says that a member has no room.
  public init(scope: TokenScope, full: Problem.Kind) {
    self.scope = scope
    self.full = full
  }

  /// All of them.
  public var descriptions: [OperationDescription] {
    [
      describe.description, create.description, show.description, append.description,
      cancel.description,
    ]
  }

  private static let version = OperationHeader.text(
    "Tus-Resumable",
    "The version of tus: `1.0.0`.",
    pattern: #"^1\.0\.0$"#,
    isRequired: true
  )
  private static let offset = OperationHeader.number(
    "Upload-Offset",
    "How many bytes are there: where the next piece begins.",
    isRequired: true
  )
  private static let expiry = OperationHeader.text(
    "Upload-Expires",
    "When the upload is over unless it was used.",
    isRequired: true
  )
  private static let length = OperationHeader.number(
    "Upload-Length",
    "How long the file is, in bytes.",
    isRequired: true
  )
  private static let metadata = OperationHeader.text(
    "Upload-Metadata",
    "Keys with values in Base64, such as `filename cml2ZXIuanBn`; at most 2,000 characters.",
    pattern: UploadMetadata.expression,
    maxLength: UploadMetadata.limit
  )

  /// Uploads that one member begins: 300 in a row, all of them back after 10 minutes.
  private static let limit = RateLimit(300, per: .seconds(600))

  var describe: Operation<Void> {
    Operation(.options, "/api/uploads", id: "describeUploads", "Says what is supported of tus.")
      .tagged("Uploads")
      .answers(
        .noContent.with(
          Self.version,
          .text("Tus-Version", "The versions of tus.", isRequired: true),
          .text("Tus-Extension", "The extensions of tus.", isRequired: true),
          .number("Tus-Max-Size", "The longest upload, in bytes.", isRequired: true),
          .text("Tus-Checksum-Algorithm", "What checksums may be.", isRequired: true)
        )
      )
  }

  var create: Operation<Void> {
    Operation(
      .post,
      "/api/uploads",
      id: "createUpload",
      "Begins an upload, of which nothing is sent."
    )
    .tagged("Uploads")
    .explained(
      """
      A file in pieces, which goes on where it was broken off, by [tus 1.0.0](https://tus.io); \
      `POST /api/posts` takes it when it is whole. It is over after 24 hours.
      """
    )
    .needs(.member(scope))
    .reads(Self.version, Self.length, Self.metadata)
    .limited(to: Self.limit)
    .answers(.created(ResumableUpload.self).with(Self.version, Self.offset, Self.expiry))
    .refuses(.tusVersion, .tooLarge, .tooManyUploads, full)
  }

  var show: Operation<Void> {
    Operation(.get, "/api/uploads/{id}", id: "getUpload", "Says how far an upload of one's own is.")
      .tagged("Uploads")
      .explained("By HEAD only the headers, as tus has it.")
      .needs(.member(scope))
      .answers(
        .json(ResumableUpload.self).with(Self.version, Self.offset, Self.expiry, Self.length)
      )
      .refuses(.uploadExpired)
  }

  var append: Operation<Void> {
    Operation(.patch, "/api/uploads/{id}", id: "appendToUpload", "Sends the next piece.")
      .tagged("Uploads")
      .explained(
        "What arrived of a piece counts also when the line breaks, unless the piece has a checksum."
      )
      .needs(.member(scope))
      .reads(
        Self.version,
        Self.offset,
        .text(
          "Upload-Checksum",
          "`sha1` or `sha256` of the piece, and its value in Base64.",
          pattern: "^(sha1 [A-Za-z0-9+/]{27}=|sha256 [A-Za-z0-9+/]{43}=)$"
        )
      )
      .takesBytes(Self.mediaType)
      .answers(.noContent.with(Self.version, Self.offset, Self.expiry))
      .refuses(.tusVersion, .uploadOffset, .uploadExpired, .uploadBusy, .uploadChecksum)
  }

  var cancel: Operation<Void> {
    Operation(.delete, "/api/uploads/{id}", id: "deleteUpload", "Gives an upload up.")
      .tagged("Uploads")
      .needs(.member(scope))
      .reads(Self.version)
      .answers(.noContent.with(Self.version))
      .refuses(.tusVersion, .uploadExpired)
  }
}
