import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelIdentifiers
import ArtelModel
import ArtelPictures
import ArtelPostgres
import ArtelRealtime
import ArtelStorage
import ArtelTesting
import ArtelUploads
import ArtelWeb
import Foundation
import GalleryContract
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@testable import Gallery
@testable import struct Gallery.Comment

/// How a test reaches the server: straight into its router, or through a socket.
enum Mode: CaseIterable {
  case router
  case live
}

/// Gallery on a database and a shelf of its own, with a clock that stands still.
///
/// The whole cast has accounts; their usernames are their access tokens and session cookies.
struct TestGallery {
  let db: TestDatabase
  let clock: TestClock
  let accounts: TestAccounts
  let files: TestFiles
  let gallery: Gallery
  private let share: Share
  private let closing: Closing

  /// Closes the database at the end of the test, although the app still holds it.
  private final class Closing: Sendable {
    let db: TestDatabase

    init(_ db: TestDatabase) {
      self.db = db
    }

    deinit {
      Task { [db] in try? await db.close() }
    }
  }

  static func make(
    limits: PictureLimits = PictureLimits(),
    memberQuotaBytes: Int = 1 << 30,
    accounts: TestAccounts = TestAccounts(),
    workshop: PictureWorkshop = Workbench.workshop,
    fetcher: FileFetcher = FileFetcher(pool: Workbench.pool),
    reached: @escaping @Sendable (Gallery.Step) -> Void = { _ in }
  ) async throws -> TestGallery {
    let db = try await TestDatabase.make(context: "gallery")
    let clock = TestClock()
    let files = TestFiles()
    let share = try await Workbench.share.value
    let gallery = Gallery(
      db: db.database,
      accounts: accounts,
      boundaries: accounts,
      pictures: PictureShelf(
        blobs: BlobStore(directory: files.folder, pool: Workbench.pool),
        workshop: workshop,
        limits: limits,
        contexts: [Gallery.blobReferences(in: db.database)]
      ),
      fetcher: fetcher,
      passwords: Workbench.passwords,
      memberQuotaBytes: memberQuotaBytes,
      pages: Pages(share: share, site: Site()),
      files: Workbench.pool,
      updates: UpdateLog(context: "gallery", db: db.database, clock: clock.wallClock),
      clock: clock.wallClock,
      logger: Workbench.logger,
      reached: reached
    )
    return TestGallery(
      db: db,
      clock: clock,
      accounts: accounts,
      files: files,
      gallery: gallery,
      share: share,
      closing: Closing(db)
    )
  }

  /// Another node on the same database and shelf.
  func another() -> TestGallery {
    let gallery = Gallery(
      db: db.database,
      accounts: accounts,
      boundaries: accounts,
      pictures: gallery.pictures,
      fetcher: gallery.fetcher,
      passwords: gallery.passwords,
      memberQuotaBytes: gallery.memberQuotaBytes,
      pages: gallery.pages,
      files: Workbench.pool,
      updates: UpdateLog(context: "gallery", db: db.database, clock: clock.wallClock),
      clock: clock.wallClock,
      logger: Workbench.logger
    )
    return TestGallery(
      db: db,
      clock: clock,
      accounts: accounts,
      files: files,
      gallery: gallery,
      share: share,
      closing: closing
    )
  }

  /// Runs a test against the server.
  func serve(
    _ mode: Mode = .router,
    _ test: @Sendable (any TestClientProtocol) async throws -> Void
  ) async throws {
    var parts = WebServer.Parts()
    parts.settings.port = 0
    parts.share = share
    parts.api = APIDescription(title: "Artel", text: "", version: "1")
    parts.authenticator = .cast
    parts.clock = clock.wallClock
    parts.logger = Workbench.logger
    let app = WebServer(parts: parts, apps: [gallery]).application()
    try await app.test(mode == .router ? .router : .live, test)
  }

