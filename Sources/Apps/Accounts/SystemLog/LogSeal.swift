import AccountsContract
import ArtelIdentifiers
import ArtelPostgres
import Crypto
import FoundationEssentials

/// What an entry of the log says, and how it vouches for that.
///
/// What is personal enters the chain as a commitment under a salt of the entry's own: without the
/// salt the commitment stays, and the chain with it, but says nothing. See decision 0031.
struct LogSeal {
  let at: Date
  let act: String
  let level: LogLevel
  let actor: MemberID?
  let subject: MemberID?
  let commitment: Bytea

  /// What stands in the digest beside the digest before and the position.
  var statement: Bytea {
    var bytes = CanonicalBytes("artel log 1")
    bytes.append(at.microseconds)
    bytes.append(act)
    bytes.append(level.rawValue)
    bytes.append(actor?.description)
    bytes.append(subject?.description)
    return Bytea(bytes.bytes + commitment.bytes)
  }

  /// The digest of the entry at a position behind another one; the same that the database computes.
  func digest(at position: Int, after previous: Bytea) -> Bytea {
    var hash = SHA256()
    hash.update(data: previous.bytes)
    hash.update(data: CanonicalBytes.bigEndian(position))
    hash.update(data: statement.bytes)
    return Bytea(hash.finalize())
  }

  /// What stands for the personal part under a salt.
  static func commitment(
    address: String?,
    userAgent: String?,
    details: [String: String],
    salt: Bytea
  ) -> Bytea {
    var bytes = CanonicalBytes("artel log personal 1")
    bytes.append(address)
    bytes.append(userAgent)
    for (name, text) in details.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      bytes.append(name)
      bytes.append(text)
    }
    let key = SymmetricKey(data: salt.bytes)
    return Bytea(HMAC<SHA256>.authenticationCode(for: bytes.bytes, using: key))
  }

  /// 16 bytes from the system's generator.
  static func salt() -> Bytea {
    var generator = SystemRandomNumberGenerator()
    return Bytea((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
  }
}

/// Bytes that are the same for the same facts and no others: each has its length before it.
private struct CanonicalBytes {
  private(set) var bytes: [UInt8] = []

  /// The purpose comes first, so that bytes made for one thing never mean another.
  init(_ purpose: String) {
    append(purpose)
  }

  mutating func append(_ text: String?) {
    guard let text else {
      bytes.append(0)
      return
    }
    bytes.append(1)
    bytes += Self.bigEndian(text.utf8.count)
    bytes += text.utf8
  }

  mutating func append(_ number: Int) {
    bytes += Self.bigEndian(number)
  }

  static func bigEndian(_ number: Int) -> [UInt8] {
    withUnsafeBytes(of: Int64(number).bigEndian) { Array($0) }
  }
}

extension Date {
  /// Since 1970, rounded as the database stores them.
  fileprivate var microseconds: Int { Int((timeIntervalSince1970 * 1e6).rounded()) }
}
