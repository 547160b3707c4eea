import AccountsContract
public import ArtelIdentifiers
import ArtelModel
public import ArtelPostgres
public import ArtelSearch

/// Every member, for an index that is filled anew.
public struct MemberDocuments: SearchSource {
  private let db: Database

  /// Reads the members of Accounts' database.
  public init(db: Database) {
    self.db = db
  }

  /// Some present members in the order of their ids, by one statement.
  public func searchDocuments(after id: DocumentID?, limit: Int) async throws -> [SearchDocument] {
    var members = Member.where { $0.departedAt == nil }.order { $0.id.ascending }.limit(limit)
    if let id { members = members.where { $0.id > MemberID(high: id.high, low: id.low) } }
    return try await members.all(in: db).map { $0.card.searchDocument(joinedAt: $0.createdAt) }
  }
}
