import ArtelWeb

extension TokenScope {
  /// Reading the member's own account and notices.
  static let accountRead: TokenScope = "account:read"
  /// Changing the account, but neither its credentials nor its rights.
  static let accountWrite: TokenScope = "account:write"
}
