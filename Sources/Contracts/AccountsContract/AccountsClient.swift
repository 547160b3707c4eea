/// What other apps may ask of Accounts.
public protocol AccountsClient: Sendable {
  /// The cards of the members that exist among `ids`; the others are absent.
  ///
  /// Cost: one statement, however many ids.
  func members(_ ids: [MemberID]) async throws -> [MemberID: MemberCard]
}
