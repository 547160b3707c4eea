public import AccountsContract
public import ArtelAuth
public import ArtelConcurrency
public import ArtelJobs
import ArtelPictures
public import ArtelPostgres
public import ArtelRealtime
public import ArtelStorage
public import ArtelUploads
public import ArtelWeb
public import Logging

/// Pictures that members show: to everybody, to whoever has an address, or to themselves alone.
///
/// - Needs: a migrated database of its own, Accounts' clients, a shelf for pictures.
/// - Serves: the feed, the home feed, the pages of posts with their pictures and comments, of tags, of
///   albums, of what a member shows and of what they deleted, and what share links show; `/api/posts`, `/api/uploads`,
///   `/api/comments`, `/api/tags`, `/api/albums`, `/api/trash`; the picture files; for moderators
///   `/moderation`.
/// - Background: once a second adds counted views and votes to the posts.
/// - Jobs: deletes what departed members left; empties the trash of what is older than 30 days, once a
///   day; forgets stored answers, uploads and views whose time is over.
/// - Publishes: `PostCreated`, `PostChanged`, `PostDeleted`, `CommentCreated`, `CommentChanged`,
///   `CommentDeleted`, `VoteCast`; notices for members, acts for the system log.
/// - Subscribes to Accounts: who joined, changed or departed, and who follows whom.
///
/// Publishing: `Posts/PublishPost.swift`. Who sees what: `Posts/Post+Visibility.swift`. Commenting:
/// `Comments/Comment+Writing.swift`. Voting: `Votes/Vote+Casting.swift`. Ranking:
/// `Posts/Post+Ranking.swift`. Pictures: `Pictures/Post+Pictures.swift`. Tags:
/// `Tags/Post+Tagging.swift`. Albums: `Albums/Album+Filling.swift`. Home:
/// `Follows/Follow+HomeFeed.swift`. Sharing by links: `Links/ShareLink+Making.swift`. Deleting:
/// `Trash/Post+Trashing.swift`. Reporting: `Reports/Report+Filing.swift`.
public struct Gallery: WebApp {
  let db: Database
  let accounts: any AccountsClient
  let boundaries: any BoundariesClient
  let pictures: PictureShelf
  let uploads: ResumableUploads
  let fetcher: FileFetcher
  let memberQuotaBytes: Int
  let pages: Pages
  let files: BlockingPool
  let clock: WallClock
  let logger: Logger
  let requests: IdempotentRequests
  let views = ViewTally()
  let passwords: PasswordHasher
  let linkLimits: LinkLimits
  let linkViews = LinkViews()
  let updates: UpdateLog
  let reached: @Sendable (Step) -> Void

  /// Opens the app on its migrated database.
  ///
  /// `fetcher` fetches pictures from addresses, `passwords` hashes those of share links. No member may store more than `memberQuotaBytes`, copies included; `files` reads picture files
  /// while they are sent; `updates` is the log of the same database; `reached` is called at every
  /// ``Step``.
  public init(
    db: Database,
    accounts: any AccountsClient,
    boundaries: any BoundariesClient,
    pictures: PictureShelf,
    fetcher: FileFetcher,
    passwords: PasswordHasher,
    memberQuotaBytes: Int,
    pages: Pages,
    files: BlockingPool,
    updates: UpdateLog,
    clock: WallClock = .system,
    logger: Logger,
    reached: @escaping @Sendable (Step) -> Void = { _ in }
  ) {
    self.db = db
    self.accounts = accounts
    self.boundaries = boundaries
    self.pictures = pictures
    self.fetcher = fetcher
    self.memberQuotaBytes = memberQuotaBytes
    self.pages = pages
    self.files = files
    self.updates = updates
    self.clock = clock
    self.logger = logger
    self.reached = reached
    self.passwords = passwords
    linkLimits = LinkLimits(clock: clock)
    requests = IdempotentRequests(db: db, clock: clock)
    uploads = ResumableUploads(
      db: db,
      files: pictures.blobs.partialFiles(of: Self.context),
      sizeLimitBytes: pictures.limits.sizeBytes,
      clock: clock
    )
  }

  /// The columns that name stored files.
  static let blobColumns = [
    BlobColumn("pictures", "digest"), BlobColumn("thumbnails", "digest"),
  ]

  /// Which of the stored files the posts of a database need.
  public static func blobReferences(in db: Database) -> BlobReferences {
    BlobReferences(of: blobColumns, in: db)
  }

