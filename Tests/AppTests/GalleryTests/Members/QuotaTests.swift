import AccountsContract
import ArtelModel
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

@testable import Gallery

@Suite("The room that a member has")
struct QuotaTests {
  /// What the rows say that a member stores.
  private func stored(by person: CastMember, in site: TestGallery) async throws -> Int {
    var sum = 0
    for post in try await Post.query.written(by: person.id).all(in: site.db) {
      let copies = try await Thumbnail.where { $0.postID == post.id }.all(in: site.db)
      sum += copies.reduce(post.imageBytes) { $0 + $1.bytes }
    }
    return sum
  }

  @Test func `is counted with every copy, for each member, and given back`() async throws {
    let site = try await TestGallery.make()
    let first = try await site.published(Picture.gif(), by: Cast.ada)
    // The same file counts for each post.
    try await site.published(Picture.gif(), by: Cast.ada)
    try await site.published(Picture.gif(frames: 2), by: Cast.grace)

    let ada = try await stored(by: Cast.ada, in: site)
    #expect(ada > 2 * first.imageBytes)
    #expect(try await MemberUsage.bytes(of: Cast.ada.id, in: site.db) == ada)
    try await site.deleteForGood(first.id, by: Cast.ada)
    #expect(try await MemberUsage.bytes(of: Cast.ada.id, in: site.db) == ada / 2)
    let grace = try await stored(by: Cast.grace, in: site)
    #expect(try await MemberUsage.bytes(of: Cast.grace.id, in: site.db) == grace)
    #expect(try await MemberUsage.bytes(of: Cast.linus.id, in: site.db) == 0)
  }

  @Test(arguments: Mode.allCases)
  func `refuses a picture that does not fit any more`(mode: Mode) async throws {
    let full = try await stored(by: Cast.ada, in: try await siteWithOnePost())
    let site = try await TestGallery.make(memberQuotaBytes: full + full / 2)
    try await site.published(Picture.gif(), by: Cast.ada)

    try await site.serve(mode) { client in
      let other = try await client.publish(Upload().file(Picture.gif()), as: Cast.grace)
      #expect(other.status == .created)
      // Its body fits, what is stored of it does not.
      let answer = try await client.publish(Upload().file(Picture.gif()))

      #expect(answer.status == .contentTooLarge)
      #expect(answer.json["type"].text == "/problems/quota-exceeded")
      #expect(answer.fieldErrors == ["image quota_exceeded"])
    }
    #expect(try await Post.query.written(by: Cast.ada.id).count(in: site.db) == 1)
    #expect(try await MemberUsage.bytes(of: Cast.ada.id, in: site.db) == full)
    #expect(site.files.leftovers == [])
    #expect(site.files.stored.count == 2)
  }

  private func siteWithOnePost() async throws -> TestGallery {
    let site = try await TestGallery.make()
    try await site.published(Picture.gif(), by: Cast.ada)
    return site
  }

  @Test(arguments: Mode.allCases)
  func `refuses a body that says it is too large before it is read`(mode: Mode) async throws {
    let begun = Mutex(0)
    let site = try await TestGallery.make(memberQuotaBytes: 100_000) { step in
      if step == .uploadReceived { begun.withLock { $0 += 1 } }
    }

    try await site.serve(mode) { client in
      let answer = try await client.publish(Upload().file([UInt8](repeating: 7, count: 200_000)))

      #expect(answer.status == .contentTooLarge)
      #expect(answer.fieldErrors == ["image quota_exceeded"])
    }
    #expect(begun.withLock { $0 } == 0)
    try await site.expectNothingLeft()
  }

