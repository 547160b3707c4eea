import ArtelPostgres
import GalleryContract
import Logging
import Synchronization

/// Counts views in memory and adds them to the posts once a second, many views in one statement.
///
/// A popular post would otherwise be one row that every reader has to write. A killed server loses at
/// most the views of its last second.
final class ViewTally: Sendable {
  private let counts = Mutex<[PostID: Int]>([:])

  /// Counts one view.
  func add(to post: PostID) {
    counts.withLock { $0[post, default: 0] += 1 }
  }

  /// Adds what was counted since the last time; puts it back when the database does not take it.
  func fold(into db: some StatementWriter) async throws {
    let counted = counts.withLock { counts in
      defer { counts = [:] }
      return counts
    }
    guard !counted.isEmpty else { return }
    // Two nodes that wait for each other in a circle lose nothing: the one that PostgreSQL stops
    // keeps its counts for the next second.
    let posts = Array(counted.keys)
    do {
      _ = try await db.write(
        """
        update posts set views = posts.views + counted.views
        from unnest(\(posts), \(posts.map { counted[$0] ?? 0 })) as counted (id, views)
        where posts.id = counted.id
        """
      )
    } catch {
      counts.withLock { $0.merge(counted, uniquingKeysWith: +) }
      throw error
    }
  }
}
