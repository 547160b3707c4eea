import AccountsContract
import ArtelEvents
import ArtelJobs
import ArtelModel
import ArtelPostgres
import ArtelStorage
import ArtelTesting
import ArtelWeb
import Foundation
import GalleryContract
import Testing

@testable import Gallery
@testable import struct Gallery.Comment

@Suite("Following what happens to accounts", .timeLimit(.minutes(10)))
struct MemberEventsTests {
  /// Accounts' database, as far as its events go.
  private struct Stage {
    let source: TestDatabase
    let site: TestGallery

    static func make() async throws -> Stage {
      Stage(
        source: try await TestDatabase.make(context: "accounts"),
        site: try await TestGallery.make()
      )
    }

    var relay: EventRelay {
      EventRelay(
        logs: [EventLog("accounts", in: source.database)],
        consumers: [site.gallery.events],
        clock: site.clock.wallClock,
        logger: Workbench.logger
      )
    }

    func deliverTwice() async throws {
      try await relay.deliverTwice(
        EventLog("accounts", in: source.database),
        EventLog("gallery", in: site.db.database)
      )
    }

    /// Does the jobs of Gallery that are due, `batch` posts at a time; returns how many attempts it made.
    @discardableResult
    func work(batch: Int = 500) async throws -> Int {
      let forgetting = JobHandler(ForgetMember.self) { job, run in
        try await job.run(in: site.gallery, batch: batch, run)
      }
      return try await JobRunner(
        db: site.db.database,
        handlers: [forgetting],
        logger: Workbench.logger
      ).drain()
    }

    /// What has become of the jobs that forget members, with the reasons of those that failed.
    func jobs() async throws -> [String] {
      try await JobQueue(in: site.db.database).entries(of: ForgetMember.kind).map {
        [$0.state.rawValue, $0.reason].compactMap(\.self).joined(separator: ": ")
      }
    }

    func publish(_ event: some Event) async throws {
      try await source.database.transaction { tx in try await tx.publish(event) }
    }

    func member(_ person: CastMember) async throws -> Member? {
      try await Member.where { $0.id == person.id }.first(in: site.db)
    }
  }

  private func card(_ person: CastMember, version: Int, called name: String? = nil) -> MemberCard {
    MemberCard(
      id: person.id,
      username: person.username,
      displayName: name ?? person.displayName,
      version: version
    )
  }

  @Test func `members are kept as they are now, also when told twice`() async throws {
    let stage = try await Stage.make()
    try await stage.publish(MemberJoined(member: card(Cast.ada, version: 1)))
    try await stage.publish(MemberChanged(member: card(Cast.ada, version: 2, called: "Countess")))

    try await stage.deliverTwice()

    let ada = try #require(try await stage.member(Cast.ada))
    #expect(ada.displayName == "Countess" && ada.version == 2 && ada.departedAt == nil)
  }

