public import ArtelIdentifiers
import ArtelModel
public import ArtelPostgres
public import ArtelSearch
import GalleryContract

/// Every post, for an index that is filled anew.
public struct PostDocuments: SearchSource {
  private let db: Database

  /// Reads the posts of Gallery's database.
  public init(db: Database) {
    self.db = db
  }

  /// Some posts in the order of their ids, by two statements.
  public func searchDocuments(after id: DocumentID?, limit: Int) async throws -> [SearchDocument] {
    var posts = Post.query.order { $0.id.ascending }.limit(limit)
    if let id { posts = posts.where { $0.id > PostID(high: id.high, low: id.low) } }
    return try await posts.including(Post.namedTags).all(in: db)
      .map { $0.facts(tagged: $1).searchDocument }
  }
}
