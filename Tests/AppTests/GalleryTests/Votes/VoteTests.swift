import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelTesting
import GalleryContract
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery
@testable import struct Gallery.Comment

@Suite("Voting")
struct VoteTests {
  @Test(arguments: Mode.allCases)
  func `is counted at once, changed and taken back, on posts and on comments`(mode: Mode)
    async throws
  {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    let comment = try await site.comment("Tea", on: post, by: Cast.ada)

    try await site.serve(mode) { client async throws in
      for path in ["/api/posts/\(post.id)", "/api/comments/\(comment.id)"] {
        for (json, expected) in [
          (#"{"type": "upvote"}"#, Tally(upvotes: 1, vote: .upvote)),
          (#"{"type": "upvote"}"#, Tally(upvotes: 1, vote: .upvote)),
          (#"{"type": "downvote"}"#, Tally(downvotes: 1, vote: .downvote)), (nil, Tally()),
          (nil, Tally()),
        ] {
          let answer = try await client.send(
            json == nil ? .delete : .put,
            "\(path)/vote",
            as: Cast.grace,
            json: json
          )
          #expect(answer.status == .ok)
          #expect(answer.tally == expected)
          #expect(try await client.send(.get, path, as: Cast.grace).tally == expected)
          var forOthers = expected
          forOthers.vote = nil
          #expect(try await client.send(.get, path, as: Cast.linus).tally == forOthers)
        }
      }
    }
    let cast = try await site.db.published(VoteCast.self)
    #expect(cast.map(\.opinion) == [.upvote, .downvote, nil, .upvote, .downvote, nil])
    #expect(cast.map(\.post) == [post.id, post.id, post.id, nil, nil, nil])
    #expect(cast.map(\.comment) == [nil, nil, nil, comment.id, comment.id, comment.id])
  }

  @Test func `stands in lists, with one's own vote`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    let comment = try await site.comment("Tea", on: post, by: Cast.ada)
    try await site.gallery.cast(.downvote, on: .post(post.id), by: Cast.ada.id)
    try await site.gallery.cast(.upvote, on: .post(post.id), by: Cast.grace.id)
    try await site.gallery.cast(.upvote, on: .comment(comment.id), by: Cast.grace.id)

    try await site.serve { client async throws in
      for path in ["/api/posts", post.comments] {
        let own = try await client.send(.get, path, as: Cast.grace).json["items"].list[0]
        let others = try await client.send(.get, path).json["items"].list[0]
        #expect(own["vote"] == .string("upvote") && others["vote"] == .null)
        #expect(own["upvotes"] == .integer(1) && others["upvotes"] == .integer(1))
      }
    }
  }

  @Test func `of one member counts once, however often and at how many times at once`() async throws
  {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)

    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<40 {
        group.addTask {
          if number % 4 == 3 {
            try await site.gallery.takeBackVote(on: .post(post.id), by: Cast.grace.id)
          } else {
            let type: VoteType = number % 2 == 0 ? .upvote : .downvote
            try await site.gallery.cast(type, on: .post(post.id), by: Cast.grace.id)
          }
        }
      }
      try await group.waitForAll()
    }
    try await site.gallery.cast(.upvote, on: .post(post.id), by: Cast.grace.id)

    #expect(try await site.tally(post) == Tally(upvotes: 1))
    try await site.gallery.foldVotes(atMost: 7)
    #expect(try await site.tally(post) == Tally(upvotes: 1))
    #expect(try await Vote.query.count(in: site.db) == 1)
  }