  // Fails without the tombstone rule: Ada is back and publishes.
  @Test func `neither a late event nor a first sight brings anybody back`() async throws {
    let stage = try await Stage.make()
    try await stage.publish(MemberDeparted(member: Cast.ada.id, memberVersion: 2))
    try await stage.publish(MemberChanged(member: card(Cast.ada, version: 9)))
    try await stage.deliverTwice()

    try await Member.meet(Cast.ada.id, through: TestAccounts(changes: 9), in: stage.site.db)

    let ada = try #require(try await stage.member(Cast.ada))
    #expect(ada.departedAt != nil && ada.username == "")
    await #expect(throws: MemberError.departed) {
      try await stage.site.published(try await Sample.jpeg.value, by: Cast.ada)
    }
    try await stage.site.expectNothingLeft()
  }

  @Test func `what a departed member posted goes with its events and files`() async throws {
    let stage = try await Stage.make()
    let site = stage.site
    let first = try await site.published(try await Sample.jpeg.value, by: Cast.ada)
    let second = try await site.published(
      try await Sample.png.value,
      by: Cast.ada,
      visibility: .private
    )
    let kept = try await site.published(try await Sample.jpeg.value, by: Cast.grace)
    try await stage.publish(MemberDeparted(member: Cast.ada.id, memberVersion: 2))

    try await stage.deliverTwice()
    #expect(try await stage.work(batch: 1) == 1)

    #expect(try await Post.query.all(in: site.db).map(\.id) == [kept.id])
    let deleted = try await site.db.published(PostDeleted.self)
    #expect(Set(deleted.map(\.post)) == [first.id, second.id])
    #expect(deleted.count == 2)
    // Grace's picture is the same file as one of Ada's.
    let thumbnails = try await Thumbnail.query.all(in: site.db)
    let pictures = try await Picture.query.all(in: site.db)
    let named = (pictures.map(\.digest) + thumbnails.map(\.digest)).compactMap {
      Digest(bytes: $0.bytes)
    }
    #expect(pictures.map(\.id) == [kept.coverID])
    #expect(site.files.stored == Set(named.map(\.hex)))
    let ada = try #require(try await stage.member(Cast.ada))
    #expect(ada.username == "" && ada.displayName == "" && ada.departedAt != nil)
    #expect(try await stage.jobs() == ["finished"])
  }

  @Test func `a batch takes the same few statements for any number of posts`() async throws {
    let stage = try await Stage.make()
    for _ in 0..<20 { try await stage.site.post(by: Cast.ada) }
    try await stage.publish(MemberDeparted(member: Cast.ada.id, memberVersion: 2))
    try await stage.relay.deliver()

    // How many of each; nothing of votes and comments; what is said of the posts; begin, posts, pictures,
    // copies, deletion, usage, events, commit; files; the empty batch; the names, also of bans; and taking
    // the job, and looking for another one.
    try await expectStatements(atMost: 51, atLeast: 28) { try await stage.work() }
    #expect(try await stage.site.db.published(PostDeleted.self).count == 20)
  }

  // Fails without `for update` in Member.depart: the departure does not wait for the post.
  @Test func `a post that is being published while its author departs goes too`() async throws {
    let stage = try await Stage.make()
    let site = stage.site
    try await site.post(by: Cast.ada)
    try await stage.publish(MemberDeparted(member: Cast.ada.id, memberVersion: 2))

    let (post, picture) = site.rows(by: Cast.ada)

    let departing = try await site.db.database.transaction { tx in
      try await tx.insert(post)
      try await tx.insert(picture)
      let departing = Task { try await stage.relay.deliver() }
      try await eventually("the departure waits for the post") {
        try await !site.db.read(
          """
          select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'
          """
        ).isEmpty
      }
      return departing
    }
    try await departing.value
    try await stage.work()

    #expect(try await Post.query.count(in: site.db) == 0)
  }

  // Fails without `skip locked`: the job waits for the row, and the test for the job. Fails without `not exists` in
  // the last statement: the job is finished, and a post stays.
  @Test func `a post that somebody is at goes with the next attempt`() async throws {
    let stage = try await Stage.make()
    let site = stage.site
    let (locked, _) = (try await site.post(by: Cast.ada), try await site.post(by: Cast.ada))
    try await stage.publish(MemberDeparted(member: Cast.ada.id, memberVersion: 2))
    try await stage.relay.deliver()

    try await site.db.database.transaction { tx async throws in
      _ = try await tx.read("select from posts where id = \(locked.id) for update")
      try await stage.work()
    }

    #expect(try await Post.query.all(in: site.db).map(\.id) == [locked.id])
    #expect(
      try await stage.jobs() == [
        "queued: posts, comments, votes or albums of the member are in use"
      ]
    )
    try await site.db.write("update jobs.jobs set run_at = now()")
    try await stage.work()
    #expect(try await Post.query.count(in: site.db) == 0)
    #expect(try await site.db.published(PostDeleted.self).count == 2)
  }

  @Test func `a member who cannot be forgotten stands in nobody's way, and operators see it`()
    async throws
  {
    let stage = try await Stage.make()
    for person in [Cast.ada, Cast.grace] {
      try await stage.site.post(by: person)
      try await stage.publish(MemberDeparted(member: person.id, memberVersion: 2))
    }
    try await stage.relay.deliver()
    let planted = "check (id <> '\(Cast.ada.id)' or username <> '')"
    try await stage.site.db.write(SQL(raw: "alter table members add constraint planted \(planted)"))

    try await stage.work()

    #expect(try await Post.query.count(in: stage.site.db) == 0)
    #expect(
      try await stage.jobs().sorted() == [
        "finished",
        "queued: PostgreSQL: server 23514, constraint planted, table members",
      ]
    )
  }

  // Fails with the job stored in a transaction of its own that may fail: the departure is stored alone.
  @Test func `the departure and its job are stored together`() async throws {
    let stage = try await Stage.make()
    try await stage.publish(MemberDeparted(member: Cast.ada.id, memberVersion: 2))
    try await stage.site.db.write("alter table jobs.jobs add constraint planted check (kind = '')")

    try? await stage.relay.deliver()

    #expect(try await stage.member(Cast.ada) == nil)
    #expect(try await stage.jobs() == [])
    try await stage.site.db.write("alter table jobs.jobs drop constraint planted")
    stage.site.clock.advance(by: .seconds(60))
    try await stage.relay.deliver()
    #expect(try await stage.member(Cast.ada)?.departedAt != nil)
    #expect(try await stage.jobs() == ["queued"])
  }

  @Test func `what a departed member said and voted goes too, batch by batch, and nobody else's`()
    async throws
  {
    let stage = try await Stage.make()
    let post = try await stage.site.post(by: Cast.grace)
    var said: Set<CommentID> = []
    for number in 1...3 {
      said.insert(try await stage.site.comment("\(number)", on: post, by: Cast.ada).id)
    }
    let other = try await stage.site.comment("Hers", on: post, by: Cast.grace)
    try await stage.site.gallery.cast(.upvote, on: .post(post.id), by: Cast.ada.id)
    try await stage.site.gallery.cast(.upvote, on: .comment(other.id), by: Cast.ada.id)
    try await stage.publish(MemberDeparted(member: Cast.ada.id, memberVersion: 2))

    try await stage.deliverTwice()
    try await stage.work(batch: 2)

    #expect(try await Comment.query.all(in: stage.site.db).map(\.id) == [other.id])
    let deleted = try await stage.site.db.published(CommentDeleted.self)
    #expect(try await stage.site.tally(post) == Tally())
    #expect(try await Vote.query.count(in: stage.site.db) == 0)
    #expect(deleted.count == 3 && Set(deleted.map(\.comment)) == said)
    #expect(try await stage.member(Cast.ada)?.username == "")
  }
}

