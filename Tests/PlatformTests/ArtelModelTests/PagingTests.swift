import ArtelModel
import ArtelPostgres
import ArtelTesting
import Foundation
import Testing

@Suite("Keyset pages")
struct PagingTests {
  private let feed = Post.order { $0.createdAt.descending }

  private func entered(_ count: Int, in db: TestDatabase) async throws -> [String] {
    let ada = try await db.insert(Member(username: "ada"))
    // Three rows share each instant, so that only the key tells them apart.
    let posts = (0..<count).map {
      Post(
        authorID: ada.id,
        title: "\($0)",
        createdAt: Date(timeIntervalSince1970: 1_700_000_000 + Double($0 / 3) * 1e-6)
      )
    }
    try await db.insert(contentsOf: posts)
    return posts.reversed().map(\.title)
  }

  @Test func `pages together are the whole list, once`() async throws {
    let db = try await Zoo.database()
    let titles = try await entered(10, in: db)
    var seen: [String] = []
    var sizes: [Int] = []
    var cursor: PageCursor?
    repeat {
      let page = try await feed.page(of: 4, after: cursor, in: db)
      seen += page.items.map(\.title)
      sizes.append(page.items.count)
      cursor = page.next.flatMap { PageCursor($0.description) }
    } while cursor != nil
    #expect(seen == titles)
    #expect(sizes == [4, 4, 2])
  }

  @Test func `a next page is found by comparing rows`() async throws {
    let db = try await Zoo.database()
    _ = try await entered(3, in: db)
    let next = try await feed.page(of: 2, in: db).next
    let text = try feed.where { $0.isPublic }.sql(pageOf: 2, after: next).text
    #expect(
      text.hasSuffix(
        "where is_public and (created_at, id) < ($1, $2) order by created_at desc, id desc limit 3"
      )
    )
  }

  @Test func `rows that come and go do not shift a page`() async throws {
    let db = try await Zoo.database()
    let titles = try await entered(6, in: db)
    let first = try await feed.page(of: 3, in: db)
    try await Post.delete(first.items[2].id, in: db)
    try await db.insert(Post(authorID: first.items[0].authorID, title: "late"))
    let second = try await feed.page(of: 3, after: first.next, in: db)
    #expect(second.items.map(\.title) == Array(titles[3...]))
    #expect(second.next == nil)
  }

  @Test func `a page without an order goes by the primary key`() async throws {
    let db = try await Zoo.database()
    let titles = try await entered(4, in: db)
    let first = try await Post.query.page(of: 3, in: db)
    let second = try await Post.query.page(of: 3, after: first.next, in: db)
    #expect((first.items + second.items).map(\.title) == titles.reversed())
  }

  @Test func `a page brings related rows`() async throws {
    let db = try await Zoo.database()
    let titles = try await entered(3, in: db)
    let page = try await feed.including(Post.author, Post.tags).page(of: 2, in: db)
    #expect(page.items.map(\.0.title) == Array(titles[..<2]))
    #expect(page.items.allSatisfy { $0.1.username == "ada" })
    #expect(page.next != nil)
  }

  @Test func `text orders page too`() async throws {
    let db = try await Zoo.database()
    let tags = ["вода", "a", String(repeating: "б", count: 300), "z"].map { Tag(name: $0) }
    try await db.insert(contentsOf: tags)
    let byName = Tag.order { $0.name }
    let first = try await byName.page(of: 2, in: db)
    let second = try await byName.page(of: 2, after: first.next, in: db)
    #expect((first.items + second.items).map { $0.name.prefix(1) } == ["a", "z", "б", "в"])
  }

  @Test func `a cursor of another list is refused`() async throws {
    let db = try await Zoo.database()
    _ = try await entered(3, in: db)
    let cursor = try await feed.page(of: 1, in: db).next
    #expect(throws: InvalidPageCursor()) {
      try Post.order { $0.views.descending }.sql(pageOf: 1, after: cursor)
    }
  }

  @Test(arguments: ["", "x", "AAAA", "*", "AAAAAAAAAAAA", String(repeating: "A", count: 5000)])
  func `a tampered cursor is refused without asking the database`(text: String) throws {
    guard let cursor = PageCursor(text) else { return }
    #expect(throws: InvalidPageCursor()) { try feed.sql(pageOf: 1, after: cursor) }
  }
}
