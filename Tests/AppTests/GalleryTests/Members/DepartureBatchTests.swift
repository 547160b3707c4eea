import AccountsContract
import ArtelJobs
import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import GalleryContract
import Synchronization
import Testing

@testable import Gallery
@testable import struct Gallery.Comment

@Suite("While what a member left is deleted", .timeLimit(.minutes(10)))
struct DepartureBatchTests {
  private static let batch = 10

  @Test func `no transaction holds more than a batch, and others go on`() async throws {
    let site = try await TestGallery.make()
    try await site.leaveMuch(25)
    let gate = try await CommitGate(site.db)
    var most: [String: Int] = [:]

    try await gate.passing(forgetting(site)) {
      for (table, held) in try await site.held() { most[table] = max(most[table] ?? 0, held) }
      try await site.actMeanwhile()
    }

    #expect(most.count == 4 && most.values.allSatisfy { $0 <= Self.batch })
    #expect(most["votes"] == Self.batch && most["comments"] == Self.batch)
    #expect(try await site.mostDeleted(PostDeleted.name) == Self.batch)
    #expect(try await site.mostDeleted(CommentDeleted.name) == Self.batch)
    #expect(try await Post.unscoped.written(by: Cast.ada.id).count(in: site.db) == 0)
    #expect(try await Member.find(Cast.ada.id, in: site.db).username == "")
  }

  @Test func `a vote on a post that goes waits for one batch`() async throws {
    let site = try await TestGallery.make()
    try await site.leaveMuch(25)
    let gate = try await CommitGate(site.db)
    let isRefused = Flag()
    var voting: Task<Void, Never>?

    try await gate.passing(forgetting(site)) {
      if voting != nil {
        // The batch that held the post is through, and the next one is held up here.
        try await eventually("the vote is over") { isRefused.isSet }
      } else if let post = try await site.heldPost() {
        voting = Task {
          await #expect(throws: RowNotFound.self) {
            try await site.gallery.cast(.upvote, on: .post(post), by: Cast.grace.id)
          }
          isRefused.set()
        }
        try await eventually("the vote waits for the batch") { try await site.waiting() == 2 }
      }
    }

    try await #require(voting).value
  }

  /// Forgets Ada, a few rows at a time.
  private func forgetting(_ site: TestGallery) -> @Sendable () async throws -> Void {
    let handler = JobHandler(ForgetMember.self) { job, run in
      try await job.run(in: site.gallery, batch: Self.batch, run)
    }
    return {
      try await site.db.database.transaction { tx in
        try await Member.depart(Cast.ada.id, version: 2, at: site.clock.now, in: tx)
        try await tx.enqueue(ForgetMember(member: Cast.ada.id))
      }
      _ = try await JobRunner(
        db: site.db.database,
        handlers: [handler],
        logger: Workbench.logger
      ).drain()
    }
  }
}

/// What one task tells another.
private final class Flag: Sendable {
  private let value = Atomic(false)

  var isSet: Bool { value.load(ordering: .acquiring) }

  func set() {
    value.store(true, ordering: .releasing)
  }
}

/// Holds up every transaction that deletes posts, comments, votes or albums just before it commits.
private struct CommitGate {
  let db: TestDatabase

  init(_ db: TestDatabase) async throws {
    self.db = db
    try await db.write(
      """
      create function wait_at_gate() returns trigger language plpgsql as $$
      begin
        perform pg_advisory_xact_lock(4711);
        return null;
      end $$
      """
    )
    for table in ["posts", "comments", "votes", "albums"] {
      try await db.write(
        """
        create constraint trigger gate after delete on \(identifier: table)
        deferrable initially deferred for each row execute function wait_at_gate()
        """
      )
    }
  }

  /// Runs `work`, and `look` at each of its transactions that waits at the gate, which then commits.
  func passing(
    _ work: @escaping @Sendable () async throws -> Void,
    look: () async throws -> Void
  ) async throws {
    let isOver = Flag()
    try await db.database.withLease { lease in
      _ = try await lease.read("select pg_advisory_lock(4711)")
      let working = Task {
        defer { isOver.set() }
        try await work()
      }
      while true {
        try await eventually("a transaction comes to the gate") {
          if isOver.isSet { return true }
          return try await isSomebodyWaiting()
        }
        guard !isOver.isSet else { break }
        do {
          try await look()
        } catch {
          _ = try await lease.read("select pg_advisory_unlock(4711)")
          throw error
        }
        // Whoever waits comes first, and this waits until it has committed.
        _ = try await lease.read("select pg_advisory_unlock(4711)")
        _ = try await lease.read("select pg_advisory_lock(4711)")
      }
      _ = try await lease.read("select pg_advisory_unlock(4711)")
      try await working.value
    }
  }

