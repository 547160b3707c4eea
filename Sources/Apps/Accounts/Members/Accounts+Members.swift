public import AccountsContract
import ArtelModel

extension Accounts: AccountsClient {
  /// The cards of the members among `ids` that exist and have not departed, by one statement.
  public func members(_ ids: [MemberID]) async throws -> [MemberID: MemberCard] {
    guard !ids.isEmpty else { return [:] }
    let members = try await Member.where { $0.id.in(ids) && $0.departedAt == nil }.all(in: db)
    return Dictionary(members.map { ($0.id, $0.card) }) { first, _ in first }
  }
}

extension Accounts {
  /// Whether nobody has signed up yet.
  public func isEmpty() async throws -> Bool {
    try await !Member.query.exists(in: db)
  }
}
