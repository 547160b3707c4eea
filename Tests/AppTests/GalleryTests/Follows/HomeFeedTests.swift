import AccountsContract
import ArtelEvents
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import GalleryContract
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("The home feed", .timeLimit(.minutes(10)))
struct HomeFeedTests {
  @Test func `shows the public posts of those one follows, newest first, page by page`()
    async throws
  {
    let site = try await TestGallery.make()
    try await site.follow(Cast.ada, Cast.grace)
    try await site.follow(Cast.ada, Cast.linus)
    try await site.post(by: Cast.grace, title: "1")
    try await site.post(by: Cast.margaret, title: "stranger")
    try await site.post(by: Cast.linus, title: "2")
    try await site.post(by: Cast.grace, title: "hidden", visibility: .private)
    try await site.post(by: Cast.grace, title: "3")
    try await site.post(by: Cast.ada, title: "own")

    try await site.serve { client in
      let path = "/api/posts?feed=home&limit=2"
      let first = try await expectStatements(atMost: 5, atLeast: 5) {
        try await client.send(.get, path, as: Cast.ada)
      }
      let cursor = first.json["next"].text ?? ""
      let second = try await client.send(.get, path + "&after=\(cursor)", as: Cast.ada)
      let page = try await TestBrowser(client, as: Cast.ada).get("/home")

      #expect(first.json["items"].list.map { $0["title"].text } == ["3", "2"])
      #expect(second.json["items"].list.map { $0["title"].text } == ["1"])
      #expect(second.json["next"] == .null)
      #expect(page.text.matches(of: /class="tile"/).count == 3)
      #expect(try await client.send(.get, path).status == .unauthorized)
      #expect(try await client.send(.get, path, as: Cast.grace).json["items"].list.isEmpty)
    }
  }

  @Test func `learns from Accounts who follows whom, and forgets who departs`() async throws {
    let source = try await TestDatabase.make(context: "accounts")
    let site = try await TestGallery.make()
    let relay = EventRelay(
      logs: [EventLog("accounts", in: source.database)],
      consumers: [site.gallery.events],
      clock: site.clock.wallClock,
      logger: Workbench.logger
    )
    let (ada, grace, linus) = (Cast.ada.id, Cast.grace.id, Cast.linus.id)

    try await source.database.transaction { tx in
      try await tx.publish(MemberFollowed(follower: ada, following: grace))
      try await tx.publish(MemberFollowed(follower: ada, following: linus))
      try await tx.publish(MemberFollowed(follower: grace, following: ada))
      try await tx.publish(MemberUnfollowed(follower: ada, following: linus))
    }
    try await relay.deliverTwice(
      EventLog("accounts", in: source.database),
      EventLog("gallery", in: site.db.database)
    )

    let kept = try await Follow.query.all(in: site.db)
    #expect(
      Set(kept) == [
        Follow(followerID: ada, followingID: grace), Follow(followerID: grace, followingID: ada),
      ]
    )
    while try await Follow.forget(of: grace, limit: 1, in: site.db.database) == 1 {}
    #expect(try await Follow.query.count(in: site.db) == 0)
  }

  @Test func `a member's posts are a list: to others the public ones`() async throws {
    let site = try await TestGallery.make()
    try await site.post(by: Cast.ada, title: "shown")
    try await site.post(by: Cast.ada, title: "hidden", visibility: .private)
    try await site.post(by: Cast.grace, title: "other")

    try await site.serve { client in
      for name in ["ada", "ADA", Cast.ada.id.description] {
        let path = "/api/posts?author=\(name)"
        let others = try await client.send(.get, path, as: Cast.grace)
        let own = try await client.send(.get, path, as: Cast.ada)
        #expect(others.json["items"].list.map { $0["title"].text } == ["shown"])
        #expect(own.json["items"].list.map { $0["title"].text } == ["hidden", "shown"])
      }
      let page = try await TestBrowser(client).get("/members/ada/posts")
      #expect(page.text.contains("shown") && !page.text.contains("hidden<"))
      #expect(try await client.send(.get, "/members/nobody/posts").status == .notFound)
    }
  }

  // Fails with `author_id in (select …)` instead of the lateral join: it reads what others posted.
  @Test func `costs the same whatever others post`() async throws {
    let db = try await TestDatabase.make(context: "gallery")
    for person in [Cast.ada, Cast.grace] {
      try await Member.meet(person.id, through: TestAccounts(), in: db)
    }
    try await db.write(
      """
      with fresh as (
        insert into posts (id, author_id, cover_id, picture_count,
                           visibility, visibility_token, created_at)
        select gen_random_uuid(), case when number < 40 then \(Cast.grace.id) else \(Cast.ada.id) end,
               gen_random_uuid(), 1,
               'public', 'a-token-' || number, '2026-01-01'::timestamptz + number * interval '1 s'
        from generate_series(1, 20000) as number
        returning id, cover_id, visibility_token
      )
      insert into pictures (id, post_id, position, digest, type, bytes, width, height)
      select cover_id, id, 1, sha256(visibility_token::bytea), 'jpeg', 1000, 100, 100 from fresh
      """
    )
    try await db.insert(Follow(followerID: Cast.linus.id, followingID: Cast.grace.id))
    try await db.write("vacuum analyze posts")
    try await db.write("vacuum analyze follows")

    let page = PageRequest()
    let sql = try Follow.home(of: Cast.linus.id, page).sql(pageOf: page.limit)
    let plan = try await QueryPlan(of: sql, in: db, running: true)

    #expect(plan.sequentialScans.allSatisfy { $0 == "follows" })
    #expect(plan.indexes.contains("posts_public_author_id_created_at_id_idx"))
    #expect((10...200).contains(plan.pages))
  }
}

extension TestGallery {
  /// Lets one member follow another, as Accounts would have told.
  func follow(_ follower: CastMember, _ following: CastMember) async throws {
    try await db.insert(Follow(followerID: follower.id, followingID: following.id))
  }
}