  @Test
  func `of a thousand members at once on one post is counted exactly, also while it is folded`()
    async throws
  {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    let voters = try await site.crowd(1_000)

    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, voter) in voters.enumerated() {
        group.addTask {
          try await site.gallery.cast(
            number % 10 == 0 ? .downvote : .upvote,
            on: .post(post.id),
            by: voter
          )
          if number % 50 == 0 { try await site.gallery.foldVotes(atMost: 20) }
        }
      }
      try await group.waitForAll()
    }

    #expect(try await site.tally(post) == Tally(upvotes: 900, downvotes: 100))
    try await site.gallery.foldVotes()
    let stored = try await site.stored(post.id)
    #expect(stored.upvotes == 900 && stored.downvotes == 100)
    #expect(try await VoteDelta.query.count(in: site.db) == 0)
    #expect(try await site.tally(post) == Tally(upvotes: 900, downvotes: 100))
  }

  @Test func `is folded by several nodes at once without losing any`() async throws {
    let site = try await TestGallery.make()
    let posts = [try await site.post(by: Cast.ada), try await site.post(by: Cast.grace)]
    let voters = try await site.crowd(60)
    for voter in voters {
      for post in posts { try await site.gallery.cast(.upvote, on: .post(post.id), by: voter) }
    }
    for voter in voters.prefix(20) {
      try await site.gallery.takeBackVote(on: .post(posts[0].id), by: voter)
    }

    let other = site.another()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask { try await site.gallery.foldVotes(atMost: 10) }
        group.addTask { try await other.gallery.foldVotes(atMost: 7) }
      }
      try await group.waitForAll()
    }
    try await site.gallery.foldVotes()

    #expect(try await site.stored(posts[0].id).upvotes == 40)
    #expect(try await site.stored(posts[1].id).upvotes == 60)
  }

  @Test func `is for members who see the thing`() async throws {
    let site = try await TestGallery.make()
    let hidden = try await site.post(by: Cast.ada, visibility: .private)
    let shown = try await site.post(by: Cast.ada)
    let comment = try await site.comment("To myself", on: hidden, by: Cast.ada)

    try await site.serve { client async throws in
      let json = #"{"type": "upvote"}"#
      for path in ["/api/posts/\(hidden.id)/vote", "/api/comments/\(comment.id)/vote"] {
        let answers = [
          try await client.send(.put, path, as: Cast.linus, json: json),
          try await client.send(.delete, path, as: Cast.linus),
          try await client.send(.put, path, as: Cast.ada, json: json),
        ]
        #expect(answers.map(\.status) == [.notFound, .notFound, .ok])
      }
      let path = "/api/posts/\(shown.id)/vote"
      #expect(try await client.send(.put, path, json: json).status == .unauthorized)
      for wrong in [#"{}"#, #"{"type": null}"#, #"{"type": "love"}"#] {
        let answer = try await client.send(.put, path, as: Cast.grace, json: wrong)
        #expect(answer.status == .unprocessableContent)
      }
    }
    #expect(try await site.tally(shown) == Tally())
  }

  @Test(arguments: [(Cast.ada, Cast.grace), (Cast.grace, Cast.ada)])
  func `is not for those with a block between them`(by: CastMember, of: CastMember) async throws {
    let accounts = TestAccounts(blocks: [MemberBlock(by: by.id, of: of.id)])
    let site = try await TestGallery.make(accounts: accounts)
    let post = try await site.post(by: Cast.ada)

    try await site.serve { client async throws in
      let path = "/api/posts/\(post.id)/vote"
      let answer = try await client.send(
        .put,
        path,
        as: Cast.grace,
        json: #"{"type": "upvote"}"#
      )
      #expect(answer.status == .forbidden)
    }
    #expect(try await site.tally(post) == Tally())
  }

  @Test func `of a departed member is refused`() async throws {
    let site = try await TestGallery.make(accounts: TestAccounts(people: [Cast.ada]))
    let post = try await site.post(by: Cast.ada)
    try await site.db.database.transaction { tx in
      try await Member.depart(Cast.grace.id, version: 2, at: site.clock.now, in: tx)
    }

    await #expect(throws: MemberError.departed) {
      try await site.gallery.cast(.upvote, on: .post(post.id), by: Cast.grace.id)
    }
    #expect(try await site.tally(post) == Tally())
  }

  @Test func `goes with its thing, and what was not folded with it`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(Sample.gif(), by: Cast.ada)
    try await site.gallery.cast(.upvote, on: .post(post.id), by: Cast.grace.id)

    try await site.deleteForGood(post.id, by: Cast.ada)
    try await site.gallery.foldVotes()

    #expect(try await Vote.query.count(in: site.db) == 0)
    #expect(try await VoteDelta.query.count(in: site.db) == 0)
  }

  @Test(arguments: [
    (
      "insert into votes (id, member_id, type) values (gen_random_uuid(), $M, 'upvote')",
      "votes_one_target"
    ),
    (
      "insert into votes (id, member_id, post_id, comment_id, type) "
        + "values (gen_random_uuid(), $M, $P, $C, 'upvote')", "votes_one_target"
    ),
    (
      "insert into votes (id, member_id, post_id, type) "
        + "select gen_random_uuid(), $M, $P, 'upvote' from generate_series(1, 2)",
      "votes_member_id_post_id_key"
    ),
    (
      "insert into votes (id, member_id, comment_id, type) "
        + "select gen_random_uuid(), $M, $C, 'upvote' from generate_series(1, 2)",
      "votes_member_id_comment_id_key"
    ),
  ])
  func `is on one thing, once: the schema says so`(statement: String, constraint: String)
    async throws
  {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    let comment = try await site.comment("Tea", on: post, by: Cast.ada)
    let text = statement.replacing("$M", with: "'\(Cast.ada.id)'")
      .replacing("$P", with: "'\(post.id)'").replacing("$C", with: "'\(comment.id)'")

    let error = await #expect(throws: PostgresError.self) {
      _ = try await site.db.write(SQL(raw: text))
    }

    #expect(error?.constraint == constraint)
  }
}

