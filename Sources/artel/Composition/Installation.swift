import Accounts
import AccountsContract
import ArtelAuth
import ArtelCluster
import ArtelConcurrency
import ArtelEvents
import ArtelJobs
import ArtelPictures
import ArtelPostgres
import ArtelStorage
import ArtelWeb
import Foundation
import Gallery
import Logging

/// All apps of one process, put together.
struct Installation: Sendable {
  let stage: Stage
  let accounts: Accounts
  let gallery: Gallery
  /// Brings what happens in one app to the others; runs in the background.
  let events: EventRelay
  /// One for each context.
  let jobs: [JobRunner]
  let share: Share
  let site: Site
  private let blobs: BlobStore
  private let passwordThreads: BlockingPool
  private let pictureThreads: BlockingPool
  let workshop: PictureWorkshop

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
    let leftOvers = try await blobs.sweep()
    if leftOvers > 0 {
      stage.logger.notice("Unfinished uploads were removed", metadata: ["count": "\(leftOvers)"])
    }
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
    events = EventRelay(
      logs: Stage.contexts.map { EventLog($0, in: stage.database($0)) },
      consumers: [],
      logger: stage.logger
    ) { step in
      CrashPoint.reached(step)
    }
    jobs = Installation.jobRunners(stage, accounts, gallery, blobs)
  }

  /// Runs what the apps and the installation itself want done later.
  private static func jobRunners(
    _ stage: Stage,
    _ accounts: Accounts,
    _ gallery: Gallery,
    _ blobs: BlobStore
  ) -> [JobRunner] {
    let tidying = TidyFiles.Tidying(
      blobs: blobs,
      references: gallery.blobReferences,
      isShared: stage.cluster == nil,
      startedAt: Date(),
      logger: stage.logger
    )
    return [
      JobRunner(
        db: stage.database("accounts"),
        handlers: accounts.jobHandlers,
        schedules: accounts.jobSchedules,
        logger: stage.logger
      ),
      JobRunner(
        db: stage.database("gallery"),
        handlers: gallery.jobHandlers + [
          JobHandler(TidyFiles.self) { _, run in try await tidying.tidy(run) }
        ],
        schedules: gallery.jobSchedules + [JobSchedule(TidyFiles(), "15 3 * * *")],
        logger: stage.logger
      ),
    ]
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
      apps: [accounts, gallery, PreferenceRoutes(site: site)],
      onRunning: onRunning
    )
  }

  /// Has the files looked through that an earlier run may have left without a row.
  func tidyFiles() async {
    do {
      try await stage.database("gallery").transaction { tx in
        // Without a key: a killed process may hold its own for a while yet.
        _ = try await tx.enqueue(TidyFiles())
      }
    } catch {
      stage.logger.warning("Files are not compared with rows", metadata: ["error": "\(error)"])
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
