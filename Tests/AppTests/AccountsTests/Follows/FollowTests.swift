import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Following members")
struct FollowTests {
  @Test func `a member follows another one once, who is told once, and takes it back once`()
    async throws
  {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    let path = "/api/members/grace/follow"

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      for _ in 0..<2 {
        #expect(try await client.send(.put, path, token: token).status == .noContent)
      }
      let followers = try await client.send(.get, "/api/members/grace/followers")
      let following = try await client.send(.get, "/api/members/ada/following")
      #expect(followers.text.contains(#""username":"ada""#))
      #expect(following.text.contains(#""username":"grace""#))
      #expect(try await client.send(.get, "/api/members/ada/followers").text.contains("[]"))
      for _ in 0..<2 {
        #expect(try await client.send(.delete, path, token: token).status == .noContent)
      }
      #expect(try await client.send(.get, "/api/members/grace/followers").text.contains("[]"))
    }

    let followed = try await site.db.published(MemberFollowed.self)
    #expect(followed.map(\.follower) == [ada.id] && followed.map(\.following) == [grace.id])
    #expect(try await site.db.published(MemberUnfollowed.self).count == 1)
    #expect(try await site.notices(of: grace).count == 1)
  }

  @Test func `oneself, nobody and guests are refused`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      let oneself = try await client.send(.put, "/api/members/Ada/follow", token: token)
      let nobody = try await client.send(.put, "/api/members/nobody1/follow", token: token)
      let guest = try await client.send(.put, "/api/members/ada/follow")
      #expect(oneself.status == .conflict)
      #expect(nobody.status == .notFound)
      #expect(guest.status == .unauthorized)
    }
    // The schema refuses both too, whoever inserts.
    await #expect(throws: PostgresError.self) {
      try await site.db.insert(Follow(followerID: ada.id, followingID: ada.id))
    }
    #expect(try await Follow.query.count(in: site.db) == 0)
  }

  // Fails without `Follow.end` in `draw`, and without the look at `blocks` in `follow`.
  @Test func `a block ends it both ways and keeps it from beginning`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    try await site.accounts.follow("grace", by: ada.id)
    try await site.accounts.follow("ada", by: grace.id)

    try await site.accounts.draw(.block, between: grace.id, and: "ada")

    #expect(try await Follow.query.count(in: site.db) == 0)
    #expect(try await site.db.published(MemberUnfollowed.self).count == 2)
    for (member, other) in [(ada.id, "grace"), (grace.id, "ada")] {
      let refusal = await #expect(throws: Problem.self) {
        try await site.accounts.follow(other, by: member)
      }
      #expect(refusal?.kind == .notFound)
    }
  }

  // Fails without `Follow.hold`: now and then both are stored.
  @Test(.timeLimit(.minutes(10)))
  func `a follow and a block at the same time never both stand`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)

    for _ in 0..<12 {
      async let follow: Void = { try? await site.accounts.follow("grace", by: ada.id) }()
      async let block: Void = site.accounts.draw(.block, between: grace.id, and: "ada")
      _ = await follow
      try await block

      #expect(try await Block.query.count(in: site.db) == 1)
      #expect(try await Follow.query.count(in: site.db) == 0)
      try await site.accounts.lift(.block, between: grace.id, and: "ada")
    }
  }

  @Test func `many times at once is once`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.member(Cast.grace)

    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<12 { group.addTask { try await site.accounts.follow("grace", by: ada.id) } }
      try await group.waitForAll()
    }

    #expect(try await Follow.query.count(in: site.db) == 1)
    #expect(try await site.db.published(MemberFollowed.self).count == 1)
  }

  @Test func `nobody is told of whom they muted`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    try await site.accounts.draw(.mute, between: grace.id, and: "ada")

    try await site.accounts.follow("grace", by: ada.id)

    #expect(try await site.notices(of: grace).isEmpty)
    #expect(try await Follow.query.count(in: site.db) == 1)
  }

  // Fails without the deletion in depart: the rows stay, as the member's row does.
  @Test func `goes with either of the two`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    try await site.accounts.follow("grace", by: ada.id)
    try await site.accounts.follow("ada", by: grace.id)

    try await site.accounts.removeMember(username: "grace")

    #expect(try await Follow.query.count(in: site.db) == 0)
  }

  @Test func `the member's page counts, and its buttons work without JavaScript`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)
    try await site.member(Cast.grace)

    try await site.serve { client in
      let browser = try await TestBrowser.signedIn(Cast.ada, client)
      let page = "/members/grace"
      _ = try await browser.submit([:], from: page, to: "/members/grace/follow")
      let followed = try await browser.get(page).text
      let list = try await browser.get("/members/grace/followers").text
      _ = try await browser.submit([:], from: page, to: "/members/grace/unfollow")
      let after = try await browser.get(page).text

      #expect(followed.contains("1 follower<") && followed.contains("/members/grace/unfollow"))
      #expect(list.contains("/members/ada"))
      #expect(after.contains("0 followers") && after.contains(#""/members/grace/follow""#))
    }
  }

  @Test func `both lists are the start of an index, however long`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.db.write(
      """
      insert into members (id, username, display_name, phone)
      select gen_random_uuid(), 'member' || n, 'Member ' || n, '+7900' || 1000000 + n from generate_series(1, 5000) n
      """
    )
    try await site.db.write(
      """
      insert into follows (id, follower_id, following_id, created_at)
      select gen_random_uuid(), id, \(ada.id), now() - random() * interval '1 day'
      from members where id <> \(ada.id)
      """
    )
    try await site.db.write(
      """
      insert into follows (id, follower_id, following_id, created_at)
      select gen_random_uuid(), \(ada.id), id, now() - random() * interval '1 day'
      from members where id <> \(ada.id)
      """
    )
    try await site.db.write("vacuum analyze follows")

    let lists = [
      ("follows_following_id_created_at_id_idx", Follow.to(ada.id)),
      ("follows_follower_id_created_at_id_idx", Follow.by(ada.id)),
    ]
    for (index, list) in lists {
      let cursor = try #require(try await list.page(of: 4000, in: site.db).next)
      for after in [nil, cursor] {
        let sql = try list.sql(pageOf: 20, after: after)
        let plan = try await QueryPlan(of: sql, in: site.db, running: true)
        #expect(plan.indexes == [index])
        #expect(!plan.isSorting && plan.sequentialScans.isEmpty)
        #expect((1...60).contains(plan.pages))
      }
    }
  }
}
