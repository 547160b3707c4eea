import Crypto
import FoundationEssentials

/// What the bytes of one piece must hash to.
///
/// Source: tus 1.0.0, checksum.
struct UploadChecksum: Sendable {
  /// The algorithms, as `Tus-Checksum-Algorithm` lists them.
  static let algorithms = "sha1,sha256"

  private enum Hash: Sendable {
    case sha1(Insecure.SHA1)
    case sha256(SHA256)
  }

  private var hash: Hash
  private let expected: Data

  /// Reads the header: the algorithm and the digest in Base64.
  ///
  /// - Throws: ``UploadError/checksumForm``.
  init(header text: String) throws {
    let words = text.split(separator: " ")
    guard words.count == 2, let expected = Data(base64Encoded: String(words[1])) else {
      throw UploadError.checksumForm
    }
    switch words[0] {
    case "sha1" where expected.count == Insecure.SHA1.byteCount: hash = .sha1(Insecure.SHA1())
    case "sha256" where expected.count == SHA256.byteCount: hash = .sha256(SHA256())
    default: throw UploadError.checksumForm
    }
    self.expected = expected
  }

  mutating func add(_ bytes: [UInt8]) {
    switch hash {
    case .sha1(var running):
      running.update(data: bytes)
      hash = .sha1(running)
    case .sha256(var running):
      running.update(data: bytes)
      hash = .sha256(running)
    }
  }

  /// Whether everything that was added hashes to what the header said.
  var isRight: Bool {
    switch hash {
    case .sha1(let running): expected.elementsEqual(running.finalize())
    case .sha256(let running): expected.elementsEqual(running.finalize())
    }
  }
}
