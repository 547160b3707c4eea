import ArtelModel
import ArtelPictures
import ArtelTesting
import ArtelUploads
import ArtelWeb
import Foundation
import GalleryContract
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("A post with several pictures")
struct PostPicturesTests {
  @Test(arguments: Mode.allCases)
  func `shows them in their order, each with its words`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    let upload = Upload().field("alts", "A cup").field("alts", "").field("title", "Tea")
      .file(try await Sample.jpeg.value).file(Sample.gif(frames: 2)).file(
        try await Sample.png.value
      )

    try await site.serve(mode) { client in
      let post = try await client.publish(upload)

      #expect(post.status == .created)
      #expect(post.json["picture_count"] == .integer(3))
      let pictures = post.json["pictures"].list
      #expect(pictures.map { $0["position"] } == [.integer(1), .integer(2), .integer(3)])
      #expect(pictures.map { $0["alt"].text } == ["A cup", "", ""])
      #expect(pictures.map { $0["width"] } == [.integer(64), .integer(1), .integer(40)])
      #expect(pictures.map { $0["is_moving"] } == [.bool(false), .bool(true), .bool(false)])
      #expect(post.json["cover"] == pictures[0])
      for picture in pictures {
        for address in [picture["image_url"].text, picture["thumbnail_url"].text] {
          #expect(try await client.send(.get, address ?? "").status == .ok)
        }
      }
      let id = try #require(post.json["id"].text)
      #expect(try await client.send(.get, "/api/posts/\(id)").json == post.json)
      let listed = try await client.send(.get, "/api/posts").json["items"].list
      #expect(listed.map { $0["cover"] } == [pictures[0]])
      #expect(listed[0]["pictures"] == .null)
    }
  }

  @Test func `is refused as a whole, with the name of each file that is no picture`() async throws {
    let site = try await TestGallery.make()
    let upload = Upload().file(Sample.gif(), called: "good.gif")
      .file(Array("no picture".utf8), called: "one.txt").file([], called: "two.jpg")

    try await site.serve { client in
      let answer = try await client.publish(upload)

      #expect(answer.status == .unprocessableContent)
      #expect(answer.fieldErrors == ["image unsupported_type", "image empty"])
      let messages = answer.json["errors"].list.compactMap { $0["message"].text }
      #expect(messages[0].hasPrefix("one.txt: ") && messages[1].hasPrefix("two.jpg: "))
    }
    try await site.expectNothingLeft()
  }

  @Test func `names the file that is too large`() async throws {
    let site = try await TestGallery.make(limits: PictureLimits(sizeBytes: 2000))
    let upload = Upload().file(Sample.gif(), called: "good.gif")
      .file([UInt8](repeating: 0, count: 3000), called: "large.jpg")

    try await site.serve { client in
      let answer = try await client.publish(upload)

      #expect(answer.status == .contentTooLarge)
      #expect(answer.fieldErrors == ["image too_large"])
      #expect(answer.json["errors"].list[0]["message"].text?.hasPrefix("large.jpg: ") == true)
    }
    try await site.expectNothingLeft()
  }

  @Test(arguments: [
    (20, 20, 1000, "created"), (21, 0, 0, "image too_many"), (1, 2, 1, "alts too_many"),
    (1, 1, 1001, "alts too_long"), (0, 0, 0, "image required"),
  ])
  func `has 1 to 20, and at most 1,000 characters about each`(
    pictures: Int,
    alts: Int,
    length: Int,
    outcome: String
  ) async throws {
    let site = try await TestGallery.make()
    var upload = Upload()
    for _ in 0..<alts { upload = upload.field("alts", String(repeating: "ё", count: length)) }
    for _ in 0..<pictures { upload = upload.file(Sample.gif()) }
    let whole = upload

    try await site.serve { client in
      let answer = try await client.publish(whole)

      let isCreated = answer.status == .created
      #expect((isCreated ? "created" : answer.fieldErrors.joined()) == outcome)
      if isCreated {
        #expect(answer.json["pictures"].list.count == pictures)
      } else {
        try await site.expectNothingLeft()
      }
    }
  }

  @Test func `goes with all their files, and gives all their room back`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(
      Sample.gif(),
      Sample.gif(frames: 2),
      Sample.gif(),
      by: Cast.ada
    )
    #expect(try await MemberUsage.bytes(of: Cast.ada.id, in: site.db) > 0)

    try await site.deleteForGood(post.id, by: Cast.ada)

    #expect(try await MemberUsage.bytes(of: Cast.ada.id, in: site.db) == 0)
    #expect(try await Picture.query.count(in: site.db) == 0)
    try await site.expectNothingLeft()
  }

  @Test func `is marked in lists with their number, and shown whole on its page`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(
      Sample.gif(),
      Sample.gif(frames: 2),
      by: Cast.ada,
      alts: ["Dawn & dew", "Dusk"]
    )
    try await site.published(Sample.gif(), by: Cast.ada)

    try await site.serve { client in
      let browser = TestBrowser(client)
      let feed = try await browser.get("/").text
      let page = try await browser.get("/posts/\(post.id)").text

      #expect(feed.matches(of: /tile-count/).count == 1)
      #expect(feed.contains("2 pictures"))
      #expect(feed.contains("alt=\"Dawn &amp; dew\""))
      #expect(page.contains("alt=\"Dawn &amp; dew\"") && page.contains("alt=\"Dusk\""))
      #expect(page.contains("href=\"#picture-2\""))
    }
  }

  // Fails when the file is looked for by the picture alone: seen to answer 200.
  @Test func `gives away the files of no other post`() async throws {
    let site = try await TestGallery.make()
    let shown = try await site.published(Sample.gif(), by: Cast.ada)
    let hidden = try await site.published(Sample.gif(frames: 2), by: Cast.ada, visibility: .private)

    try await site.serve { client async throws in
      for file in ["original.gif", "480.webp"] {
        let path = "/pictures/\(shown.id)/\(shown.visibilityToken)/\(hidden.coverID)/\(file)"
        #expect(try await client.send(.get, path, as: Cast.ada).status == .notFound)
      }
    }
  }
}
