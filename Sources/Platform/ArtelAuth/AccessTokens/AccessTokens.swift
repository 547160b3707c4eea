public import ArtelConcurrency
public import ArtelIdentifiers
import FoundationEssentials
import Synchronization

/// Issues access tokens and says whom a token speaks for.
///
/// A token is a JWT signed with ES256 (RFC 7519, RFC 7518) that carries the claims `iss`, `sub`,
/// `sid`, `iat`, `exp`, for administrators `adm` and for moderators `mod`. A verified token is remembered by its
/// SHA-256 until it expires, so an API client's requests cost one digest and one look-up instead of
/// a signature check; expiry and revocation are checked every time.
public final class AccessTokens: Sendable {
  /// How long a token lives; default 10 minutes.
  public let lifetime: Duration

  /// The sessions whose tokens are refused though they have not expired.
  public let revocations: SessionRevocations

  private let issuer: String
  private let clock: WallClock
  private let cacheLimit: Int
  private let onVerification: @Sendable () -> Void
  private let ring: Mutex<KeyRing>

  /// Makes an issuer with the keys it signs and verifies with.
  ///
  /// - Parameters:
  ///   - keys: All keys whose tokens may still be about; may be empty until ``use(_:)``.
  ///   - issuer: The claim `iss`, the same on every node.
  ///   - lifetime: Whole seconds; default 10 minutes.
  ///   - cacheLimit: Most verified tokens remembered; default 65,536, about 10 MB.
  ///   - clock: The node's clock.
  ///   - onVerification: Called each time a signature is checked.
  /// - Throws: ``AccessTokenError/malformedKey``.
  public init(
    keys: [SigningKey],
    issuer: String,
    lifetime: Duration = .seconds(600),
    cacheLimit: Int = 65_536,
    clock: WallClock,
    onVerification: @escaping @Sendable () -> Void = {}
  ) async throws {
    self.issuer = issuer
    self.lifetime = lifetime
    self.cacheLimit = cacheLimit
    self.clock = clock
    self.onVerification = onVerification
    revocations = SessionRevocations(tokenLifetime: lifetime, clock: clock)
    ring = Mutex(try await KeyRing(keys, tokenLifetime: lifetime, cacheLimit: cacheLimit))
  }

  /// Replaces all keys and forgets all verified tokens; those of keys still present verify again.
  ///
  /// - Throws: ``AccessTokenError/malformedKey``; the keys in use then stay.
  public func use(_ keys: [SigningKey]) async throws {
    let fresh = try await KeyRing(keys, tokenLifetime: lifetime, cacheLimit: cacheLimit)
    ring.withLock { $0 = fresh }
  }

  /// A token for a session, signed with the newest key that is not retired.
  ///
  /// - Throws: ``AccessTokenError/noSigningKey``.
  public func issue(
    member: Identifier<AccountsMember>,
    session: Identifier<AccountsSession>,
    isAdministrator: Bool,
    isModerator: Bool = false
  ) async throws -> IssuedAccessToken {
    let issuedAt = Int(clock.now().timeIntervalSince1970)
    let payload = AccessPayload(
      iss: issuer,
      sub: member,
      sid: session,
      iat: issuedAt,
      exp: issuedAt + Int(lifetime.components.seconds),
      adm: isAdministrator ? true : nil,
      mod: isModerator ? true : nil
    )
    let text = try await currentRing.sign(payload)
    return IssuedAccessToken(text: text, expiresIn: lifetime)
  }

  /// Whom `token` speaks for.
  ///
  /// Cost: a SHA-256 and a look-up when the token was verified before, without suspending;
  /// otherwise one check of a P-256 signature.
  ///
  /// - Throws: ``AccessTokenError``; the caller answers the same for each, and may log which.
  public func verify(_ token: String) async throws(AccessTokenError) -> AccessClaims {
    // A longer text is none of ours, and not worth a digest.
    guard token.utf8.count <= 2048 else { throw .malformed }
    let ring = currentRing
    let digest = TokenDigest(hashing: token)
    let now = clock.now()
    let claims: AccessClaims
    if let known = ring.verified[digest] {
      claims = known
    } else {
      onVerification()
      claims = try await ring.verify(token, issuer: issuer, now: now)
      guard claims.issuedAt <= now + Self.clockSkew else { throw .issuedInFuture }
      if claims.expiresAt > now {
        ring.verified[digest] = claims
      }
    }
    guard claims.expiresAt > now else { throw .expired }
    guard !revocations.isRevoked(claims.session) else { throw .revoked }
    return claims
  }

  /// How far the clocks of two nodes may be apart, in seconds.
  static let clockSkew: TimeInterval = 60

  private var currentRing: KeyRing {
    ring.withLock { $0 }
  }
}

/// An access token for its holder.
public struct IssuedAccessToken: Sendable {
  /// The JWT, a secret until it expires.
  public let text: String
  /// How long the token lives from now on.
  public let expiresIn: Duration

  /// Puts a text and its lifetime together; ``AccessTokens`` makes texts that are accepted.
  public init(text: String, expiresIn: Duration) {
    self.text = text
    self.expiresIn = expiresIn
  }
}

extension IssuedAccessToken: CustomStringConvertible, CustomReflectable {
  /// A placeholder, so that no log shows the secret.
  public var description: String { "IssuedAccessToken(hidden)" }

  /// Nothing, so that no dump shows the secret.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
