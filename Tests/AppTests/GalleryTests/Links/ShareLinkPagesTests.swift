import ArtelModel
import ArtelPostgres
import ArtelTesting
import GalleryContract
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("The page of share links")
struct ShareLinkPagesTests {
  @Test func `makes a link, shows it once, and revokes it without scripts`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.hiddenPost()
    let path = "/posts/\(post.id)/links"

    try await site.serve { client in
      let browser = TestBrowser(client, as: Cast.ada)
      let made = try await browser.submit(["lifetime": "day", "password": ""], from: path)
      #expect(made.status == .created)
      #expect(made.headers[.cacheControl] == "no-store")
      let address = try #require(made.text.firstMatch(of: /http:[^<]*(\/s\/artel_sl_[\w-]+)</))
      #expect(try await TestBrowser(client).get(String(address.1)).status == .ok)
      let later = try await browser.get(path)
      #expect(!later.text.contains("artel_sl_"))
      let revoke = try #require(later.text.firstMatch(of: /action="([^"]+\/revoke)"/))
      let answer = try await browser.submit(from: path, to: String(revoke.1))
      #expect(answer.status == .seeOther)
      #expect(answer.headers[.location] == path)
      #expect(try await browser.get(path).text.contains("There are no links."))
      #expect(try await TestBrowser(client).get(String(address.1)).status == .notFound)
    }
  }

  @Test func `is for the author alone, who finds it on the post's page`() async throws {
    let site = try await TestGallery.make()
    let shown = try await site.post(by: Cast.ada)
    let hidden = try await site.hiddenPost()

    try await site.serve { client in
      for (person, post, status) in [
        (Cast.ada, shown, 200), (Cast.grace, shown, 403), (Cast.margaret, shown, 403),
        (Cast.grace, hidden, 404),
      ] {
        let answer = try await TestBrowser(client, as: person).get("/posts/\(post.id)/links")
        #expect(answer.status.code == status)
      }
      let guest = try await TestBrowser(client).get("/posts/\(shown.id)/links")
      #expect(guest.status == .seeOther)
      let button = #"href="/posts/\#(shown.id)/links""#
      let own = try await TestBrowser(client, as: Cast.ada).get("/posts/\(shown.id)")
      let others = try await TestBrowser(client, as: Cast.grace).get("/posts/\(shown.id)")
      #expect(own.text.contains(button) && !others.text.contains(button))
    }
  }

  @Test(arguments: [
    (["until": "2020-01-01"], "Between today and a year from now"),
    (["until": "31.12.2026"], "A day such as 2026-12-31"),
    (["password": "short"], "At least 12 characters"),
    (["lifetime": "forever"], "<option"),
  ])
  func `says what is wrong`(fields: [String: String], text: String) async throws {
    let site = try await TestGallery.make()
    let post = try await site.hiddenPost()

    try await site.serve { client in
      let path = "/posts/\(post.id)/links"
      let answer = try await TestBrowser(client, as: Cast.ada).submit(fields, from: path)

      #expect(answer.status == .unprocessableContent)
      #expect(answer.text.contains(text))
      #expect(!answer.text.contains(#"value="short""#))
    }
    #expect(try await ShareLink.query.count(in: site.db) == 0)
  }
}

@Suite("How share links are found among many")
struct ShareLinkPlanTests {
  @Test func `one by its digest, those of a post by an index`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    let rows = (0..<200).map { number in
      (0..<50).map { _ in
        ShareLink(
          postID: post.id,
          digest: Bytea((0..<32).map { _ in UInt8.random(in: 0...255) }),
          createdAt: site.clock.now.addingTimeInterval(Double(number))
        )
      }
    }
    for some in rows { try await site.db.insert(contentsOf: some) }
    try await site.db.write("vacuum analyze share_links, posts, members")
    let digest = rows[7][3].digest

    let one = try await QueryPlan(
      of: ShareLink.where { $0.digest == digest }.working(at: site.clock.now).limit(1).sql,
      in: site.db,
      running: true
    )
    let page = try await QueryPlan(
      of: try ShareLink.query.to(post.id).newestFirst.sql(pageOf: 20),
      in: site.db,
      running: true
    )

    #expect(one.indexes.contains("share_links_digest_key"))
    #expect((2...20).contains(one.pages))
    #expect(page.indexes == ["share_links_post_id_created_at_id_idx"])
    #expect((1...60).contains(page.pages))
  }

  @Test func `a page by a link takes six statements, a file two`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.hiddenPost()
    let link = try await site.link(to: post)

    try await site.serve { client in
      try await expectStatements(atMost: 6, atLeast: 4) {
        _ = try await TestBrowser(client).get(link.path)
      }
      try await expectStatements(atMost: 2) {
        _ = try await TestBrowser(client).get(site.file(of: post, by: link))
      }
    }
  }
}