@Suite("Telling what happens to posts")
struct PostEventsTests {
  @Test func `a post is announced with its facts, its change and its end`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(try await Sample.jpeg.value, by: Cast.ada)
    let changes = try PostChangeForm.read(from: FormSource(texts: [("title", "Roses")]))

    site.clock.advance(by: .seconds(60))
    let changed = try await site.gallery.change(post.id, changes, by: Cast.ada.id).post
    _ = try await site.gallery.change(post.id, changes, by: Cast.ada.id)
    try await site.gallery.delete(post.id, by: Cast.ada.id)

    #expect(try await site.db.published(PostCreated.self).map(\.post) == [post.facts(tagged: [])])
    #expect(
      try await site.db.published(PostChanged.self).map(\.post) == [changed.facts(tagged: [])]
    )
    let deleted = try await site.db.published(PostDeleted.self)
    #expect(deleted.map(\.post) == [post.id] && deleted.map(\.author) == [Cast.ada.id])
  }

  @Test func `a refused change is not announced`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    let changes = try PostChangeForm.read(from: FormSource(texts: [("title", "Mine")]))

    await #expect(throws: PostError.self) {
      try await site.gallery.change(post.id, changes, by: Cast.grace.id)
    }

    #expect(try await site.db.published(PostChanged.self).isEmpty)
  }
}
