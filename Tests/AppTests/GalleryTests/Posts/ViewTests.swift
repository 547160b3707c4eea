import ArtelModel
import ArtelPostgres
import ArtelTesting
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("Counting views")
struct ViewTests {
  @Test(arguments: Mode.allCases)
  func `counts who opens the page of another's post`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)

    try await site.serve(mode) { client in
      _ = try await TestBrowser(client, as: Cast.grace).get("/posts/\(post.id)")
      _ = try await TestBrowser(client).get("/posts/\(post.id)")
    }
    try await site.foldViews()
    try await site.foldViews()

    #expect(try await site.stored(post.id).views == 2)
  }

  @Test func `counts neither the author nor programs nor those who were turned away`()
    async throws
  {
    let site = try await TestGallery.make()
    let shown = try await site.post(by: Cast.ada)
    let hidden = try await site.post(by: Cast.ada, visibility: .private)

    try await site.serve { client in
      _ = try await TestBrowser(client, as: Cast.ada).get("/posts/\(shown.id)")
      _ = try await client.send(.get, "/api/posts/\(shown.id)", as: Cast.grace)
      _ = try await TestBrowser(client, as: Cast.linus).get("/posts/\(hidden.id)")
    }

    try await expectStatements(atMost: 0, atLeast: 0) {
      try await site.foldViews()
    }
  }

  // Fails without the condition of the update.
  @Test func `counts a member once an hour, and again when the hour is over`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)

    let counted = try await site.views(
      of: post,
      by: .member(Cast.grace.id),
      afterSeconds: [
        0, 1, 3598, 1, 3599, 1,
      ]
    )

    #expect(counted == [1, 1, 1, 2, 2, 3])
  }

  @Test(
    arguments: [
      (
        ViewTally.Viewer.guest(network: "192.0.2.1"), ViewTally.Viewer.guest(network: "192.0.2.1"),
        1
      ),
      (.guest(network: "192.0.2.1"), .guest(network: "192.0.2.2"), 2),
      (.guest(network: "2001:db8::/64"), .member(Cast.grace.id), 2),
      (.guest(network: nil), .guest(network: nil), 1),
    ]
  )
  func `counts each member and each network of guests by itself`(
    first: ViewTally.Viewer,
    second: ViewTally.Viewer,
    views: Int
  ) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)

    site.gallery.views.add(to: post.id, by: first)
    site.gallery.views.add(to: post.id, by: second)
    try await site.foldViews()

    #expect(try await site.stored(post.id).views == views)
  }

  // Fails without the condition of the update.
  @Test func `counts who comes by two nodes once`() async throws {
    let site = try await TestGallery.make()
    let other = site.another()
    let post = try await site.post(by: Cast.ada)

    for node in [site, other] {
      node.gallery.views.add(to: post.id, by: .member(Cast.grace.id))
    }
    async let one: Void = site.foldViews()
    async let two: Void = other.foldViews()
    _ = try await (one, two)

    #expect(try await site.stored(post.id).views == 1)
  }

  @Test func `adds many views of many posts with one statement`() async throws {
    let site = try await TestGallery.make()
    var posts: [Post] = []
    for _ in 0..<3 { posts.append(try await site.post(by: Cast.ada)) }
    for (number, post) in posts.enumerated() {
      for viewer in 0...number {
        site.gallery.views.add(to: post.id, by: .guest(network: "192.0.2.\(viewer)"))
      }
    }
    site.gallery.views.add(to: .generate(), by: .guest(network: nil))

    try await expectStatements(atMost: 1) { try await site.foldViews() }

    let stored = try await Post.order { $0.createdAt }.all(in: site.db)
    #expect(stored.map(\.views) == [1, 2, 3])
    #expect(stored.map(\.updatedAt) == posts.map(\.updatedAt))
  }

  @Test func `keeps views for later when the database does not take them`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    site.gallery.views.add(to: post.id, by: .member(Cast.grace.id))

    await #expect(throws: PostgresError.self) {
      try await site.gallery.views.fold(into: BrokenDatabase(), at: site.clock.now)
    }
    site.gallery.views.add(to: post.id, by: .member(Cast.linus.id))
    try await site.foldViews()

    #expect(try await site.stored(post.id).views == 2)
  }

  @Test func `adds the last views when the server stops`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    site.gallery.views.add(to: post.id, by: .guest(network: nil))

    let counting = Task { await site.gallery.run() }
    counting.cancel()
    await counting.value

    #expect(try await site.stored(post.id).views == 1)
  }
}

extension ViewTests {
  @Test func `forgets whose hour is over, and nobody else`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    _ = try await site.views(of: post, by: .member(Cast.grace.id), afterSeconds: [0])
    _ = try await site.views(of: post, by: .member(Cast.linus.id), afterSeconds: [1])
    site.clock.advance(by: .seconds(3599))

    try await ViewTally.forget(in: site.db.database, at: site.clock.now)

    let left = try await site.db.read("select viewer from recent_views")
    #expect(try left.map { try $0.decode(String.self, at: 0) } == [Cast.linus.id.description])
  }
}

extension TestGallery {
  fileprivate func foldViews() async throws {
    try await gallery.views.fold(into: db, at: clock.now)
  }

  /// Opens a post after each of some pauses; returns what was counted by then.
  fileprivate func views(
    of post: Post,
    by viewer: ViewTally.Viewer,
    afterSeconds pauses: [Int]
  ) async throws -> [Int] {
    var counted: [Int] = []
    for pause in pauses {
      clock.advance(by: .seconds(pause))
      gallery.views.add(to: post.id, by: viewer)
      try await foldViews()
      counted.append(try await stored(post.id).views)
    }
    return counted
  }
}

/// A database that is away.
private struct BrokenDatabase: StatementWriter {
  func read(_ sql: SQL) async throws -> ResultRows { throw PostgresError.misuse("away") }
  func write(_ sql: SQL) async throws -> ResultRows { throw PostgresError.misuse("away") }
}
