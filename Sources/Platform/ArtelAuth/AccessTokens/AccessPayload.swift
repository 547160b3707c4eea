import ArtelIdentifiers
import JWTKit

/// The claims as they stand in the token; times are seconds since 1970, UTC.
struct AccessPayload: JWTPayload {
  let iss: String
  let sub: Identifier<AccountsMember>
  let sid: Identifier<AccountsSession>
  let iat: Int
  let exp: Int
  let adm: Bool?
  let mod: Bool?

  /// Nothing: ``AccessTokens`` judges the times, on every use and by its own clock.
  func verify(using algorithm: some JWTAlgorithm) {}
}
