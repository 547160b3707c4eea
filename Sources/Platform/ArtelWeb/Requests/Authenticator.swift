/// Finds out whose a token or a session cookie is.
///
/// The first two closures return nil for what is unknown, expired or revoked, and throw only when they
/// cannot tell (the database is down). They are called at most once per request, before its route.
public struct Authenticator: Sendable {
  /// Whose an access token is, given without the word `Bearer`.
  public var bearer: @Sendable (String) async throws -> Principal?

  /// Whose the value of the session cookie is.
  public var cookie: @Sendable (String) async throws -> Principal?

  /// Told of each request with an API token, and of the caller's address if that is known.
  public var noteUse: @Sendable (Principal, String?) -> Void

  /// Makes an authenticator from its closures; by default nobody is told of uses.
  public init(
    bearer: @escaping @Sendable (String) async throws -> Principal?,
    cookie: @escaping @Sendable (String) async throws -> Principal?,
    noteUse: @escaping @Sendable (Principal, String?) -> Void = { _, _ in }
  ) {
    self.bearer = bearer
    self.cookie = cookie
    self.noteUse = noteUse
  }

  /// Takes everybody for a guest.
  public static let guestsOnly = Authenticator(bearer: { _ in nil }, cookie: { _ in nil })
}
