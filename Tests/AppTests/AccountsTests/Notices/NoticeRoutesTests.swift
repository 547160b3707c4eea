import ArtelIdentifiers
import ArtelModel
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Notices by the API")
struct NoticeRoutesTests {
  @Test(arguments: Mode.allCases)
  func `lists what the member was told, newest first, page by page`(mode: Mode) async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    let told = try await site.tell(ada, times: 5)
    try await site.tell(grace, times: 2)
    let token = try await site.tokens(Cast.ada).access.text

    try await site.serve(mode) { client in
      var listed: [String] = []
      var path: String? = "/api/notices?limit=2"
      while let page = path {
        let answer = try await client.send(.get, page, token: token)
        #expect(answer.status == .ok)
        #expect(answer.json("unread") == "5")
        listed += answer.items.compactMap { $0.member("id") }
        path = answer.json("next").map { "/api/notices?limit=2&after=\($0)" }
      }
      #expect(listed == told.reversed().map(\.description))
    }
  }

  @Test func `shows facts and no texts`() async throws {
    let site = try await TestAccounts.make()
    try await site.tell(try await site.member(Cast.ada))
    let token = try await site.tokens(Cast.ada).access.text

    try await site.serve { client in
      let item = try #require(try await client.send(.get, "/api/notices", token: token).items.first)
      #expect(item.member("app") == "atelier")
      #expect(item.member("kind") == "easel.ready")
      #expect(item["facts"] == .object(["number": .integer(0), "name": .string("<Easel> 0")]))
      #expect(item["read_at"] == .null)
      #expect(item.member("created_at") == "2026-03-01T12:00:00.000000Z")
    }
  }

  @Test func `costs two statements, and signing in by token none`() async throws {
    let site = try await TestAccounts.make()
    try await site.tell(try await site.member(Cast.ada), times: 3)
    let token = try await site.tokens(Cast.ada).access.text

    try await site.serve { client in
      try await expectStatements(atMost: 2, atLeast: 2) {
        _ = try await client.send(.get, "/api/notices", token: token)
      }
    }
  }

  @Test(arguments: Mode.allCases)
  func `marks as read up to a notice, and tells open pages once`(mode: Mode) async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let told = try await site.tell(ada, times: 3)
    let token = try await site.tokens(Cast.ada).access.text

    try await site.serve(mode) { client in
      for _ in 0..<2 {
        let answer = try await client.send(
          .post,
          "/api/notices/read",
          ["through": "\(told[1])"],
          token: token
        )
        #expect(answer.status == .ok)
        #expect(answer.json("unread") == "1")
      }
    }

    #expect(try await site.notices(of: ada).map { $0.readAt != nil } == [false, true, true])
    let news = ["notice.created", "notice.created", "notice.created", "notices.read"]
    #expect(try await site.told(ada) == news)
  }

  // Fails without the member in the statement: 200, and Grace's notice is read.
  @Test func `neither a notice of another member nor an unknown one is found`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    let foreign = try await site.tell(grace)[0]
    let token = try await site.tokens(Cast.ada).access.text

    try await site.serve { client in
      for id in ["\(foreign)", "\(NoticeID.generate())"] {
        let fields = ["through": id]
        let answer = try await client.send(.post, "/api/notices/read", fields, token: token)
        #expect(answer.status == .notFound)
        #expect(answer.json("type") == "/problems/not-found")
      }
    }
    #expect(try await site.notices(of: grace)[0].readAt == nil)
    #expect(try await site.told(grace) == ["notice.created"])
  }

  @Test func `guests, wrong cursors and wrong ids get clear answers`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.tell(ada)
    let token = try await site.tokens(Cast.ada).access.text
    let foreign = try await Member.order { $0.createdAt.descending }.page(of: 1, in: site.db).next

    try await site.serve { client in
      #expect(try await client.send(.get, "/api/notices").status == .unauthorized)
      let guest = try await client.send(.post, "/api/notices/read", ["through": "\(ada.id)"])
      #expect(guest.status == .unauthorized)
      let nonsense = try await client.send(.get, "/api/notices?after=nonsense", token: token)
      #expect(nonsense.fieldErrors == ["after pattern"])
      let many = try await client.send(.get, "/api/notices?limit=101", token: token)
      #expect(many.fieldErrors == ["limit range"])
      let wrong = try await client.send(.post, "/api/notices/read", ["through": "1"], token: token)
      #expect(wrong.fieldErrors == ["through type"])
      let nothing = try await client.send(.post, "/api/notices/read", [:], token: token)
      #expect(nothing.fieldErrors == ["through required"])
    }
    #expect(foreign == nil)
  }
}

extension [String: JSONValue] {
  fileprivate func member(_ name: String) -> String? {
    guard case .string(let text)? = self[name] else { return nil }
    return text
  }
}
