import ArtelWeb
import FoundationEssentials
import HTTPTypes
import Hummingbird

/// The version of tus, and what of it there is.
enum TusVersion {
  static let supported = "1.0.0"
  static let extensions = "creation,expiration,checksum,termination"

  /// - Throws: ``ArtelWeb/Problem`` of kind `tus_version` for a request of another version, or of none.
  static func require(_ request: Request) throws {
    guard request.headers[.tusResumable] == supported else {
      throw Problem(.tusVersion, headers: [.tusVersion: supported])
    }
  }
}

extension HTTPField.Name {
  static let tusResumable = known("Tus-Resumable")
  static let tusVersion = known("Tus-Version")
  static let tusExtension = known("Tus-Extension")
  static let tusMaxSize = known("Tus-Max-Size")
  static let tusChecksumAlgorithm = known("Tus-Checksum-Algorithm")
  static let uploadOffset = known("Upload-Offset")
  static let uploadLength = known("Upload-Length")
  static let uploadMetadata = known("Upload-Metadata")
  static let uploadExpires = known("Upload-Expires")
  static let uploadChecksum = known("Upload-Checksum")

  private static func known(_ name: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no header name.") }
    return name
  }
}