  /// A post whose picture was never stored, for tests that do not look at it; a minute later, the
  /// next one.
  @discardableResult
  func post(
    by author: CastMember,
    title: String = "",
    description: String = "",
    visibility: Visibility = .public
  ) async throws -> Post {
    try await Member.meet(author.id, through: accounts, in: db)
    clock.advance(by: .seconds(60))
    let (post, picture) = rows(by: author, title, description, visibility: visibility)
    return try await db.database.transaction { tx in
      let stored = try await tx.insert(post)
      try await tx.insert(picture)
      return stored
    }
  }

  /// A post and its picture, neither of them stored.
  func rows(
    by author: CastMember,
    _ title: String = "",
    _ description: String = "",
    visibility: Visibility = .public
  ) -> (Post, Picture) {
    let id = PostID.generate()
    let picture = Picture(
      postID: id,
      position: 1,
      digest: Bytea([UInt8](repeating: 7, count: 32)),
      type: .jpeg,
      bytes: 1000,
      width: 2000,
      height: 1000,
      createdAt: clock.now,
      updatedAt: clock.now
    )
    let post = Post(
      id: id,
      authorID: author.id,
      title: title,
      description: description,
      visibilityToken: Post.freshVisibilityToken(),
      createdAt: clock.now,
      updatedAt: clock.now,
      movedAt: clock.now,
      coverID: picture.id,
      pictureCount: 1,
      visibility: visibility
    )
    return (post, picture)
  }

  /// A post with its files, published as the routes do it.
  @discardableResult
  func published(
    _ pictures: [UInt8]...,
    by author: CastMember,
    visibility: Visibility = .public,
    tags: [String] = [],
    alts: [String] = []
  ) async throws -> Post {
    let words = PublishPost.Words(
      title: "",
      description: "",
      visibility: visibility,
      tags: TagName.all(tags),
      alts: alts
    )
    let prepared = try await prepared(pictures)
    return try await PublishPost(gallery: gallery)
      .publish(prepared, words, by: author.id, at: clock.now).post
  }

  /// Pictures as they are stored.
  func prepared(_ pictures: [[UInt8]]) async throws -> [PictureShelf.Prepared] {
    var prepared: [PictureShelf.Prepared] = []
    for picture in pictures {
      let upload = try await gallery.pictures.blobs.begin(limitBytes: picture.count)
      try await upload.append(picture)
      prepared.append(try await gallery.pictures.prepare(upload))
    }
    return prepared
  }

  /// The pictures of a post in their order.
  func pictures(of post: Post) async throws -> [Picture] {
    try await Picture.where { $0.postID == post.id }.order { $0.position }.all(in: db)
  }

  /// The cover of a post.
  func picture(of post: Post) async throws -> Picture {
    try await Picture.query.find(post.coverID, in: db)
  }

  /// The copies of the cover of a post.
  func copies(of post: Post) async throws -> [Thumbnail] {
    try await Thumbnail.where { $0.pictureID == post.coverID }.order { $0.size }.all(in: db)
  }

  /// What somebody said about a post; a second later, the next one.
  @discardableResult
  func comment(_ text: String, on post: Post, by author: CastMember) async throws -> Comment {
    try await Member.meet(author.id, through: accounts, in: db)
    clock.advance(by: .seconds(1))
    return try await db.insert(
      Comment(
        postID: post.id,
        authorID: author.id,
        text: text,
        createdAt: clock.now,
        updatedAt: clock.now
      )
    )
  }

  /// The post as it is stored now.
  func stored(_ id: PostID) async throws -> Post {
    try await Post.query.find(id, in: db)
  }

  /// Expects that an upload left neither a post nor a file.
  func expectNothingLeft(sourceLocation: SourceLocation = #_sourceLocation) async throws {
    #expect(try await Post.query.count(in: db) == 0, sourceLocation: sourceLocation)
    #expect(files.stored == [], sourceLocation: sourceLocation)
    #expect(files.leftovers == [], sourceLocation: sourceLocation)
  }
}

extension Post {
  /// The address of the cover of a post, a JPEG.
  var imageURL: String { "\(coverPath)/original.jpg" }

  /// The address of the copy of the cover that lists show.
  var thumbnailURL: String { "\(coverPath)/480.webp" }

  /// Where the files of the cover are.
  var coverPath: String { "/pictures/\(id)/\(visibilityToken)/\(coverID)" }
}

