import ArtelConcurrency
import ArtelPostgres
import ArtelSearch
import ArtelTesting
import FoundationEssentials
import Testing

@testable import Search

@Suite("What operators see of the index")
struct OverviewTests {
  @Test func `documents are counted by app and kind`() async throws {
    let site = try await TestSearch.make()
    let gone = SearchDocument.post("Mill")
    try await site.index(.post("River"), .post("Stone"), gone)
    try await site.index(.post("Ada", app: "accounts", kind: "member"))
    try await site.remove(gone)

    let overview = try await Search.overview(in: site.db.database)

    #expect(
      overview.documents == [
        Search.DocumentCount(app: "accounts", kind: "member", documents: 1),
        Search.DocumentCount(app: "gallery", kind: "post", documents: 2),
      ]
    )
    let serving = try #require(overview.generations.first)
    #expect(serving.state == "serving" && serving.filledAt == nil)
    #expect(serving.documents == 4 && serving.eras == 1 && serving.fullestEra == 4)
    #expect(!overview.isBeingFilled)
  }

  // Fails when the state alone is looked at: what was given up looks like what is filled.
  @Test func `a filling shows how far it is, and that it was given up`() async throws {
    let site = try await TestSearch.make()
    let source = TestSource((0..<600).map { .post("Stone \($0)") })
    struct Killed: Error {}
    await #expect(throws: Killed.self) {
      try await site.index.rebuild(from: [source]) { count async throws in
        let overview = try await Search.overview(in: site.db.database)
        #expect(overview.isBeingFilled)
        #expect(overview.generations.map(\.state) == ["serving", "building"])
        #expect(overview.generations.last?.documents == count)
        if count == 500 { throw Killed() }
      }
    }

    let overview = try await Search.overview(in: site.db.database)

    #expect(!overview.isBeingFilled)
    #expect(overview.generations.last?.state == "building")
    #expect(overview.generations.last?.documents == 500)
  }

  @Test func `what was filled says when`() async throws {
    let site = try await TestSearch.make()
    try await site.index.rebuild(from: [TestSource([.post("Mill")])])

    let generations = try await Search.generations(in: site.db.database)

    #expect(generations.first?.number == 1)
    #expect(generations.first?.filledAt == site.clock.now)
    #expect(generations.first?.since == generations.first?.filledAt)
    #expect(generations.last?.state == "idle")
  }
}
