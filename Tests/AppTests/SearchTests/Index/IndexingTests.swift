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
