import Crypto

extension WebContext {
  /// What a form of this browser must send back, as `csrf_token` or in `X-CSRF-Token`.
  ///
  /// Bound to the member's session, or to a cookie that a guest gets with the first page.
  var crossSiteToken: String {
    if let session = sessionSecret {
      return Self.token("session", session)
    }
    let secret =
      cookies[.crossSite]
      ?? state.anonymousSecret {
        Base64URL.encode((0..<16).map { _ in UInt8.random(in: 0...255) })
      }
    return Self.token("guest", secret)
  }

  /// Whether a text is this browser's token; compared in constant time.
  func accepts(crossSiteToken text: String) -> Bool {
    guard sessionSecret != nil || cookies[.crossSite] != nil else { return false }
    let (expected, given) = (Array(crossSiteToken.utf8), Array(text.utf8))
    guard expected.count == given.count else { return false }
    return zip(expected, given).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  private var sessionSecret: String? {
    principal?.source == .cookie ? cookies[.session] : nil
  }

  private static func token(_ purpose: String, _ secret: String) -> String {
    // The digest of a secret of full strength needs no key: it neither reveals nor outlives the
    // secret.
    Base64URL.encode(SHA256.hash(data: Array("artel csrf 1 \(purpose) \(secret)".utf8)).prefix(24))
  }
}
