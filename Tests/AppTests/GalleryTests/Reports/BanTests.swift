import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import Foundation
import GalleryContract
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery
@testable import struct Gallery.Comment

@Suite("Banned pictures")
struct BanTests {
  /// Grace reports a post, and Margaret decides.
  private func decide(
    _ decision: String,
    _ post: PostID,
    reason: String = "Stolen",
    by moderator: CastMember = Cast.margaret,
    in site: TestGallery
  ) async throws {
    let report = try ReportForm.read(from: FormSource(texts: [("reason", "copyright")]))
    try await site.gallery.report(.post(post), report, by: Cast.grace.id)
    let waiting = try #require(try await ModerationCase.query.first(in: site.db))
    let texts = [("decision", decision), ("reason", reason)]
    let form = try DecisionForm.read(from: FormSource(texts: texts))
    try await site.gallery.decide(waiting.id, form, by: moderator.id)
  }

  // Fails without `requireNoneBanned`.
  @Test(arguments: Mode.allCases)
  func `nobody posts a banned picture again, and is told why`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(Sample.gif(), by: Cast.ada)
    try await decide("ban", post.id, in: site)
    try await site.gallery.erase(post.id, by: Cast.ada.id)
    try await EmptyTrash().run(in: site.gallery)

    try await site.serve(mode) { client in
      for member in [Cast.ada, Cast.linus] {
        let answer = try await client.publish(Upload().file(Sample.gif()), as: member)
        #expect(answer.status == .unprocessableContent)
        #expect(answer.fieldErrors == ["image banned"])
      }
    }
    #expect(try await Post.unscoped.written(by: Cast.linus.id).count(in: site.db) == 0)
    #expect(site.files.leftovers == [])
    #expect(site.files.stored.isEmpty)
  }

  @Test func `of several pictures the banned ones are named`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(Sample.gif(), by: Cast.ada)
    try await decide("ban", post.id, in: site)

    try await site.serve { client in
      let upload = Upload().file(try await Sample.png.value).file(Sample.gif())
      let answer = try await client.publish(upload, as: Cast.linus)

      #expect(answer.fieldErrors == ["image banned"])
      let message = answer.json["errors"].list.first?["message"].text
      #expect(message?.hasPrefix("2:") == true)
    }
    #expect(try await Post.unscoped.written(by: Cast.linus.id).count(in: site.db) == 0)
  }

  // Fails with the files that were sent alone: what is stored of a copy with other metadata is the same.
  @Test func `a copy that differs in its metadata alone is banned, too`() async throws {
    let site = try await TestGallery.make()
    let jpeg = try await Sample.jpeg.value
    let post = try await site.published(jpeg, by: Cast.ada)
    try await decide("ban", post.id, in: site)
    let remark = Array("Another remark".utf8)
    let comment = [0xFF, 0xFE, 0x00, UInt8(remark.count + 2)] + remark

    try await site.serve { client in
      let copy = Array(jpeg[..<2]) + comment + Array(jpeg[2...])
      let answer = try await client.publish(Upload().file(copy), as: Cast.linus)
      #expect(answer.fieldErrors == ["image banned"])
    }
  }

  @Test func `what others have posted stays, and so does what is merely taken down`() async throws {
    let site = try await TestGallery.make()
    let other = try await site.published(Sample.gif(), by: Cast.linus)
    let post = try await site.published(Sample.gif(), by: Cast.ada)

    try await decide("take_down", post.id, in: site)

    #expect(try await site.stored(other.id).state == .kept)
    let again = try await site.published(Sample.gif(), by: Cast.ada)
    try await decide("ban", again.id, in: site)
    #expect(try await site.stored(other.id).state == .kept)
    #expect(try await Post.unscoped.find(again.id, in: site.db).state == .takenDown)
  }

  @Test func `a moderator lifts a ban, and the log has both`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(Sample.gif(), by: Cast.ada)
    try await decide("ban", post.id, in: site)

    try await site.serve { client in
      let browser = TestBrowser(client, as: Cast.margaret)
      let page = try await browser.get("/moderation/bans")
      #expect(page.text.contains("Stolen") && page.text.contains("/members/ada"))
      let ban = try #require(try await PictureBan.query.first(in: site.db))
      let path = "/moderation/bans/\(ban.id)/lift"
      let lifted = try await browser.submit([:], from: "/moderation/bans", to: path)
      #expect(lifted.headers[.location] == "/moderation/bans")
      #expect(try await browser.get("/moderation/bans").text.contains("No picture is banned"))
      let again = try await browser.submit([:], from: "/moderation/bans", to: path)
      #expect(again.status == .notFound)
      for member in [nil, Cast.ada] {
        let other = TestBrowser(client, as: member)
        #expect(try await other.get("/moderation/bans").status == .notFound)
      }
    }

    try await site.published(Sample.gif(), by: Cast.linus)
    let acts = try await site.db.published(ActReported<Gallery>.self)
    #expect(acts.map(\.act) == ["picture.banned", "post.taken_down", "picture.ban_lifted"])
    #expect(acts.allSatisfy { $0.actor == Cast.margaret.id && $0.subject == Cast.ada.id })
  }

  @Test func `a second ban of a post that was brought back is of what it has then`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(Sample.gif(), by: Cast.ada)
    try await decide("ban", post.id, in: site)
    let before = try await BannedFile.query.count(in: site.db)
    try await site.gallery.restore(post.id, by: Cast.margaret.id, isModerator: true)
    try await site.db.write("update pictures set digest = sha256('another')")
    try await site.db.write("delete from reports")

    try await decide("ban", post.id, reason: "Still", in: site)

    #expect(try await PictureBan.query.all(in: site.db).map(\.reason) == ["Still"])
    #expect(try await BannedFile.query.count(in: site.db) == before + 1)
  }

  // Fails without the check of the author in `decide`.
  @Test func `nobody decides about what is theirs`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.margaret)

    await #expect(throws: ReportError.own) {
      try await decide("dismiss", post.id, in: site)
    }
    #expect(try await ModerationCase.query.count(in: site.db) == 1)
  }

  @Test func `a comment has no pictures to ban`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    let comment = try await site.comment("Rude", on: post, by: Cast.linus)
    let report = try ReportForm.read(from: FormSource(texts: [("reason", "abuse")]))
    try await site.gallery.report(.comment(comment.id), report, by: Cast.ada.id)
    let waiting = try #require(try await ModerationCase.query.first(in: site.db))
    let form = try DecisionForm.read(from: FormSource(texts: [("decision", "ban")]))

    await #expect(throws: ReportError.nothingToBan) {
      try await site.gallery.decide(waiting.id, form, by: Cast.margaret.id)
    }
    #expect(try await Comment.query.count(in: site.db) == 1)
  }

  @Test func `whether a picture is banned is found in an index, however many are`() async throws {
    let site = try await TestGallery.make()
    try await Member.meet(Cast.ada.id, through: site.accounts, in: site.db)
    try await site.db.write(
      """
      with bans as (
        insert into picture_bans (id, post_id, author_id, title, reason, created_at)
        select gen_random_uuid(), gen_random_uuid(), \(Cast.ada.id), '', '', now()
        from generate_series(1, 5000) returning id
      )
      insert into banned_files (digest, ban_id) select sha256(id::text::bytea), id from bans
      """
    )
    try await site.db.write("vacuum analyze banned_files")
    let digests = (0..<40).map { Bytea([UInt8](repeating: $0, count: 32)) }

    let plan = try await QueryPlan(of: BannedFile.known(digests), in: site.db, running: true)

    #expect(plan.indexes == ["banned_files_pkey"])
    #expect((1...130).contains(plan.pages))
  }
}
