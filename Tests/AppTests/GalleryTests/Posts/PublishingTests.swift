import ArtelModel
import ArtelTesting
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("Publishing a picture")
struct PublishingTests {
  @Test(arguments: Mode.allCases)
  func `answers with the whole post and where it is`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    let upload = Upload().field("title", " Tea ").field("description", "Two\r\nlines")
      .field("is_public", "true").file(try await Sample.jpeg.value)

    try await site.serve(mode) { client in
      let answer = try await client.publish(upload)

      #expect(answer.status == .created)
      let id = try #require(answer.json["id"].text)
      #expect(answer.headers[.location] == "/api/posts/\(id)")
      #expect(
        answer.json.names == [
          "id", "author", "title", "description", "visibility", "is_public", "cover",
          "picture_count", "tags", "views", "upvotes", "downvotes", "vote", "created_at",
          "updated_at", "pictures",
        ]
      )
      #expect(
        answer.json["author"]
          == .object([
            "id": .string(Cast.ada.id.description), "username": .string("ada"),
            "display_name": .string("Ada Lovelace"), "avatar": .null,
          ])
      )
      #expect(answer.json["title"] == .string("Tea"))
      #expect(answer.json["description"] == .string("Two\nlines"))
      #expect(answer.json["is_public"] == .bool(true))
      let cover = answer.json["cover"]
      #expect(
        cover.names == [
          "id", "position", "alt", "image_url", "thumbnail_url", "width", "height", "is_moving",
        ]
      )
      #expect(answer.json["picture_count"] == .integer(1))
      #expect(answer.json["pictures"].list == [cover])
      #expect(cover["position"] == .integer(1))
      #expect(cover["width"] == .integer(64))
      #expect(cover["height"] == .integer(48))
      #expect(cover["is_moving"] == .bool(false))
      #expect(answer.json["views"] == .integer(0))
      #expect(answer.json["created_at"].text?.hasPrefix("2026-03-01T12:00:00") == true)
      #expect(answer.json["updated_at"] == answer.json["created_at"])
      let address = #"/pictures/\#(id)/[A-Za-z0-9]{22}/\#(cover["id"].text ?? "?")/"#
      let urls = (cover["image_url"].text ?? "", cover["thumbnail_url"].text ?? "")
      #expect(try urls.0.wholeMatch(of: Regex(address + #"original\.jpg"#)) != nil)
      #expect(try urls.1.wholeMatch(of: Regex(address + #"480\.webp"#)) != nil)
      #expect(try await client.send(.get, "/api/posts/\(id)").json == answer.json)
    }
  }

  @Test func `needs nothing but a picture`() async throws {
    let site = try await TestGallery.make()

    try await site.serve { client in
      let answer = try await client.publish(Upload().file(try await Sample.png.value))

      #expect(answer.status == .created)
      #expect(answer.json["title"] == .string(""))
      #expect(answer.json["description"] == .string(""))
      #expect(answer.json["is_public"] == .bool(true))
    }
  }

  @Test func `is for members`() async throws {
    let site = try await TestGallery.make()

    try await site.serve { client in
      let answer = try await client.publish(
        Upload().file(try await Sample.png.value),
        as: nil
      )

      #expect(answer.status == .unauthorized)
    }
    try await site.expectNothingLeft()
  }

  @Test func `is not for members who are gone`() async throws {
    let site = try await TestGallery.make(accounts: TestAccounts(people: [Cast.grace]))
    let upload = Upload().file(try await Sample.jpeg.value)

    try await site.serve { client in
      let answer = try await client.publish(upload, as: Cast.ada)
      #expect(answer.status == .unauthorized)
    }
    try await site.expectNothingLeft()
  }

  @Test(arguments: [
    ("title", String(repeating: "a", count: 201), "title too_long"),
    // One letter to the eye, seven code points to the database.
    ("title", String(repeating: "👩‍👩‍👧‍👦", count: 30), "title too_long"),
    ("title", "two\nlines", "title pattern"),
    ("description", String(repeating: "a", count: 5001), "description too_long"),
    ("is_public", "perhaps", "is_public type"),
    ("visibility", "perhaps", "visibility choice"),
  ])
  func `refuses words that do not fit, and the picture with them`(
    field: String,
    text: String,
    error: String
  ) async throws {
    let site = try await TestGallery.make()
    let upload = Upload().file(try await Sample.jpeg.value).field(field, text)

    try await site.serve { client in
      let answer = try await client.publish(upload)

      #expect(answer.status == .unprocessableContent)
      #expect(answer.fieldErrors == [error])
    }
    try await site.expectNothingLeft()
  }

  @Test func `takes words up to the last code point`() async throws {
    let site = try await TestGallery.make()
    let upload = Upload().file(try await Sample.jpeg.value)
      .field("title", String(repeating: "ё", count: 200))
      .field("description", String(repeating: "🌿", count: 5000))

    try await site.serve { client in
      let answer = try await client.publish(upload)
      #expect(answer.status == .created)
    }
  }
}