/// Accounts as Gallery sees it.
struct TestAccounts: AccountsClient, BoundariesClient {
  /// Who has an account.
  var people = Cast.all
  /// How often each account was changed since it was made.
  var changes = 0
  /// Called at every question.
  var onQuestion: @Sendable () -> Void = {}
  /// Who wants nothing to do with whom.
  var blocks: Set<MemberBlock> = []
  /// Who is muted by whom.
  var mutes: [MemberID: Set<MemberID>] = [:]

  func blocks(of member: MemberID, among others: [MemberID]) async throws -> Set<MemberBlock> {
    blocks.filter {
      ($0.by == member && others.contains($0.of)) || ($0.of == member && others.contains($0.by))
    }
  }

  func mutes(by member: MemberID, among others: [MemberID]) async throws -> Set<MemberID> {
    mutes[member, default: []].intersection(others)
  }

  func members(_ ids: [MemberID]) async throws -> [MemberID: MemberCard] {
    onQuestion()
    let known = people.filter { ids.contains($0.id) }
    return Dictionary(
      uniqueKeysWithValues: known.map {
        let name = changes == 0 ? $0.displayName : "\($0.displayName) \(changes + 1)"
        let card = MemberCard(
          id: $0.id,
          username: $0.username,
          displayName: name,
          version: changes + 1
        )
        return ($0.id, card)
      }
    )
  }
}

/// A store's folder that goes with the test.
final class TestFiles: Sendable {
  let folder = FileManager.default.temporaryDirectory.path() + "artel-gallery-\(UUID())"

  deinit {
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// The digests of the files that can be seen, in hexadecimal digits.
  var stored: Set<String> {
    let paths = FileManager.default.enumerator(atPath: "\(folder)/blobs")?.allObjects ?? []
    return Set(paths.compactMap { ($0 as? String)?.split(separator: "/").last.map(String.init) })
      .filter { $0.count == 64 }
  }

  /// Uploads and scratch folders that were not cleared away.
  var leftovers: [String] {
    // Besides the store's own folder and the locks.
    (FileManager.default.enumerator(atPath: "\(folder)/incoming")?.allObjects ?? [])
      .compactMap { $0 as? String }.filter { $0.contains("/") && !$0.hasSuffix("/lock") }
  }

  /// The bytes of a stored file.
  func bytes(_ digest: Bytea, in store: BlobStore) throws -> [UInt8] {
    let digest = try #require(Digest(bytes: digest.bytes))
    return Array(try Data(contentsOf: URL(filePath: store.path(of: digest))))
  }
}

/// What tests share because it is dear to make and never changes.
enum Workbench {
  static let logger = Logger(label: "gallery.tests") { _ in SwiftLogNoOpLogHandler() }
  static let pool = BlockingPool(name: "gallery-tests", threads: 4)
  static let passwords = PasswordHasher(
    cost: PasswordCost(kibibytes: 8, iterations: 1),
    pool: pool
  )

  static let share = Task {
    try await Share(folder: "\(SourceTree.root())/share", pool: pool, logger: logger)
  }

  /// With the worker that was built beside the tests.
  static let workshop = PictureWorkshop(
    workerPath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      .map { URL(filePath: $0).deletingLastPathComponent().path() + "/artel-pictures" } ?? "",
    limits: PictureWorkshop.WorkerLimits(jobTime: .seconds(120)),
    logger: logger
  )
}

extension Authenticator {
  /// Takes usernames of the cast for tokens and cookies.
  fileprivate static let cast = Authenticator(
    bearer: { principal($0, .bearer) },
    cookie: { principal($0, .cookie) }
  )

  private static func principal(_ name: String, _ source: Principal.Source) -> Principal? {
    guard let person = Cast.all.first(where: { $0.username == name }) else { return nil }
    return Principal(
      memberID: person.id,
      sessionID: Identifier(high: 1, low: person.id.low),
      profile: source == .bearer
        ? nil : Principal.Profile(username: person.username, displayName: person.displayName),
      isModerator: person == Cast.margaret,
      source: source
    )
  }
}
