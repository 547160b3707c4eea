import ArtelPostgres
import ArtelSearch
import ArtelTesting
import Synchronization
import Testing

@testable import Search

@Suite("Filling the index anew")
struct RebuildTests {
  @Test func `a new generation holds what the apps offer, and nothing else`() async throws {
    let site = try await TestSearch.make()
    try await site.index(.post("River that nobody has any more"))
    let first = TestSource((0..<1200).map { .post("River \($0)", age: Double(1200 - $0)) })
    let second = TestSource([.post("Mill", by: Cast.grace)])

    let count = try await site.index.rebuild(from: [first, second])

    #expect(count == 1201)
    #expect(try await site.titles("river nobody ") == [])
    #expect(try await site.titles("river 1199 ") == ["River 1199"])
    #expect(try await site.titles("mill ") == ["Mill"])
  }

  @Test func `searches go on, and changes go to both generations`() async throws {
    let site = try await TestSearch.make()
    let changed = SearchDocument.post("River as it was", version: 1)
    let removed = SearchDocument.post("River that goes")
    try await site.index(changed, removed)
    let source = TestSource([changed, removed])
    // The app has answered with the old documents, and changes arrive before they are stored.
    // Fails when changes go to the serving generation alone: seen to bring the old titles back.
    source.onAnswer { () async throws in
      #expect(try await site.titles("river ").count == 2)
      try await site.index(.post("River as it is", id: changed.key.id, version: 2))
      try await site.index(.post("River that came"))
      try await site.remove(removed)
    }

    try await site.index.rebuild(from: [source])

    #expect(Set(try await site.titles("river ")) == ["River as it is", "River that came"])
  }

  @Test func `a rebuild that dies leaves the old index, and the next one begins anew`()
    async throws
  {
    let site = try await TestSearch.make()
    try await site.index(.post("River"))
    let source = TestSource((0..<2000).map { .post("Stone \($0)") })
    struct Killed: Error {}
    await #expect(throws: Killed.self) {
      try await site.index.rebuild(from: [source]) { if $0 >= 500 { throw Killed() } }
    }
    #expect(try await site.titles("river ") == ["River"])
    #expect(try await site.titles("stone ") == [])

    try await site.index.rebuild(from: [TestSource([.post("Mill")])])

    #expect(try await site.titles("mill ") == ["Mill"])
    #expect(try await site.titles("stone ") == [])
    #expect(try await site.titles("river ") == [])
  }

  @Test func `two rebuilds at once are one too many`() async throws {
    let site = try await TestSearch.make()
    let source = TestSource([.post("River")])
    // Fails without the lock: seen to let the second one empty what the first one fills.
    source.onAnswer { () async throws in
      await #expect(throws: RebuildError.alreadyRunning) {
        try await site.index.rebuild(from: [])
      }
    }

    try await site.index.rebuild(from: [source])

    #expect(try await site.titles("river ") == ["River"])
  }

  // Fails when `begin` or `serve` takes the generations in another order: seen to end each of both
  // with a deadlock.
  @Test(.timeLimit(.minutes(10)), arguments: [false, true])
  func `a writer that came first goes first`(isAtTheEnd: Bool) async throws {
    let site = try await TestSearch.make()
    let writing = Mutex<Task<Void, any Error>?>(nil)
    if !isAtTheEnd {
      let writer = try await site.slowWriter()
      writing.withLock { $0 = writer }
    }

    try await site.index.rebuild(from: [TestSource([.post("Mill")])]) { _ async throws in
      guard isAtTheEnd else { return }
      let writer = try await site.slowWriter()
      writing.withLock { $0 = writer }
    }

    try await writing.withLock { $0 }?.value
    #expect(try await site.titles("mill ") == ["Mill"])
  }

  @Test func `the generation that served is emptied a minute later`() async throws {
    let site = try await TestSearch.make()
    try await site.index(.post("River"))
    try await site.index.rebuild(from: [TestSource([.post("Mill")])])
    #expect(try await site.documents() == 2)
    try await site.index.tidy()
    #expect(try await site.documents() == 2)

    site.clock.advance(by: .seconds(61))
    try await site.index.tidy()

    #expect(try await site.documents() == 1)
    #expect(try await site.titles("mill ") == ["Mill"])
  }

  // Fails when the cursor names the generation alone: seen to go on behind River 1 after the second
  // rebuild, when the same generation serves again.
  @Test(arguments: [1, 2])
  func `a cursor of an older filling leads to the start of the present one`(rebuilds: Int)
    async throws
  {
    let site = try await TestSearch.make()
    let posts = (0..<3).map { SearchDocument.post("River \($0)", age: Double($0)) }
    for post in posts { try await site.index(post) }
    var request = SearchRequest(query: TypedQuery("river "))
    request.limit = 2
    request.after = try await site.index.find(request).next
    for _ in 0..<rebuilds { try await site.index.rebuild(from: [TestSource(posts)]) }

    let page = try await site.index.find(request)

    #expect(page.items.map(\.title.text) == ["River 0", "River 1"])
    request.after = page.next
    let rest = try await site.index.find(request)
    #expect(rest.items.map(\.title.text) == ["River 2"] && rest.next == nil)
  }
}

@Suite("Filling the index for the first time")
struct FirstFillingTests {
  // Fails when documents that are there count as filled: seen to find nothing old.
  @Test func `what was there before is found, although an event came first`() async throws {
    let source = TestSource([.post("Mill")])
    let site = try await TestSearch.make(sources: [source])
    try await site.index(.post("River"))

    await site.search.tend()

    #expect(try await site.titles("mill ") == ["Mill"])
  }

  // Fails when documents that are there count as filled: seen to give up after the first failure.
  @Test func `a filling that fails is begun anew, and one that is done is not`() async throws {
    let source = TestSource([.post("Mill")])
    let site = try await TestSearch.make(sources: [source])
    struct Down: Error {}
    source.onAnswer { () async throws in throw Down() }
    await site.search.tend()
    #expect(try await site.titles("mill ") == [])
    try await site.index(.post("River"))

    await site.search.tend()
    #expect(try await site.titles("mill ") == ["Mill"])
    let answers = source.answers
    await site.search.tend()

    #expect(source.answers == answers)
  }
}

extension TestSearch {
  /// Somebody who has locked the first generation, and takes the second one when another writer waits.
  fileprivate func slowWriter() async throws -> Task<Void, any Error> {
    let (begun, begin) = AsyncStream.makeStream(of: Void.self)
    let db = db.database
    let writer = Task {
      try await db.transaction { tx in
        _ = try await tx.read("select from search.generations where number = 0 for update")
        begin.finish()
        try await eventually("another writer waits") { () async throws in
          let waiting = try await db.read(
            """
            select exists (
              select from pg_stat_activity
              where datname = current_database() and wait_event_type = 'Lock'
            )
            """
          )
          return try waiting[0].decode(Bool.self, at: 0)
        }
        _ = try await tx.read("select from search.generations where number = 1 for update")
      }
    }
    for await _ in begun {}
    return writer
  }

  /// How many documents all generations have.
  fileprivate func documents() async throws -> Int {
    try await db.read("select count(*) from search.documents")[0].decode(Int.self, at: 0)
  }
}
