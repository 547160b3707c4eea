import ArtelConcurrency
import Crypto
public import FoundationEssentials

/// What a browser signs to prove that it has a passkey, and the token that vouches for it.
///
/// Nothing is stored while it waits: the token vouches for itself by a keyed digest. That it works only
/// once is up to whoever remembers ``spent``.
public struct PasskeyChallenge: Sendable {
  /// What the passkey is asked for; an answer to one is none to the other.
  public enum Purpose: String, Sendable {
    /// A member adds a passkey.
    case registration
    /// Somebody signs in.
    case signIn
  }

  /// How long a browser has to answer, in seconds: 10 minutes.
  public static let lifetime: TimeInterval = 600

  /// What comes back with the answer, in the cookie of a browser or from a program: digits, letters,
  /// `-`, `_` and dots.
  public let token: String

  /// The challenge in base64url.
  public let text: String

  /// 32 bytes to remember it by once it was answered; they tell nothing about it.
  public let spent: [UInt8]

  /// Makes a challenge.
  ///
  /// - Parameters:
  ///   - purpose: What for.
  ///   - owner: Whose: the member's id, or an empty text for guests.
  ///   - key: The key of challenges.
  ///   - now: The present date.
  init(_ purpose: Purpose, of owner: String, _ key: SecretKey, at now: Date) {
    let body =
      "\(Int(now.timeIntervalSince1970)).\(Base64.url.encode(randomBytes(32)))"
    let seal = Self.seal(body, purpose, owner, key)
    self.init(token: "\(body).\(seal)", key)
  }

  /// Reads a token; nil unless it was made with the key, for the same purpose and owner, and lately.
  init?(token: String, _ purpose: Purpose, of owner: String, _ key: SecretKey, at now: Date) {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard token.utf8.count <= 200, parts.count == 3, let seconds = Int(parts[0]) else {
      return nil
    }
    let expected = TokenDigest(hashing: Self.seal("\(parts[0]).\(parts[1])", purpose, owner, key))
    guard TokenDigest(hashing: String(parts[2])) == expected else { return nil }
    let age = now.timeIntervalSince1970 - TimeInterval(seconds)
    guard (-AccessTokens.clockSkew...Self.lifetime).contains(age) else { return nil }
    self.init(token: token, key)
  }

  private init(token: String, _ key: SecretKey) {
    self.token = token
    text = Base64.url.encode(key.hash(token, for: "challenge"))
    spent = key.hash(token, for: "spent")
  }

  private static func seal(
    _ body: String,
    _ purpose: Purpose,
    _ owner: String,
    _ key: SecretKey
  ) -> String {
    Base64.url.encode(key.hash("\(purpose.rawValue) \(owner) \(body)", for: "seal"))
  }
}
