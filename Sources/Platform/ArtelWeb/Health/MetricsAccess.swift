/// Who may read `/metrics`.
public struct MetricsAccess: Sendable {
  /// Callers that need no token; default this machine.
  ///
  /// A request that a proxy passed on counts as coming from where the proxy says, and from nowhere
  /// when the proxy is not trusted.
  public var addresses = ["127.0.0.0/8", "::1"].compactMap { AddressRange($0) }

  /// The bearer token that lets everybody else read; default none.
  public var token: String?

  /// The defaults.
  public init() {}

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
    return addresses.contains { $0.contains(caller) }
  }

  /// Compares in constant time.
  private static func isSame(_ given: Substring.UTF8View, _ expected: String.UTF8View) -> Bool {
    guard given.count == expected.count else { return false }
    return zip(given, expected).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