  /// What does the app's jobs.
  public var jobHandlers: [JobHandler] {
    [
      JobHandler(EmptyTrash.self) { job, _ in try await job.run(in: self) },
      JobHandler(ForgetAnswers.self) { _, _ in try await requests.prune() },
      JobHandler(ForgetUploads.self) { _, _ in try await uploads.prune() },
      JobHandler(ForgetViews.self) { _, _ in try await ViewTally.forget(in: db, at: clock.now()) },
      JobHandler(ForgetMember.self) { job, run in try await job.run(in: self, run) },
    ]
  }

  /// Which of its jobs come back, and when.
  public var jobSchedules: [JobSchedule] {
    [
      JobSchedule(ForgetAnswers(), "* * * * *", missed: .skip),
      JobSchedule(EmptyTrash(), "25 2 * * *"),
      JobSchedule(ForgetUploads(), "*/10 * * * *", missed: .skip),
      JobSchedule(ForgetViews(), "*/10 * * * *", missed: .skip),
    ]
  }

  /// What the API of the app takes and answers.
  public static let operations =
    PostRoutes.operations + PictureRoutes.operations + uploadOperations.descriptions
    + OwnUploadRoutes.operations + CommentRoutes.operations + TagRoutes.operations
    + VoteRoutes.operations
    + AlbumRoutes.operations + AlbumPostRoutes.operations + ShareLinkRoutes.operations
    + TrashRoutes.operations
    + ReportRoutes.operations + ModerationRoutes.operations

  public func addRoutes(to routes: Routes) {
    PostRoutes(gallery: self).addRoutes(to: routes)
    PostPages(gallery: self).addRoutes(to: routes)
    UploadPages(gallery: self).addRoutes(to: routes)
    uploadRoutes.addRoutes(to: routes)
    OwnUploadRoutes(gallery: self).addRoutes(to: routes)
    PictureFileRoutes(gallery: self).addRoutes(to: routes)
    PictureRoutes(gallery: self).addRoutes(to: routes)
    PicturePages(gallery: self).addRoutes(to: routes)
    CommentRoutes(gallery: self).addRoutes(to: routes)
    CommentPages(gallery: self).addRoutes(to: routes)
    HomePages(gallery: self).addRoutes(to: routes)
    MemberPostsPages(gallery: self).addRoutes(to: routes)
    TagRoutes(gallery: self).addRoutes(to: routes)
    TagPages(gallery: self).addRoutes(to: routes)
    VoteRoutes(gallery: self).addRoutes(to: routes)
    VotePages(gallery: self).addRoutes(to: routes)
    AlbumRoutes(gallery: self).addRoutes(to: routes)
    AlbumPostRoutes(gallery: self).addRoutes(to: routes)
    AlbumPages(gallery: self).addRoutes(to: routes)
    AlbumEditPages(gallery: self).addRoutes(to: routes)
    AlbumDownload(gallery: self).addRoutes(to: routes)
    ShareLinkRoutes(gallery: self).addRoutes(to: routes)
    ShareLinkPages(gallery: self).addRoutes(to: routes)
    SharedPostPages(gallery: self).addRoutes(to: routes)
    TrashRoutes(gallery: self).addRoutes(to: routes)
    TrashPages(gallery: self).addRoutes(to: routes)
    ReportRoutes(gallery: self).addRoutes(to: routes)
    ReportPages(gallery: self).addRoutes(to: routes)
    ModerationRoutes(gallery: self).addRoutes(to: routes)
    ModerationPages(gallery: self).addRoutes(to: routes)
    BanPages(gallery: self).addRoutes(to: routes)
  }

  /// Works in the background until the task is cancelled, and adds the last views then.
  public func run() async {
    while (try? await Task.sleep(for: .seconds(1))) != nil {
      await foldViews()
      await countVotes()
    }
    // This task is cancelled by now, and the end must not wait for a row that somebody has locked.
    _ = await LimitedWork(limit: .seconds(2)) { await self.foldViews() }.value()
  }

  private func countVotes() async {
    do {
      try await foldVotes()
    } catch {
      // Nothing is lost: readers add what is not folded, and the next second begins anew.
      logger.warning("Votes could not be added", metadata: ["error": "\(error)"])
    }
  }

  private func foldViews() async {
    do {
      try await views.fold(into: db, at: clock.now())
      try await linkViews.fold(into: db)
    } catch is CancellationError {
      // Kept for the last time.
    } catch {
      logger.warning("Views could not be added", metadata: ["error": "\(error)"])
    }
  }
}
