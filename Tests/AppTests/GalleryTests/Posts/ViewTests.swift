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
    try await site.gallery.views.fold(into: site.db)
    try await site.gallery.views.fold(into: site.db)

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
      try await site.gallery.views.fold(into: site.db)
    }
  }

  @Test func `adds many views of many posts with one statement`() async throws {
    let site = try await TestGallery.make()
    var posts: [Post] = []
    for _ in 0..<3 { posts.append(try await site.post(by: Cast.ada)) }
    for (number, post) in posts.enumerated() {
      for _ in 0...number { site.gallery.views.add(to: post.id) }
    }
    site.gallery.views.add(to: .generate())

    try await expectStatements(atMost: 1) { try await site.gallery.views.fold(into: site.db) }

    let stored = try await Post.order { $0.createdAt }.all(in: site.db)
    #expect(stored.map(\.views) == [1, 2, 3])
    #expect(stored.map(\.updatedAt) == posts.map(\.updatedAt))
  }

  @Test func `keeps views for later when the database does not take them`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    site.gallery.views.add(to: post.id)

    await #expect(throws: PostgresError.self) {
      try await site.gallery.views.fold(into: BrokenDatabase())
    }
    site.gallery.views.add(to: post.id)
    try await site.gallery.views.fold(into: site.db)

    #expect(try await site.stored(post.id).views == 2)
  }

  @Test func `adds the last views when the server stops`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    site.gallery.views.add(to: post.id)

    let counting = Task { await site.gallery.run() }
    counting.cancel()
    await counting.value

    #expect(try await site.stored(post.id).views == 1)
  }
}

/// A database that is away.
private struct BrokenDatabase: StatementWriter {
  func read(_ sql: SQL) async throws -> ResultRows { throw PostgresError.misuse("away") }
  func write(_ sql: SQL) async throws -> ResultRows { throw PostgresError.misuse("away") }
}