  private func isSomebodyWaiting() async throws -> Bool {
    try await !db.read(
      """
      select from pg_locks
      where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = current_database())
      """
    ).isEmpty
  }
}

extension TestGallery {
  /// Ada posts, comments, votes and makes albums, `count` times each; others vote on all of it.
  fileprivate func leaveMuch(_ count: Int) async throws {
    for number in 0..<count {
      let hers = try await post(by: Cast.ada, title: "\(number)")
      let other = try await post(by: Cast.grace)
      let said = try await comment("\(number)", on: other, by: Cast.ada)
      try await comment("\(number)", on: hers, by: Cast.grace)
      try await gallery.cast(.upvote, on: .post(other.id), by: Cast.ada.id)
      try await gallery.cast(.upvote, on: .post(hers.id), by: Cast.grace.id)
      try await gallery.cast(.upvote, on: .comment(said.id), by: Cast.linus.id)
      try await db.insert(Album(ownerID: Cast.ada.id, name: "\(number)"))
    }
    try await gallery.foldVotes()
  }

  /// How many of the rows that Ada left, and of the votes on them, are locked by somebody.
  fileprivate func held() async throws -> [(String, Int)] {
    var held: [(String, Int)] = []
    for (table, rows) in [
      ("posts", "posts where author_id = \(Cast.ada.id)"),
      ("comments", "comments where true"), ("votes", "votes where true"),
      ("albums", "albums where owner_id = \(Cast.ada.id)"),
    ] as [(String, SQL)] {
      let row = try await db.write(
        """
        with free as materialized (select 1 from \(rows) for update skip locked)
        select (select count(*) from \(rows)) - (select count(*) from free)
        """
      )[0]
      held.append((table, try row.decode(at: 0)))
    }
    return held
  }

  /// How many events of a name one transaction has published at most.
  fileprivate func mostDeleted(_ name: String) async throws -> Int {
    try await db.write(
      """
      select max(number) from (
        select count(*) as number from events.outbox_entries where name = \(name)
        group by xid
      ) as transactions
      """
    )[0].decode(at: 0)
  }

  /// One of Ada's posts that somebody has locked.
  fileprivate func heldPost() async throws -> PostID? {
    let free = try await db.write(
      "select id from posts where author_id = \(Cast.ada.id) for update skip locked"
    ).map { try $0.decode(PostID.self, at: 0) }
    return try await Post.unscoped.written(by: Cast.ada.id).all(in: db).map(\.id)
      .first { !free.contains($0) }
  }

  /// How many statements wait for others.
  fileprivate func waiting() async throws -> Int {
    try await db.read(
      """
      select count(*) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'
      """
    )[0].decode(at: 0)
  }

  /// Votes, says, lists, edits and follows, while Ada's rows are held: nothing of it waits.
  fileprivate func actMeanwhile() async throws {
    let posts = try await Post.query.written(by: Cast.grace.id).newestFirst.all(in: db)
    let mine = try #require(posts.first)
    for type in [VoteType.upvote, .downvote] {
      try await gallery.cast(type, on: .post(mine.id), by: Cast.margaret.id)
    }
    let text = try CommentForm.read(from: FormSource(texts: [("text", "Still here")]))
    _ = try await gallery.comment(text, on: mine.id, by: Cast.linus.id)
    let changes = try PostChangeForm.read(from: FormSource(texts: [("title", "\(clock.now)")]))
    _ = try await gallery.change(mine.id, changes, by: Cast.grace.id)
    let feed = try FeedForm.read(from: FormSource(texts: []))
    _ = try await gallery.feed(feed, for: Cast.grace.id)
    _ = try await gallery.home(of: Cast.linus.id, PageRequest())
    try await db.database.transaction { tx in
      let pair = MemberFollowed(follower: Cast.linus.id, following: Cast.grace.id)
      try await Follow.keep(pair, in: tx)
      try await Follow.forget(
        MemberUnfollowed(follower: Cast.linus.id, following: Cast.grace.id),
        in: tx
      )
    }
    let free = try await Post.unscoped.written(by: Cast.ada.id).all(in: db).map(\.id)
    // By somebody else each time: a vote that is taken back with the batch cannot be changed meanwhile.
    if let post = try await freePost(among: free), let voter = try await crowd(1).first {
      try await gallery.cast(.upvote, on: .post(post), by: voter)
    }
  }

  /// One of Ada's posts that nobody has locked.
  private func freePost(among posts: [PostID]) async throws -> PostID? {
    try await db.write(
      "select id from posts where id = any(\(posts)) limit 1 for update skip locked"
    ).first.map { try $0.decode(at: 0) }
  }
}
