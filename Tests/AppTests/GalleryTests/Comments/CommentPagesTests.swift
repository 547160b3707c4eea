import AccountsContract
import ArtelModel
import ArtelTesting
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery
@testable import struct Gallery.Comment

@Suite("Comments on the page of a post")
struct CommentPagesTests {
  @Test(arguments: [
    ("en", "Nobody has said anything yet", "1 comment"), ("ru", "Пока никто", "1 комментарий"),
  ])
  func `are written, changed and deleted without JavaScript`(
    language: String,
    empty: String,
    count: String
  ) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)

    try await site.serve { client async throws in
      let page = "/posts/\(post.id)"
      let browser = TestBrowser(client, as: Cast.grace, language: language)
      #expect(try await browser.get(page).text.contains(empty))

      let sent = try await browser.submit(
        ["text": "<b>Bold</b>\nwords"],
        from: page,
        to: "\(page)/comments"
      )
      let comment = try #require(try await Comment.query.first(in: site.db))
      #expect(sent.status == .seeOther)
      #expect(sent.headers[.location] == "\(page)?order=newest#comment-\(comment.id)")
      let shown = try await browser.get(page).text
      #expect(shown.contains("&lt;b&gt;Bold&lt;/b&gt;\nwords"))
      #expect(shown.contains(count) && !shown.contains(empty))

      site.clock.advance(by: .seconds(1))
      let edit = "/comments/\(comment.id)/edit"
      #expect(try await browser.get(edit).text.contains("Bold"))
      #expect(try await browser.submit(["text": "Mild"], from: edit).status == .seeOther)
      #expect(try await browser.get(page).text.contains("Mild"))
      let refused = try await browser.submit(["text": " "], from: edit)
      #expect(refused.status == .unprocessableContent)

      let gone = try await browser.submit(from: page, to: "/comments/\(comment.id)/delete")
      #expect(gone.headers[.location] == "\(page)#comments")
      #expect(try await browser.get(page).text.contains(empty))
    }
  }

  @Test func `keep what was refused in the form`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    let page = "/posts/\(post.id)"

    try await site.serve { client async throws in
      let browser = TestBrowser(client, as: Cast.grace)
      let text = String(repeating: "long ", count: 1001)
      let answer = try await browser.submit(["text": text], from: page, to: "\(page)/comments")

      #expect(answer.status == .unprocessableContent)
      #expect(answer.text.contains("long long") && answer.text.contains("At most 5000"))
    }
  }

  @Test func `offer each viewer what they may do`() async throws {
    let accounts = TestAccounts(blocks: [MemberBlock(by: Cast.ada.id, of: Cast.linus.id)])
    let site = try await TestGallery.make(accounts: accounts)
    let post = try await site.post(by: Cast.ada)
    let comment = try await site.comment("Tea", on: post, by: Cast.grace)

    try await site.serve { client async throws in
      func offers(_ person: CastMember?) async throws -> [Bool] {
        let html = try await TestBrowser(client, as: person).get("/posts/\(post.id)").text
        return [
          "/posts/\(post.id)/comments\"", "/comments/\(comment.id)/edit",
          "/comments/\(comment.id)/delete",
        ]
        .map(html.contains)
      }
      #expect(try await offers(nil) == [false, false, false])
      #expect(try await offers(Cast.linus) == [false, false, false])
      #expect(try await offers(Cast.ada) == [true, false, true])
      #expect(try await offers(Cast.grace) == [true, true, true])
      #expect(try await offers(Cast.margaret) == [true, false, true])
    }
  }

  @Test func `go on on further pages`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    for number in 1...21 { try await site.comment("No. \(number).", on: post, by: Cast.grace) }

    try await site.serve { client async throws in
      let first = try await TestBrowser(client).get("/posts/\(post.id)?order=newest").text
      #expect(first.contains("No. 21.") && !first.contains("No. 1."))
      let link = try #require(
        first.firstMatch(of: /rel="next" href="([^"#]+)/).map { String($0.1) }
      )
      let second = try await TestBrowser(client).get(link.replacing("&amp;", with: "&")).text
      #expect(second.contains("No. 1.") && !second.contains("No. 21."))
    }
  }

  @Test func `take few statements`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    for number in 0..<12 {
      try await site.comment("\(number)", on: post, by: Cast.all[number % 4])
    }

    try await site.serve { client async throws in
      try await expectStatements(atMost: 9, atLeast: 7) {
        _ = try await TestBrowser(client).get("/posts/\(post.id)")
      }
    }
  }
}
