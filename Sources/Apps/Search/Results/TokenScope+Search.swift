import ArtelWeb

extension TokenScope {
  /// Finding what the member may see.
  static let searchRead: TokenScope = "search:read"
}
