import ArtelPostgres
import Synchronization

/// Counts how often the pages of links were opened, and adds it once a second.
///
/// A link that many people get at once would otherwise be one row that all of them have to write. A killed
/// server loses at most the views of its last second.
final class LinkViews: Sendable {
  private let counts = Mutex<[ShareLinkID: Int]>([:])

  /// Counts one view.
  func add(to link: ShareLinkID) {
    counts.withLock { $0[link, default: 0] += 1 }
  }

  /// Adds what was counted since the last time; puts it back when the database does not take it.
  func fold(into db: some StatementWriter) async throws {
    let counted = counts.withLock { counts in
      defer { counts = [:] }
      return counts
    }
    guard !counted.isEmpty else { return }
    let links = Array(counted.keys)
    do {
      _ = try await db.write(
        """
        update share_links set views = share_links.views + counted.views
        from unnest(\(links), \(links.map { counted[$0] ?? 0 })) as counted (id, views)
        where share_links.id = counted.id
        """
      )
    } catch {
      counts.withLock { $0.merge(counted, uniquingKeysWith: +) }
      throw error
    }
  }
}
