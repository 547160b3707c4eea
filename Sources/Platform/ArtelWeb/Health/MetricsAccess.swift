/// Who may read `/metrics`.
public struct MetricsAccess: Sendable {
  /// Callers that need no token; default this machine.
  ///
  /// A request that a proxy passed on counts as coming from where the proxy says, and from nowhere
  /// when the proxy is not trusted. A call from this machine must also be to it: to `localhost` or
  /// a loopback address.
  public var addresses = Self.loopback

  /// The bearer token that lets everybody else read; default none.
  public var token: String?

  /// The defaults.
  public init() {}

  private static let loopback = ["127.0.0.0/8", "::1"].compactMap { AddressRange($0) }

  func admits(_ context: WebContext) -> Bool {
    if let token, let authorization = context.authorization,
      authorization.prefix(7).lowercased() == "bearer ",
      Self.isSame(authorization.dropFirst(7).trimmingSpaces().utf8, token.utf8)
    {
      return true
    }
    guard let caller = context.clientAddress else { return false }
    // Loopback is no proof when a proxy on this machine passes on what others ask.
    if context.isPassedOn, !context.comesFromTrustedProxy { return false }
    // Some proxies add no header; they keep the public name of the site.
    if Self.loopback.contains(where: { $0.contains(caller) }), !Self.isOwnName(context.host) {
      return false
    }
    return addresses.contains { $0.contains(caller) }
  }

  /// Whether a `Host` names this machine as only itself does.
  private static func isOwnName(_ host: String) -> Bool {
    let isBracketed = host.hasPrefix("[")
    let name = isBracketed ? host.dropFirst().prefix { $0 != "]" } : host.prefix { $0 != ":" }
    return name.lowercased() == "localhost" || loopback.contains { $0.contains(name) }
  }

  /// Compares in constant time.
  private static func isSame(_ given: Substring.UTF8View, _ expected: String.UTF8View) -> Bool {
    guard given.count == expected.count else { return false }
    return zip(given, expected).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
