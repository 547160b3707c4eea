import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres

extension Member {
  /// The present member with an id or a username, whatever its case; nil when Gallery has met none.
  static func named(_ name: String, in reader: some StatementReader) async throws -> Member? {
    if let id = MemberID(name) {
      return try await Member.where { $0.id == id && $0.departedAt == nil }.first(in: reader)
    }
    return try await Member.where { $0.departedAt == nil }.where("lower(username) = lower(\(name))")
      .first(in: reader)
  }
}
