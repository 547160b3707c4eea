/// An app that offers what it shows, so that the index can be filled anew.
public protocol SearchSource: Sendable {
  /// Returns documents in the order of their ids, those behind `id` or the first ones; fewer than
  /// `limit` at the end.
  ///
  /// Cost: to be that of a page by an index, however deep.
  func searchDocuments(after id: DocumentID?, limit: Int) async throws -> [SearchDocument]
}
