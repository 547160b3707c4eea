import HTTPTypes

/// What an API token may be used for, such as `gallery:read`.
///
/// Apps declare their own scopes and name one in each ``Operation`` that API tokens may call; what
/// names none is closed to them. Sessions are not limited by scopes.
public struct TokenScope: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
  /// The scope as it is sent: the app, a colon, and `read` or `write`.
  public let rawValue: String

  /// Makes a scope of its text.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// Makes a scope of its text.
  public init(stringLiteral value: String) { rawValue = value }
}

extension Problem.Kind {
  /// 403: the API token is right, but was not made for this.
  ///
  /// Source: RFC 6750, 3.1 (`insufficient_scope`).
  public static let missingScope = Problem.Kind("missing_scope", status: .forbidden)
}

extension WebContext {
  /// Lets everybody on but API tokens that were not made for this; with nil none of them.
  ///
  /// - Throws: ``Problem`` of kind `missing_scope`.
  func admit(_ scope: TokenScope?) throws {
    guard let scopes = principal?.scopes else { return }
    if let scope, scopes.contains(scope) { return }
    let wanted = scope.map { #", scope="\#($0.rawValue)""# } ?? ""
    throw Problem(
      .missingScope,
      headers: [.wwwAuthenticate: #"Bearer error="insufficient_scope"\#(wanted)"#]
    )
  }
}
