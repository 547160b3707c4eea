/// Finds out whose a token or a session cookie is.
///
/// Both closures return nil for what is unknown, expired or revoked, and throw only when they
/// cannot tell (the database is down). They are called at most once per request, before its route.
public struct Authenticator: Sendable {
  /// Whose an access token is, given without the word `Bearer`.
  public var bearer: @Sendable (String) async throws -> Principal?

  /// Whose the value of the session cookie is.
  public var cookie: @Sendable (String) async throws -> Principal?

  /// Makes an authenticator from its two closures.
  public init(
    bearer: @escaping @Sendable (String) async throws -> Principal?,
    cookie: @escaping @Sendable (String) async throws -> Principal?
  ) {
    self.bearer = bearer
    self.cookie = cookie
  }

  /// Takes everybody for a guest.
  public static let guestsOnly = Authenticator(bearer: { _ in nil }, cookie: { _ in nil })
}
