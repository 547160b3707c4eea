import Crypto
public import FoundationEssentials

/// The six digits that an authenticator shows for half a minute.
///
/// Source: RFC 6238 with SHA-1, six digits and steps of 30 seconds, as all authenticators have it.
public struct TimedCode: Sendable {
  /// Bytes of a secret: 160 bits, as RFC 4226, 4 advises.
  public static let secretBytes = 20

  private let key: SymmetricKey

  /// Makes the codes of a secret.
  public init(secret: [UInt8]) {
    key = SymmetricKey(data: secret)
  }

  /// A secret out of the system's randomness.
  public static func generateSecret() -> [UInt8] {
    randomBytes(secretBytes)
  }

  /// The number of the half minute that a date lies in.
  public static func step(at date: Date) -> Int {
    Int((date.timeIntervalSince1970 / 30).rounded(.down))
  }

  /// The code of a step.
  ///
  /// Source: RFC 4226, 5.3.
  public func code(step: Int) -> String {
    let counter = withUnsafeBytes(of: UInt64(bitPattern: Int64(step)).bigEndian) { Array($0) }
    let digest = Array(HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: key))
    let offset = Int(digest[19] & 0x0F)
    let number = digest[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let digits = String((number & 0x7FFF_FFFF) % 1_000_000)
    return String(repeating: "0", count: 6 - digits.count) + digits
  }

  /// The step whose code this is, among the present one and its two neighbors; nil when none has it.
  ///
  /// All three are compared, each in constant time. A step must be accepted once only: remember it, and
  /// refuse it and those before.
  public func step(of code: String, at now: Date) -> Int? {
    let present = Self.step(at: now)
    let given = Array(code.utf8)
    guard given.count == 6 else { return nil }
    var found: Int?
    for step in present - 1...present + 1 {
      let expected = self.code(step: step).utf8
      let difference = zip(expected, given).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
      if difference == 0 { found = step }
    }
    return found
  }

  /// The secret as people type it and authenticators read it: base 32 without padding.
  ///
  /// Source: RFC 4648, 6.
  public static func text(of secret: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    var text = ""
    var pending: UInt32 = 0
    var bits = 0
    for byte in secret {
      pending = (pending << 8 | UInt32(byte)) & 0xFFFF
      bits += 8
      while bits >= 5 {
        bits -= 5
        text.append(alphabet[Int(pending >> UInt32(bits) & 31)])
      }
    }
    if bits > 0 { text.append(alphabet[Int(pending << UInt32(5 - bits) & 31)]) }
    return text
  }

  /// The address that authenticators read out of a QR code.
  ///
  /// Source: Key URI Format of Google Authenticator. Both names are of letters, digits and `._-`.
  public static func address(of secret: [UInt8], account: String, issuer: String) -> String {
    "otpauth://totp/\(issuer):\(account)?secret=\(text(of: secret))&issuer=\(issuer)"
      + "&algorithm=SHA1&digits=6&period=30"
  }
}
