import ArtelModel
import ArtelTesting
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("The queue of moderators as JSON")
struct ModerationRoutesTests {
  private func report(_ target: VoteTarget, in site: TestGallery) async throws {
    let texts = [("reason", "spam"), ("text", "Buy now")]
    let form = try ReportForm.read(from: FormSource(texts: texts))
    site.clock.advance(by: .seconds(1))
    try await site.gallery.report(target, form, by: Cast.linus.id)
  }

  @Test(arguments: Mode.allCases)
  func `says what was reported and why, and not by whom`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada, title: "Wall")
    let comment = try await site.comment("Rude", on: post, by: Cast.grace)
    try await report(.post(post.id), in: site)
    try await report(.comment(comment.id), in: site)

    try await site.serve(mode) { client in
      let answer = try await client.send(.get, "/api/moderation/cases", as: Cast.margaret)

      #expect(answer.status == .ok && answer.json["next"] == .null)
      let (first, second) = (answer.json["items"].list[0], answer.json["items"].list[1])
      #expect(first["post_id"].text == "\(post.id)" && first["comment_id"] == .null)
      #expect(first["title"].text == "Wall" && first["author"]["username"].text == "ada")
      #expect(second["comment_id"].text == "\(comment.id)" && second["text"].text == "Rude")
      #expect(second["reports"].list[0]["text"].text == "Buy now")
      #expect(!answer.text.contains("linus"))
    }
  }

  @Test func `is nothing to others`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    try await report(.post(post.id), in: site)
    let waiting = try #require(try await ModerationCase.query.first(in: site.db))

    try await site.serve { client in
      let path = "/api/moderation/cases/\(waiting.id)/decision"
      for (member, status) in [(nil, .unauthorized), (Cast.linus, .notFound)]
        as [(CastMember?, HTTPResponse.Status)]
      {
        let json = #"{"decision": "take_down"}"#
        #expect(try await client.send(.post, path, as: member, json: json).status == status)
        let list = try await client.send(.get, "/api/moderation/cases", as: member)
        #expect(list.status == status)
      }
    }

    #expect(try await site.stored(post.id) == post)
  }

  @Test func `decides once`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    try await report(.post(post.id), in: site)
    let waiting = try #require(try await ModerationCase.query.first(in: site.db))

    try await site.serve { client in
      let path = "/api/moderation/cases/\(waiting.id)/decision"
      func decide(_ json: String) async throws -> TestResponse {
        try await client.send(.post, path, as: Cast.margaret, json: json)
      }
      let wrong = try await decide(#"{"decision": "burn", "reason": 1}"#)
      let right = try await decide(#"{"decision": "ban", "reason": "Not theirs"}"#)
      let again = try await decide(#"{"decision": "dismiss"}"#)

      #expect(wrong.fieldErrors == ["decision choice", "reason type"])
      #expect(right.status == .noContent && again.status == .notFound)
    }

    #expect(try await Post.unscoped.find(post.id, in: site.db).state == .takenDown)
  }

  @Test func `lists bans and lifts them`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada, title: "Wall")
    try await report(.post(post.id), in: site)
    let waiting = try #require(try await ModerationCase.query.first(in: site.db))
    let texts = [("decision", "ban"), ("reason", "Not theirs")]
    let form = try DecisionForm.read(from: FormSource(texts: texts))
    try await site.gallery.decide(waiting.id, form, by: Cast.margaret.id)

    try await site.serve { client in
      let list = try await client.send(.get, "/api/moderation/bans", as: Cast.margaret)
      let ban = list.json["items"].list[0]
      #expect(ban["title"].text == "Wall" && ban["reason"].text == "Not theirs")
      let path = "/api/moderation/bans/\(ban["id"].text ?? "")"
      let refused = try await client.send(.delete, path, as: Cast.linus)
      let lifted = try await client.send(.delete, path, as: Cast.margaret)
      let again = try await client.send(.delete, path, as: Cast.margaret)
      #expect(refused.status == .notFound)
      #expect(lifted.status == .noContent && again.status == .notFound)
    }

    #expect(try await PictureBan.query.count(in: site.db) == 0)
  }
}
