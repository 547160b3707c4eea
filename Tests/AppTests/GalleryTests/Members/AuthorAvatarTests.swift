import AccountsContract
import ArtelEvents
import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import Logging
import Testing

@testable import Gallery

@Suite("The picture of an author")
struct AuthorAvatarTests {
  private static let key = String(repeating: "5f", count: 32)

  private func card(_ key: String?, version: Int) -> MemberCard {
    MemberCard(
      id: Cast.ada.id,
      username: "ada",
      displayName: "Ada Lovelace",
      avatarKey: key,
      version: version
    )
  }

  @Test func `stands beside the posts, and goes when it is removed`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    let url = "/avatars/\(Cast.ada.id)/\(Self.key)/64.webp"

    try await site.serve { client in
      let before = try await client.send(.get, "/api/posts").json["items"].list[0]
      #expect(before["author"]["avatar"] == .null)
      let bare = try await TestBrowser(client).get("/").text
      #expect(!bare.contains("/avatars/"))

      try await Member.keep(card(Self.key, version: 2), in: site.db)
      for path in ["/api/posts", "/api/posts/\(post.id)"] {
        let answer = try await client.send(.get, path).text
        #expect(answer.contains(url), "\(path)")
      }
      for path in ["/", "/posts/\(post.id)"] {
        let page = try await TestBrowser(client).get(path).text
        #expect(page.contains(url), "\(path)")
      }

      try await Member.keep(card(nil, version: 3), in: site.db)
      let after = try await TestBrowser(client).get("/").text
      #expect(!after.contains("/avatars/"))
    }
  }

  // Fails when keep() takes the key whatever the version: the late event brings the picture back.
  @Test func `is not brought back by a late event, nor after a departure`() async throws {
    let site = try await TestGallery.make()
    try await Member.keep(card(nil, version: 3), in: site.db)

    try await Member.keep(card(Self.key, version: 2), in: site.db)
    #expect(try await Member.find(Cast.ada.id, in: site.db).avatarKey == nil)

    try await Member.keep(card(Self.key, version: 4), in: site.db)
    try await site.db.database.transaction { tx in
      try await Member.depart(Cast.ada.id, version: 5, at: site.clock.now, in: tx)
    }
    try await Member.keep(card(Self.key, version: 6), in: site.db)
    #expect(try await Member.find(Cast.ada.id, in: site.db).avatarKey == nil)
  }

  @Test func `is unknown to events of before, which are read all the same`() throws {
    let former =
      ##"{"id": "\##(Cast.ada.id)", "username": "ada", "display_name": "Ada", "version": 1}"##

    let card = try JSONDecoder().decode(MemberCard.self, from: Data(former.utf8))

    #expect(card.avatar == nil)
    #expect(card.displayName == "Ada")
  }

  @Test func `survives the way through an event`() throws {
    let event = MemberChanged(member: card(Self.key, version: 2))

    let read = try JSONDecoder().decode(MemberChanged.self, from: JSONEncoder().encode(event))

    #expect(read.member == event.member)
    #expect(
      read.member.avatar?.url(sidePixels: 192) == "/avatars/\(Cast.ada.id)/\(Self.key)/192.webp"
    )
  }
}