@Suite("Telling of votes")
struct VoteNoticeTests {
  @Test func `tells the author once a fold, how many they are by now`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    let comment = try await site.comment("Tea", on: post, by: Cast.linus)
    for voter in try await site.crowd(5) {
      try await site.gallery.cast(.upvote, on: .post(post.id), by: voter)
    }
    try await site.gallery.foldVotes()
    try await site.gallery.cast(.upvote, on: .post(post.id), by: Cast.grace.id)
    try await site.gallery.cast(.upvote, on: .comment(comment.id), by: Cast.grace.id)
    try await site.gallery.foldVotes()

    let notices = try await site.notices()
    #expect(notices.map(\.kind).sorted() == ["comment.liked", "post.liked", "post.liked"])
    #expect(
      notices.filter { $0.kind == "post.liked" }.map { $0.facts["count"] } == [
        .number(5), .number(6),
      ]
    )
    #expect(notices.first { $0.kind == "comment.liked" }?.member == Cast.linus.id)
    #expect(notices.allSatisfy { $0.actor == nil })
  }

  @Test
  func `tells nothing of one's own votes, of the muted, of downvotes and of votes taken back`()
    async throws
  {
    let accounts = TestAccounts(mutes: [Cast.ada.id: [Cast.grace.id]])
    let site = try await TestGallery.make(accounts: accounts)
    let post = try await site.post(by: Cast.ada)
    try await site.gallery.cast(.upvote, on: .post(post.id), by: Cast.ada.id)
    try await site.gallery.cast(.upvote, on: .post(post.id), by: Cast.grace.id)
    try await site.gallery.cast(.downvote, on: .post(post.id), by: Cast.linus.id)
    try await site.gallery.foldVotes()
    try await site.gallery.takeBackVote(on: .post(post.id), by: Cast.grace.id)
    try await site.gallery.foldVotes()

    #expect(try await site.notices().isEmpty)
    #expect(try await site.tally(post) == Tally(upvotes: 1, downvotes: 1))
  }
}

@Suite("Votes on pages")
struct VotePagesTests {
  @Test func `are cast and taken back by the same button, without JavaScript`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    let comment = try await site.comment("Tea", on: post, by: Cast.ada)
    let page = "/posts/\(post.id)"

    try await site.serve { client async throws in
      let browser = TestBrowser(client, as: Cast.grace)
      for (path, place) in [
        (page, page), ("/comments/\(comment.id)", "\(page)#comment-\(comment.id)"),
      ] {
        let before = try await browser.get(page).text.pressed(at: "\(path)/vote")
        let answer = try await browser.submit(["type": "upvote"], from: page, to: "\(path)/vote")
        #expect(answer.status == .seeOther && answer.headers[.location] == place)
        let after = try await browser.get(page).text.pressed(at: "\(path)/vote")
        #expect(before == ["upvote false", "downvote false"])
        #expect(after == ["none true", "downvote false"])
        _ = try await browser.submit(["type": "none"], from: page, to: "\(path)/vote")
        #expect(try await browser.get(page).text.pressed(at: "\(path)/vote") == before)
      }
    }
  }

  @Test func `stand on the cards of the feed`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    try await site.gallery.cast(.downvote, on: .post(post.id), by: Cast.grace.id)

    try await site.serve { client async throws in
      let html = try await TestBrowser(client, as: Cast.grace).get("/").text
      #expect(html.pressed(at: "/posts/\(post.id)/vote") == ["upvote false", "none true"])
    }
  }
}

