public import ArtelIdentifiers
import Crypto

/// Makes and checks the tokens that prove that a form came from a page of ours.
///
/// A token is the HMAC-SHA256 of the browser's session, or of the random value in an anonymous
/// visitor's cookie, under a secret of the server: nothing is stored, and every node with the same
/// secret accepts it. It lives as long as the session or cookie. One browser always gets the same
/// token, so answers that carry it must not be compressed together with text from the address.
public struct CSRFTokens: Sendable {
  private let key: SymmetricKey

  /// Makes a signer.
  ///
  /// - Parameter secret: At least 32 random bytes, the same on every node.
  public init(secret: [UInt8]) {
    precondition(secret.count >= 32, "A short secret can be guessed.")
    key = SymmetricKey(data: secret)
  }

  /// The token for forms shown to `holder`: 43 characters of base64url.
  public func token(for holder: CSRFHolder) -> String {
    let code = HMAC<SHA256>.authenticationCode(for: holder.message, using: key)
    return Base64.url.encode(Array(code))
  }

  /// Whether `token` was made for `holder`; compares in constant time.
  public func isValid(_ token: String, for holder: CSRFHolder) -> Bool {
    guard let code = Base64.url.decode(token) else { return false }
    return HMAC<SHA256>.isValidAuthenticationCode(
      code,
      authenticating: holder.message,
      using: key
    )
  }
}

/// Whose forms a CSRF token is for.
public enum CSRFHolder: Hashable, Sendable {
  /// A signed-in browser.
  case session(Identifier<AccountsSession>)
  /// A visitor who carries this random value in a cookie.
  case anonymous(String)

  /// Distinct for distinct holders, as the first byte tells the two kinds apart.
  fileprivate var message: [UInt8] {
    switch self {
    case .session(let session):
      var message = [UInt8(ascii: "s")]
      session.write(hexTo: &message)
      return message
    case .anonymous(let value):
      return [UInt8(ascii: "a")] + value.utf8
    }
  }
}
