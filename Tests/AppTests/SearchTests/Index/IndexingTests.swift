import ArtelPostgres
import ArtelSearch
import ArtelTesting
import Testing

@testable import Search

@Suite("Keeping the index up to date")
struct IndexingTests {
  @Test func `a late document never replaces a newer one`() async throws {
    let site = try await TestSearch.make()
    let id = DocumentID.generate()
    try await site.index(.post("River", id: id, version: 2))

    // Fails without the version in `on conflict … where`: seen to find the old title.
    try await site.index(.post("Old mill", id: id, version: 1))

    #expect(try await site.titles("river ") == ["River"])
    #expect(try await site.titles("mill ") == [])
  }

  @Test func `a document that comes after its removal stays away`() async throws {
    let site = try await TestSearch.make()
    let post = SearchDocument.post("River", version: 3)
    try await site.remove(post, version: 4)

    // Fails without the look at the tombstones: seen to bring the river back.
    try await site.index(post)

    #expect(try await site.titles("river ") == [])
  }

  @Test func `a late removal does not take what was changed after it`() async throws {
    let site = try await TestSearch.make()
    let post = SearchDocument.post("River", version: 5)
    try await site.index(post)

    // Fails without the version in the deletion: seen to find nothing.
    try await site.remove(post, version: 4)

    #expect(try await site.titles("river ") == ["River"])
  }

  @Test func `everything may be delivered twice`() async throws {
    let site = try await TestSearch.make()
    let kept = SearchDocument.post("River")
    let gone = SearchDocument.post("River mill")
    for _ in 0..<2 { try await site.index(kept, gone) }
    for _ in 0..<2 { try await site.remove(gone) }

    #expect(try await site.titles("river ") == ["River"])
    let count = try await site.db.read("select sum(documents_count) from search.eras")
    #expect(try count[0].decode(Int.self, at: 0) == 2)
  }

  @Test func `of several documents with one key the newest counts`() async throws {
    let site = try await TestSearch.make()
    let id = DocumentID.generate()

    try await site.index(
      .post("One", id: id, version: 1),
      .post("Three", id: id, version: 3),
      .post("Two", id: id, version: 2)
    )

    #expect(try await site.titles("three ") == ["Three"])
  }

  @Test func `texts that PostgreSQL cannot hold are stored without what it cannot`() async throws {
    let site = try await TestSearch.make()

    try await site.index(
      .post("Nul\0led", "\u{E001}" + String(repeating: "длинно ", count: 5000)),
      .post(String(repeating: "x", count: 3000))
    )

    #expect(try await site.titles("nulled ") == ["Nulled"])
  }

  // Fails when the words of every document count: seen to know the private one too.
  @Test func `only words that everybody may read are known`() async throws {
    let site = try await TestSearch.make()

    try await site.index(
      .post("River"),
      .post("Xylophone", audience: []),
      .post("Harp", audience: [.member(Cast.grace.id), .group("choir")])
    )

    #expect(try await site.words() == ["river": 1])
  }

  // Fails when words are only counted on: seen to know every word that ever was.
  @Test func `words go with what said them`() async throws {
    let site = try await TestSearch.make()
    var post = SearchDocument.post("River mill", names: "tag")
    let other = SearchDocument.post("River")
    try await site.index(post, other)
    #expect(try await site.words() == ["river": 2, "mill": 1, "tag": 1])

    post.title = "Mill pond"
    post.version = 2
    try await site.index(post)
    #expect(try await site.words() == ["river": 1, "mill": 1, "pond": 1, "tag": 1])
    post.audience = []
    post.version = 3
    try await site.index(post)
    #expect(try await site.words() == ["river": 1])
    post.audience = [.everybody]
    post.version = 4
    try await site.index(post)
    try await site.remove(other)
    #expect(try await site.words() == ["mill": 1, "pond": 1, "tag": 1])
    try await site.remove(post)

    #expect(try await site.words() == [:])
  }

  // Fails when what arrives is counted instead of what is stored: seen to count more than the river.
  @Test func `what comes late or twice counts no words`() async throws {
    let site = try await TestSearch.make()
    let post = SearchDocument.post("River", version: 2)
    let gone = SearchDocument.post("Pond")
    for _ in 0..<2 {
      try await site.index(post, gone)
      try await site.index(.post("Mill", id: post.key.id, version: 1))
      try await site.remove(gone)
      try await site.index(gone)
    }

    #expect(try await site.words() == ["river": 1])
  }

  @Test func `a word that very many say stays when some of them go`() async throws {
    let site = try await TestSearch.make()
    let posts = (0..<1030).map { _ in SearchDocument.post("River") }
    try await site.db.database.transaction { try await site.index.index(posts, in: $0) }
    #expect(try await site.words() == ["river": 1024])

    for post in posts.prefix(10) { try await site.remove(post) }

    #expect(try await site.words() == ["river": 1024])
  }

  @Test func `removals are remembered for thirty days`() async throws {
    let site = try await TestSearch.make()
    let post = SearchDocument.post("River")
    try await site.remove(post)
    site.clock.advance(by: .seconds(29 * 86_400))
    try await site.index.tidy()
    try await site.index(post)
    #expect(try await site.titles("river ") == [])

    site.clock.advance(by: .seconds(2 * 86_400))
    try await site.index.tidy()
    try await site.index(post)

    #expect(try await site.titles("river ") == ["River"])
  }
}

extension TestSearch {
  /// The words that are known, and how many documents say them.
  fileprivate func words() async throws -> [String: Int] {
    let rows = try await db.read(
      """
      select word, sightings from search.words
      where generation = (select number from search.generations where state = 'serving')
      """
    )
    return Dictionary(
      uniqueKeysWithValues: try rows.map { (try $0.decode(at: 0), try $0.decode(at: 1)) }
    )
  }
}