  // Fails without the condition in MemberUsage.add: all eight are published, six more than fit.
  @Test func `is not passed by uploads that come at once`() async throws {
    let one = try await stored(by: Cast.ada, in: try await siteWithOnePost())
    let site = try await TestGallery.make(memberQuotaBytes: 2 * one + one / 2)
    let another = site.another()

    let published = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<8 {
        group.addTask {
          let node = number.isMultiple(of: 2) ? site : another
          return (try? await node.published(Picture.gif(), by: Cast.ada)) != nil
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }

    #expect(published == 2)
    #expect(try await Post.query.count(in: site.db) == 2)
    #expect(try await MemberUsage.bytes(of: Cast.ada.id, in: site.db) == 2 * one)
  }

  @Test func `answers a repeated request although it is full by then`() async throws {
    let one = try await stored(by: Cast.ada, in: try await siteWithOnePost())
    let site = try await TestGallery.make(memberQuotaBytes: one)
    let upload = Upload().file(Picture.gif())

    try await site.serve { client in
      let first = try await client.publish(upload, key: "the-same-key-twice")
      let second = try await client.publish(upload, key: "the-same-key-twice")
      let third = try await client.publish(upload, key: "another-key-altogether")

      #expect(first.status == .created)
      #expect(second.status == .created)
      #expect(second.text == first.text)
      #expect(third.fieldErrors == ["image quota_exceeded"])
    }
    #expect(site.files.leftovers == [])
  }

  // Fails without the look at what was used before: three notices.
  @Test func `is told when it is nearly all taken, once each time`() async throws {
    let site = try await TestGallery.make()
    try await Member.meet(Cast.ada.id, through: site.accounts, in: site.db)
    func add(_ bytes: Int) async throws {
      try await site.db.database.transaction { tx in
        try await MemberUsage.add(bytes, to: Cast.ada.id, limit: 1000, in: tx)
      }
    }

    try await add(900)
    #expect(try await site.db.published(NoticeRequested<Gallery>.self).isEmpty)
    try await add(1)
    try await add(50)
    await #expect(throws: QuotaError.exceeded) { try await add(50) }
    try await site.db.database.transaction { tx in
      try await MemberUsage.remove(100, from: Cast.ada.id, in: tx)
    }
    try await add(149)

    let notices = try await site.db.published(NoticeRequested<Gallery>.self)
    #expect(notices.map(\.member) == [Cast.ada.id, Cast.ada.id])
    #expect(notices.map(\.kind) == ["storage.nearly_full", "storage.nearly_full"])
    #expect(notices.map { $0.facts["used"] } == [.number(901), .number(1000)])
    #expect(notices[0].facts["quota"] == .number(1000))
  }

  @Test func `is told by the upload that fills it`() async throws {
    let one = try await stored(by: Cast.ada, in: try await siteWithOnePost())
    let site = try await TestGallery.make(memberQuotaBytes: one + one / 20)

    try await site.published(Picture.gif(), by: Cast.ada)

    let notices = try await site.db.published(NoticeRequested<Gallery>.self)
    #expect(notices.map(\.facts) == [["used": .number(one), "quota": .number(one + one / 20)]])
  }

  @Test func `is shown where pictures are chosen`() async throws {
    let site = try await TestGallery.make(memberQuotaBytes: 5 << 30)
    try await site.published(try await Picture.photograph.value, by: Cast.ada)
    let used = try await MemberUsage.bytes(of: Cast.ada.id, in: site.db)

    try await site.serve { client in
      let page = try await expectStatements(atMost: 1) {
        try await TestBrowser(client, as: Cast.ada).get("/upload")
      }
      #expect(page.text.contains("max=\"5368709120\" value=\"\(used)\""))
      #expect(page.text.contains("of 5\u{a0}GB"))
    }
  }

  @Test func `is told on the page without JavaScript`() async throws {
    let site = try await TestGallery.make(memberQuotaBytes: 10)

    try await site.serve { client in
      let page = try await TestBrowser(client, as: Cast.ada).upload(Picture.gif())

      #expect(page.text.contains("your shelf is full"))
    }
    try await site.expectNothingLeft()
  }
}
