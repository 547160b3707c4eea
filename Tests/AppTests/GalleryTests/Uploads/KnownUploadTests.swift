import ArtelTesting
import ArtelWeb
import Crypto
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("Asking before a file is sent")
struct KnownUploadTests {
  private func hex(_ file: [UInt8]) -> String {
    SHA256.hash(data: file).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  @Test func `tells members of their own posts alone`() async throws {
    let site = try await TestGallery.make()
    let picture = Sample.gif()
    let question = #"{"sha256": "\#(hex(picture))"}"#
    try await site.serve { client in
      let before = try await client.send(.post, "/api/uploads/check", as: Cast.ada, json: question)
      let post = try await client.publish(Upload().field("is_public", "false").file(picture))
      let id = try #require(post.json["id"].text)

      let own = try await client.send(.post, "/api/uploads/check", as: Cast.ada, json: question)
      let other = try await client.send(.post, "/api/uploads/check", as: Cast.grace, json: question)
      let guest = try await client.send(.post, "/api/uploads/check", json: question)

      #expect(before.json["post_id"] == .null)
      #expect(own.json["post_id"].text == id)
      #expect(other.status == .ok && other.json["post_id"] == .null)
      #expect(guest.status == .unauthorized)
      _ = try await client.send(.delete, "/api/posts/\(id)", as: Cast.ada)
      let after = try await client.send(.post, "/api/uploads/check", as: Cast.ada, json: question)
      #expect(after.json["post_id"] == .null)
    }
  }

  @Test func `knows what was sent in pieces`() async throws {
    let site = try await TestGallery.make()
    try await site.serve { client in
      let post = try await client.publish(upload: try await client.upload(Sample.gif()))
      let question = #"{"sha256": "\#(hex(Sample.gif()))"}"#

      let answer = try await client.send(.post, "/api/uploads/check", as: Cast.ada, json: question)

      #expect(answer.json["post_id"].text == post.json["id"].text)
    }
  }

  @Test(arguments: ["{}", #"{"sha256": ""}"#, #"{"sha256": "A7"}"#, #"{"sha256": 7}"#])
  func `needs a digest`(json: String) async throws {
    let site = try await TestGallery.make()
    try await site.serve { client in
      let answer = try await client.send(.post, "/api/uploads/check", as: Cast.ada, json: json)

      #expect(answer.status == .unprocessableContent)
    }
  }
}
