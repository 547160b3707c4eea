public import AccountsContract
public import ArtelConcurrency
public import ArtelPostgres
public import ArtelSearch
public import ArtelWeb
public import Logging

/// One search box over all apps.
///
/// - Needs: a migrated database of its own, Accounts' client for the names of authors, and from every
///   app its documents, to fill the index anew.
/// - Serves: `/search` and `/api/search`.
/// - Subscribes to what happens to posts and members: `Subscriptions/Search+Events.swift`.
/// - Background: once a minute fills an index that was never filled, forgets what was removed long ago,
///   and empties a generation of the index that served before.
///
/// Storing and removing: `Index/SearchIndex.swift`. Finding: `Queries/SearchIndex+Finding.swift`.
public struct Search: WebApp {
  let index: SearchIndex
  let accounts: any AccountsClient
  let apps: [String]
  let sources: [any SearchSource]
  let pages: Pages
  let logger: Logger

  /// Opens the app on its migrated database.
  ///
  /// `apps` are those whose things can be found, in the order in which the page offers them; `sources`
  /// are the things. Each app and each kind of thing has a text (`search.app_…`, `search.kind_…`), and
  /// each kind an icon of its name.
  public init(
    db: Database,
    accounts: any AccountsClient,
    apps: [String],
    sources: [any SearchSource],
    pages: Pages,
    clock: WallClock = .system,
    logger: Logger
  ) {
    index = SearchIndex(db: db, clock: clock)
    self.accounts = accounts
    self.apps = apps
    self.sources = sources
    self.pages = pages
    self.logger = logger
  }

  /// What the API of the app takes and answers.
  public static let operations = SearchRoutes.operations

  public func addRoutes(to routes: Routes) {
    SearchRoutes(search: self).addRoutes(to: routes)
    SearchPages(search: self).addRoutes(to: routes)
  }

  /// Fills the index anew while the old one serves.
  ///
  /// - `onProgress`: Told now and then how many documents are stored.
  /// - Returns: How many documents there are.
  /// - Throws: What a source or the database throws; an error with one line for the operator when the
  ///   index is being rebuilt already.
  public static func rebuild(
    in db: Database,
    from sources: [any SearchSource],
    onProgress: @Sendable (Int) async throws -> Void
  ) async throws -> Int {
    try await SearchIndex(db: db, clock: .system).rebuild(from: sources, onProgress: onProgress)
  }

  /// Works in the background until the task is cancelled.
  public func run() async {
    repeat { await tend() } while (try? await Task.sleep(for: .seconds(60))) != nil
  }

  /// One round of what runs in the background.
  func tend() async {
    await fillOnce()
    do {
      try await index.tidy()
    } catch is CancellationError {
      // The server stops; there is no hurry.
    } catch {
      logger.warning("The search index was not tidied", metadata: ["error": "\(error)"])
    }
  }

  /// Fills the index unless that was done before, in whatever process.
  ///
  /// What was there before the index is in no event that is still kept.
  private func fillOnce() async {
    do {
      guard try await !index.isFilled() else { return }
      let count = try await index.rebuild(from: sources)
      if count > 0 { logger.notice("The search index was filled", metadata: ["count": "\(count)"]) }
    } catch is CancellationError {
      // The server stops; the next start begins anew.
    } catch RebuildError.alreadyRunning {
      // Another node or the operator is at it.
    } catch {
      // The next round begins anew.
      logger.warning("The search index could not be filled", metadata: ["error": "\(error)"])
    }
  }
}