@Suite("How votes are found among fifty thousand")
struct VotePlanTests {
  @Test func `the votes on a page of posts are looked up, not counted`() async throws {
    let site = try await TestGallery.make()
    let posts = try await site.manyVotes()

    let plan = try await QueryPlan(
      of: Post.counting(Array(posts.prefix(21)), for: Cast.ada.id),
      in: site.db,
      running: true
    )

    // Of so few posts all may be read.
    #expect(plan.sequentialScans.allSatisfy { $0 == "posts" })
    #expect(plan.indexes.contains("votes_member_id_post_id_key"))
    #expect(plan.indexes.contains("vote_deltas_post_id_idx"))
    #expect((20...400).contains(plan.pages))
  }

  @Test func `one member's votes and those on a thing are found by indexes`() async throws {
    let site = try await TestGallery.make()
    let posts = try await site.manyVotes()

    let own = Vote.query.cast(by: Cast.ada.id).order { $0.createdAt }
    let ownPlan = try await QueryPlan(of: try own.sql(pageOf: 20), in: site.db, running: true)
    let onPost = try await QueryPlan(
      of: Vote.query.on(.post(posts[0])).limit(5).sql,
      in: site.db,
      running: true
    )

    #expect(ownPlan.indexes == ["votes_member_id_created_at_id_idx"])
    #expect(onPost.indexes == ["votes_post_id_idx"])
    for plan in [ownPlan, onPost] {
      #expect(plan.sequentialScans.isEmpty && (1...60).contains(plan.pages))
    }
  }

  @Test func `casting takes few statements, whatever there is`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    try await Member.meet(Cast.grace.id, through: site.accounts, in: site.db)

    // Whose it is, begin, the vote with its delta, the event, commit.
    try await expectStatements(atMost: 6, atLeast: 4) {
      try await site.gallery.cast(.upvote, on: .post(post.id), by: Cast.grace.id)
    }
  }
}

extension TestResponse {
  /// The votes that it tells of.
  var tally: Tally? {
    guard case .integer(let upvotes) = json["upvotes"],
      case .integer(let downvotes) = json["downvotes"]
    else { return nil }
    return Tally(
      upvotes: upvotes,
      downvotes: downvotes,
      vote: json["vote"].text.flatMap(VoteType.init)
    )
  }
}

extension String {
  /// What the buttons of a form send, and whether they are pressed.
  fileprivate func pressed(at action: String) -> [String] {
    guard let form = firstRange(of: "action=\"\(action)\"") else { return [] }
    return self[form.upperBound...].prefix { _ in true }.matches(
      of: /value="(\w+)" data-type="\w+" aria-pressed="(\w+)"/
    )
    .prefix(2).map { "\($0.1) \($0.2)" }
  }

  private func firstRange(of text: String) -> Range<Index>? {
    ranges(of: text).first
  }
}

extension TestGallery {
  /// The votes on a post as a guest sees them.
  func tally(_ post: Post) async throws -> Tally {
    try await gallery.tally(of: .post(post.id), for: nil)
  }

  /// Members whom nobody knows by name.
  func crowd(_ count: Int) async throws -> [MemberID] {
    let ids = (0..<count).map { _ in MemberID.generate() }
    let names = ids.indices.map { "voter\($0)" }
    try await db.write(
      """
      insert into members (id, username, display_name, version)
      select id, name, name, 1 from unnest(\(ids), \(names)) as crowd (id, name)
      """
    )
    return ids
  }

  /// Fifty thousand votes of a hundred members on five hundred posts, five thousand of them not folded.
  fileprivate func manyVotes() async throws -> [PostID] {
    let voters = try await crowd(99)
    let post = try await post(by: Cast.ada)
    try await db.write(
      """
      with fresh as (
        insert into posts (id, author_id, cover_id, picture_count,
                           visibility_token)
        select gen_random_uuid(), \(Cast.ada.id), gen_random_uuid(), 1,
               'a-token-' || number
        from generate_series(1, 499) as number
        returning id, cover_id, visibility_token
      )
      insert into pictures (id, post_id, position, digest, type, bytes, width, height)
      select cover_id, id, 1, sha256('x'), 'jpeg', 1000, 100, 100 from fresh
      """
    )
    try await db.write(
      """
      insert into votes (id, member_id, post_id, type)
      select gen_random_uuid(), voter, posts.id, 'upvote'
      from posts, unnest(\(voters + [Cast.ada.id])) as voter
      """
    )
    try await db.write(
      """
      insert into vote_deltas (post_id, upvotes, downvotes, is_news)
      select post_id, 1, 0, true from votes limit 5000
      """
    )
    try await db.write("vacuum analyze posts, votes, vote_deltas")
    return [post.id] + (try await Post.where { $0.id != post.id }.select { $0.id }.all(in: db))
  }
}
