import Accounts
import AccountsContract
import ArtelAuth
import ArtelCache
import ArtelCluster
import ArtelConcurrency
import ArtelEvents
import ArtelJobs
import ArtelOperations
import ArtelPictures
import ArtelPostgres
import ArtelRealtime
import ArtelStorage
import ArtelTelemetry
import ArtelUploads
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
  /// One for each context.
  let jobs: [JobRunner]
  let realtime: Realtime
  let share: Share
  let site: Site
  let blobs: BlobStore
  /// What all apps keep in memory.
  let cache: Cache
  /// Accounts as the other apps ask it.
  private let cards: MemberCards
  let passwordThreads: BlockingPool
  let pictureThreads: BlockingPool
  /// Waits for mail servers and the like, which take their time.
  let postThreads: BlockingPool
  /// Waits for servers of others from which members have pictures fetched.
  let fetchThreads: BlockingPool
  /// Reads and writes the files of backups, which takes minutes.
  let backupThreads: BlockingPool
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
    postThreads = BlockingPool(name: "artel-post", threads: 4)
    fetchThreads = BlockingPool(name: "artel-fetching", threads: 4, queueLimit: 16)
    backupThreads = BlockingPool(name: "artel-backups", threads: 4)
    let pages = Pages(share: share, site: site)
    let updates = ["accounts", "gallery"].map { UpdateLog(context: $0, db: stage.database($0)) }
    blobs = BlobStore(directory: stage.blobDirectory, pool: pictureThreads) { step in
      CrashPoint.reached(step)
    }
    try await Installation.sweep(blobs, logger: stage.logger)
    let pictureMeter = PictureMeter(in: stage.telemetry.metrics)
    workshop = PictureWorkshop(
      workerPath: Installation.workerPath(besides: executable),
      workers: cores,
      logger: stage.logger
    ) { pictureMeter.observe($0) }
    let shelves = PictureShelves(stage: stage, blobs: blobs, workshop: workshop)
    accounts = try await Installation.accounts(
      stage,
      pages,
      shelves.portraits,
      settings.correspondence(share, on: postThreads, stage.telemetry.tracer),
      (passwordThreads, pictureThreads),
      updates
    )
    cache = Cache(limitBytes: settings.cacheBytes)
    cards = MemberCards(accounts: accounts, cache: cache)
    gallery = Installation.gallery(
      stage,
      cards,
      accounts,
      shelves.posts,
      pages,
      (pictureThreads, fetchThreads, passwordThreads),
      updates[1]
    )
    search = Search(
      db: stage.database("search"),
      accounts: cards,
      apps: ["gallery", "accounts"],
      sources: stage.searchSources,
      pages: pages,
      logger: stage.logger
    )
    realtime = Installation.realtime(of: gallery, accounts, site, stage)
    events = Installation.relay(stage, [accounts.events, gallery.events, search.events])
    jobs = try await Installation.jobRunners(stage, accounts, gallery, blobs, backupThreads)
    registerMetrics()
  }

  private static func accounts(
    _ stage: Stage,
    _ pages: Pages,
    _ pictures: PictureShelf,
    _ correspondence: Correspondence,
    _ threads: (passwords: BlockingPool, files: BlockingPool),
    _ updates: [UpdateLog]
  ) async throws -> Accounts {
    try await Accounts(
      db: stage.database("accounts"),
      pages: pages,
      pictures: pictures,
      issuer: stage.settings.publicURL ?? "artel",
      publicURL: stage.settings.publicURL,
      threads: threads.passwords,
      breachedPasswords: try stage.settings.breachedPasswords(on: threads.files),
      rates: CredentialRates(times: stage.settings.rateFactor),
      correspondence: correspondence,
      updates: updates[0],
      notices: [Gallery.self],
      operations: Gallery.operations + Search.operations,
      programSetups: Gallery.programSetups,
      livePosition: {
        // Without one of the parts a page would be told that it had missed something there.
        let parts = updates.compactMap(\.position)
        return parts.count == updates.count ? parts.joined(separator: "~") : nil
      },
      departureGrace: .seconds(stage.settings.departureDays * 86_400),
      logRetention: .seconds(stage.settings.logDays * 86_400),
      panelProof: stage.settings.panelProof,
      logger: stage.logger
    )
  }

  /// `threads` read files, wait for servers of others, and hash passwords.
  private static func gallery(
    _ stage: Stage,
    _ cards: MemberCards,
    _ accounts: Accounts,
    _ pictures: PictureShelf,
    _ pages: Pages,
    _ threads: (files: BlockingPool, fetching: BlockingPool, passwords: BlockingPool),
    _ updates: UpdateLog
  ) -> Gallery {
    Gallery(
      db: stage.database("gallery"),
      accounts: cards,
      boundaries: accounts,
      pictures: pictures,
      fetcher: stage.settings.fetcher(on: threads.fetching, stage.telemetry.tracer),
      passwords: PasswordHasher(pool: threads.passwords),
      memberQuotaBytes: stage.settings.memberQuotaBytes,
      pages: pages,
      files: threads.files,
      updates: updates,
      logger: stage.logger
    ) { CrashPoint.reached($0) }
  }

  /// Brings every context's events to those who react to them.
  private static func relay(_ stage: Stage, _ consumers: [EventConsumer]) -> EventRelay {
    EventRelay(
      logs: Stage.contexts.map { EventLog($0, in: stage.database($0)) },
      consumers: consumers,
      logger: stage.logger,
      telemetry: stage.telemetry
    ) { step in
      CrashPoint.reached(step)
    }
  }

  /// Runs what the apps and the installation itself want done later.
  private static func jobRunners(
    _ stage: Stage,
    _ accounts: Accounts,
    _ gallery: Gallery,
    _ blobs: BlobStore,
    _ backupThreads: BlockingPool
  ) async throws -> [JobRunner] {
    let backups = BackupCare(on: stage, pool: backupThreads)
    try await backups?.prepare()
    let care = FileCare(
      blobs: blobs,
      contexts: stage.blobReferences,
      isShared: stage.cluster == nil,
      bytesPerSecond: stage.settings.checkBytesPerSecond,
      logger: stage.logger
    )
    let handlers = [
      "accounts": accounts.jobHandlers + [accounts.exportHandler(of: [accounts, gallery])]
        + (backups?.jobHandlers ?? []),
      "gallery": gallery.jobHandlers + care.jobHandlers,
    ]
    let schedules = [
      "accounts": accounts.jobSchedules + (backups?.jobSchedules ?? []),
      "gallery": gallery.jobSchedules + care.jobSchedules,
    ]
    // Also for contexts without jobs of their own: what is over is removed from each.
    return Stage.contexts.map { context in
      JobRunner(
        db: stage.database(context),
        handlers: handlers[context] ?? [],
        schedules: schedules[context] ?? [],
        logger: stage.logger,
        telemetry: stage.telemetry
      )
    }
  }

  private static func sweep(_ blobs: BlobStore, logger: Logger) async throws {
    let leftOvers = try await blobs.sweep()
    if leftOvers > 0 {
      logger.notice("Unfinished uploads were removed", metadata: ["count": "\(leftOvers)"])
    }
  }

  private static func realtime(
    of gallery: Gallery,
    _ accounts: Accounts,
    _ site: Site,
    _ stage: Stage
  ) -> Realtime {
    Realtime(
      sources: [accounts.realtime, gallery.realtime],
      site: site,
      hasEnded: accounts.hasEnded,
      telemetry: stage.telemetry,
      logger: stage.logger
    )
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
    parts.settings.rateFactor = stage.settings.rateFactor
    parts.settings.trustedProxies = stage.settings.trustedProxies
    parts.site = site
    parts.share = share
    parts.api = APIDescription(publicURL: site.publicURL)
    parts.authenticator = accounts.authenticator
    parts.accessLog = accessLog
    parts.logger = stage.logger
    parts.telemetry = stage.telemetry
    parts.metricsAccess = stage.settings.telemetry.access
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
      apps: [accounts, gallery, search, realtime, admin(checks: parts.healthChecks)],
      onRunning: onRunning
    )
  }

  /// Keeps what this node remembers of members true until the task is cancelled.
  func followMembers() async {
    await cards.follow(
      EventLog("accounts", in: stage.database("accounts")),
      logger: stage.logger
    )
  }

  /// Has the files looked through that an earlier run may have left without a row.
  func tidyFiles() async {
    do {
      try await stage.database("gallery").transaction { tx in
        // One, however often it starts. What a killed process was at is tried again after its hold.
        _ = try await tx.enqueue(TidyFiles(), .now.unique("start", onConflict: .replaceTime))
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
    postThreads.stop()
    fetchThreads.stop()
    backupThreads.stop()
  }
}
