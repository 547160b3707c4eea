import AccountsContract
import ArtelIdentifiers
import ArtelPostgres
import ArtelWeb
import FoundationEssentials
import GalleryContract
import Synchronization

/// Counts views, each viewer's of a post once an hour: collects them in memory and adds them to the
/// posts once a second, many views in one statement.
///
/// A popular post would otherwise be one row that every reader has to write. A killed server loses at
/// most the views of its last second.
final class ViewTally: Sendable {
  /// How long a viewer may come again without being counted, in seconds.
  static let pause: TimeInterval = 3600
  /// How many forgotten views one statement deletes at most.
  private static let batch = 10_000

  /// Who opened a post.
  enum Viewer: Hashable, Sendable {
    case member(MemberID)
    /// A guest, by ``WebContext/clientNetwork``; all whose network is not known are one.
    case guest(network: String?)

    fileprivate var name: String {
      switch self {
      case .member(let id): id.description
      case .guest(let network): network ?? "unknown"
      }
    }
  }

  private struct View: Hashable {
    let post: PostID
    let viewer: Viewer
  }

  private let waiting = Mutex<Set<View>>([])

  /// Notes one view, to be counted with the next ``fold(into:at:)``.
  func add(to post: PostID, by viewer: Viewer) {
    _ = waiting.withLock { $0.insert(View(post: post, viewer: viewer)) }
  }

  /// Counts what was noted since the last time, without whom it has counted within the hour on any
  /// node; keeps it for later when the database does not take it.
  func fold(into db: some StatementWriter, at now: Date) async throws {
    let noted = waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    guard !noted.isEmpty else { return }
    // Two nodes that wait for each other in a circle lose nothing: the one that PostgreSQL stops
    // keeps its views for the next second.
    let views = Array(noted)
    do {
      _ = try await db.write(
        """
        with counted as (
          insert into recent_views as recent (post_id, viewer, counted_at)
          select post_id, viewer, \(now)
          from unnest(\(views.map(\.post)), \(views.map(\.viewer.name))) as noted (post_id, viewer)
          order by post_id, viewer
          on conflict (post_id, viewer) do update set counted_at = excluded.counted_at
            where recent.counted_at <= \(now - Self.pause)
          returning post_id
        ), sums as (
          select post_id, count(*) from counted group by post_id
        )
        update posts set views = posts.views + sums.count
        from sums where posts.id = sums.post_id
        """
      )
    } catch {
      waiting.withLock { $0.formUnion(noted) }
      throw error
    }
  }

  /// Forgets whose hour is over.
  static func forget(in db: Database, at now: Date) async throws {
    var deleted = batch
    while deleted == batch {
      deleted = try await db.write(
        """
        delete from recent_views where (post_id, viewer) in (
          select post_id, viewer from recent_views where counted_at <= \(now - pause)
          limit \(batch)
        )
        """
      ).affectedCount
    }
  }
}

extension WebContext {
  /// By whom a page is opened.
  var viewer: ViewTally.Viewer {
    if let principal { return .member(principal.memberID) }
    return .guest(network: clientNetwork)
  }
}
