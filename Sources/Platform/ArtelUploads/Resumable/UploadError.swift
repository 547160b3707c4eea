public import ArtelWeb
import HTTPTypes

/// Why an upload that goes on where it was broken off is refused.
public enum UploadError: Error, Equatable {
  /// The member has no such upload.
  case unknown
  /// Its time is over, or its file was lost.
  case expired
  /// The piece does not begin where the last one ended, which is here, in bytes.
  case offset(Int)
  /// Another request is writing to it or using it.
  case busy
  /// It is, or would become, longer than was said or is allowed.
  case tooLarge
  /// The member has as many uploads under way as one may have.
  case tooMany
  /// It is not whole yet.
  case unfinished
  /// The header `Upload-Metadata` cannot be read.
  case metadata
  /// The header `Upload-Checksum` cannot be read, or names an unknown algorithm.
  case checksumForm
  /// The piece is not what its checksum says.
  case checksum
}

extension UploadError: ProblemConvertible {
  /// The status that tus gives each reason.
  public var problem: Problem {
    switch self {
    case .unknown: .notFound
    case .expired: Problem(.uploadExpired)
    case .offset(let bytes): Problem(.uploadOffset, headers: [.uploadOffset: "\(bytes)"])
    case .busy: Problem(.uploadBusy, headers: [.retryAfter: "1"])
    case .tooLarge: .tooLarge
    case .tooMany: Problem(.tooManyUploads)
    case .unfinished: Problem(.uploadUnfinished)
    case .metadata: .badRequest("Upload-Metadata must be a list of keys with values in Base64.")
    case .checksumForm: .badRequest("Upload-Checksum must be sha1 or sha256 and a value in Base64.")
    case .checksum: Problem(.uploadChecksum)
    }
  }
}

extension Problem.Kind {
  /// 409: the piece does not begin where the last one ended; `Upload-Offset` says where.
  public static let uploadOffset = Problem.Kind("upload_offset", status: .conflict)
  /// 409: the member has as many uploads under way as one may have.
  public static let tooManyUploads = Problem.Kind("too_many_uploads", status: .conflict)
  /// 409: it is not whole yet.
  public static let uploadUnfinished = Problem.Kind("upload_unfinished", status: .conflict)
  /// 410: its time is over.
  public static let uploadExpired = Problem.Kind("upload_expired", status: .gone)
  /// 412: another version of tus than 1.0.0.
  public static let tusVersion = Problem.Kind("tus_version", status: .preconditionFailed)
  /// 423: another request is writing to it.
  public static let uploadBusy = Problem.Kind(
    "upload_busy",
    status: HTTPResponse.Status(code: 423, reasonPhrase: "Locked")
  )
  /// 460: the piece is not what its checksum says.
  ///
  /// Source: tus 1.0.0, checksum.
  public static let uploadChecksum = Problem.Kind(
    "upload_checksum",
    status: HTTPResponse.Status(code: 460, reasonPhrase: "Checksum Mismatch")
  )
}
