import Accounts
import AccountsContract
import ArtelAuth
import ArtelCluster
import ArtelConcurrency
import ArtelEvents
import ArtelPictures
import ArtelPostgres
import ArtelStorage
import ArtelWeb
import Foundation
import Gallery
import Logging
import Search

/// All apps of one process, put together.
struct Installation: Sendable {
  let stage: Stage
  let accounts: Accounts
  let gallery: Gallery
  let search: Search
  /// Brings what happens in one app to the others; runs in the background.
  let events: EventRelay
  let share: Share
  let site: Site
  private let blobs: BlobStore
  private let passwordThreads: BlockingPool
  private let pictureThreads: BlockingPool
  let workshop: PictureWorkshop
  private let startedAt = Date()

  /// Builds every app on a stage whose databases are migrated.
  init(on stage: Stage, executable: String) async throws {
    let settings = stage.settings
    self.stage = stage
    site = Site(publicURL: settings.publicURL)
    share = try await Share(
      folder: settings.shareDirectory,
      isDevelopment: false,
      pool: stage.pool,
      logger: stage.logger
    )
    let cores = max(1, ProcessInfo.processInfo.activeProcessorCount)
    // Each argon2 run holds 19 MiB: as many at once as there are cores, the others wait.
    passwordThreads = BlockingPool(name: "artel-passwords", threads: cores)
    pictureThreads = BlockingPool(name: "artel-files", threads: 4)
    let pages = Pages(share: share, site: site)
    accounts = try await Accounts(
      db: stage.database("accounts"),
      pages: pages,
      issuer: settings.publicURL ?? "artel",
      threads: passwordThreads,
      rates: CredentialRates(times: settings.rateFactor),
      logger: stage.logger
    )
    blobs = BlobStore(directory: stage.blobDirectory, pool: pictureThreads) { step in
      CrashPoint.reached(step)
    }
    try await Installation.sweep(blobs, logger: stage.logger)
    workshop = PictureWorkshop(
      workerPath: Installation.workerPath(besides: executable),
      workers: cores,
      logger: stage.logger
    )
    gallery = Gallery(
      db: stage.database("gallery"),
      accounts: accounts,
      pictures: PictureShelf(
        blobs: blobs,
        workshop: workshop,
        limits: PictureLimits(sizeBytes: settings.pictureBytes, pixels: settings.picturePixels)
      ),
      memberQuotaBytes: settings.memberQuotaBytes,
      pages: pages,
      files: pictureThreads,
      logger: stage.logger
    ) { step in
      CrashPoint.reached(step)
    }
    search = Search(
      db: stage.database("search"),
      accounts: accounts,
      sources: stage.searchSources,
      pages: pages,
      logger: stage.logger
    )
    events = EventRelay(
      logs: Stage.contexts.map { EventLog($0, in: stage.database($0)) },
      consumers: [gallery.events, search.events],
      logger: stage.logger
    ) { step in
      CrashPoint.reached(step)
    }
  }

  private static func sweep(_ blobs: BlobStore, logger: Logger) async throws {
    let leftOvers = try await blobs.sweep()
    if leftOvers > 0 {
      logger.notice("Unfinished uploads were removed", metadata: ["count": "\(leftOvers)"])
    }
  }

  /// The picture worker is installed beside this program.
  static func workerPath(besides executable: String) -> String {
    URL(fileURLWithPath: executable).resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("artel-pictures").path
  }

  /// The web server of all apps.
  func server(accessLog: AccessLog?, onRunning: @escaping @Sendable (Int) async -> Void)
    -> WebServer
  {
    var parts = WebServer.Parts()
    parts.settings.host = stage.settings.host
    parts.settings.port = stage.settings.port
    parts.settings.trustedProxies = stage.settings.trustedProxies
    parts.site = site
    parts.share = share
    parts.api = APIDescription(publicURL: site.publicURL)
    parts.authenticator = accounts.authenticator
    parts.accessLog = accessLog
    parts.logger = stage.logger
    parts.healthChecks = Stage.contexts.map { context in
      HealthCheck("database \(context)") { _ = try await stage.database(context).read("select 1") }
    }
    let directory = stage.settings.dataDirectory
    parts.healthChecks.append(
      HealthCheck("disk space") {
        try await stage.pool.run { try DiskSpace.require(for: directory) }
      }
    )
    return WebServer(
      parts: parts,
      apps: [accounts, gallery, search, PreferenceRoutes(site: site)],
      onRunning: onRunning
    )
  }

  /// Removes the files of pictures that no row names, once; says in the log what it found.
  ///
  /// The private cluster's data directory belongs to this process, so what was there before it
  /// started is nobody else's. Other nodes may share the operator's own server and a disk: there an
  /// hour must have passed.
  func removeOrphans() async {
    let limit = stage.cluster == nil ? Date(timeIntervalSinceNow: -3600) : startedAt
    do {
      let round = try await blobs.removeOrphans(
        by: [gallery.blobReferences],
        writtenBefore: limit
      )
      let counts: Logger.Metadata = [
        "files": "\(round.blobs)", "orphans": "\(round.orphans)", "removed": "\(round.removed)",
      ]
      if round.isImplausible {
        stage.logger.error(
          "Too many files are named by no row, so none was removed: is this their database?",
          metadata: counts
        )
      } else {
        stage.logger.info("Files were compared with their rows", metadata: counts)
      }
    } catch is CancellationError {
      // The server stops; the next start begins anew.
    } catch {
      stage.logger.warning(
        "Files could not be compared with their rows",
        metadata: ["error": "\(error)"]
      )
    }
  }

  /// Ends what the apps started themselves.
  func close() async {
    await workshop.stop()
    // What stays there otherwise goes at the next start.
    try? await blobs.close()
    passwordThreads.stop()
    pictureThreads.stop()
  }
}
