import ArtelIdentifiers
import Crypto
import FoundationEssentials
import JWTKit

/// One set of keys, and the tokens that were verified with them.
///
/// The two live together so that replacing the keys also forgets what they verified, including a
/// verification that was under way.
final class KeyRing: Sendable {
  let verified: DigestCache<AccessClaims>

  private let collection = JWTKeyCollection()
  private let signer: String?
  /// For each `kid` the moment from which its tokens are refused.
  private let endsAt: [String: Date]

  init(_ keys: [SigningKey], tokenLifetime: Duration, cacheLimit: Int) async throws {
    verified = DigestCache(limit: cacheLimit)
    signer =
      keys.filter { $0.retiredAt == nil }
      .max { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }?.id.description
    let grace = TimeInterval(tokenLifetime.components.seconds) + AccessTokens.clockSkew
    var endsAt: [String: Date] = [:]
    for key in keys {
      guard let scalar = try? P256.Signing.PrivateKey(rawRepresentation: key.privateKey),
        let privateKey = try? ES256PrivateKey(backing: scalar)
      else { throw AccessTokenError.malformedKey }
      let name = key.id.description
      await collection.add(ecdsa: privateKey, kid: JWKIdentifier(string: name))
      endsAt[name] = key.retiredAt.map { $0 + grace } ?? .distantFuture
    }
    self.endsAt = endsAt
  }

  func sign(_ payload: AccessPayload) async throws -> String {
    guard let signer else { throw AccessTokenError.noSigningKey }
    return try await collection.sign(payload, kid: JWKIdentifier(string: signer))
  }

  func verify(
    _ token: String,
    issuer: String,
    now: Date
  ) async throws(AccessTokenError) -> AccessClaims {
    let header = try AccessHeader(of: token)
    guard let endsAt = endsAt[header.keyID], now < endsAt else { throw .unknownKey }
    let payload: AccessPayload
    do {
      payload = try await collection.verify(token, as: AccessPayload.self)
    } catch let error as JWTError where error.errorType == .malformedToken {
      throw .malformed
    } catch {
      // Also a signature of another size, which the crypto library refuses with an error of its
      // own.
      throw .badSignature
    }
    guard payload.iss == issuer else { throw .wrongIssuer }
    return AccessClaims(
      member: payload.sub,
      session: payload.sid,
      isAdministrator: payload.adm ?? false,
      isModerator: payload.mod ?? false,
      issuedAt: Date(timeIntervalSince1970: TimeInterval(payload.iat)),
      expiresAt: Date(timeIntervalSince1970: TimeInterval(payload.exp))
    )
  }
}
