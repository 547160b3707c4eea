import ArtelModel
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("The list of posts")
struct PostListTests {
  @Test(arguments: Mode.allCases)
  func `is newest first, page by page to the end`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    for number in 1...5 { try await site.post(by: Cast.ada, title: "\(number)") }

    try await site.serve(mode) { client in
      let first = try await client.send(.get, "/api/posts?limit=2")
      let second = try await client.next(first, limit: 2)
      let last = try await client.next(second, limit: 2)

      #expect([first, second, last].map(\.titles) == [["5", "4"], ["3", "2"], ["1"]])
      #expect(last.json.names == ["items", "next"])
      #expect(last.json["next"] == .null)
    }
  }

  @Test func `keeps its place while posts are added and deleted`() async throws {
    let site = try await TestGallery.make()
    for number in 1...3 { try await site.post(by: Cast.ada, title: "\(number)") }
    let fourth = try await site.post(by: Cast.grace, title: "4")

    try await site.serve { client in
      let first = try await client.send(.get, "/api/posts?limit=2")
      try await site.post(by: Cast.grace, title: "late")
      try await Post.delete(fourth.id, in: site.db)

      #expect(try await client.next(first, limit: 2).titles == ["2", "1"])
    }
  }

  @Test func `tells posts of the same moment apart`() async throws {
    let site = try await TestGallery.make()
    for number in 1...4 {
      try await site.post(by: Cast.ada, title: "\(number)")
      site.clock.advance(by: .seconds(-60))
    }

    try await site.serve { client in
      let first = try await client.send(.get, "/api/posts?limit=3")
      let last = try await client.next(first, limit: 3)

      #expect(Set(first.titles + last.titles) == ["1", "2", "3", "4"])
      #expect(last.titles.count == 1)
    }
  }

  @Test func `leaves private posts out, even for their author`() async throws {
    let site = try await TestGallery.make()
    try await site.post(by: Cast.ada, title: "shown")
    try await site.post(by: Cast.ada, title: "hidden", visibility: .private)

    try await site.serve { client in
      for person in [nil, Cast.ada] {
        let answer = try await client.send(.get, "/api/posts", as: person)
        #expect(answer.titles == ["shown"])
      }
    }
  }

  @Test func `has twenty posts on a page unless asked otherwise`() async throws {
    let site = try await TestGallery.make()
    for _ in 1...21 { try await site.post(by: Cast.ada) }

    try await site.serve { client in
      for (query, count) in [("", 20), ("?limit=1", 1), ("?limit=100", 21)] {
        let answer = try await client.send(.get, "/api/posts\(query)")
        #expect(answer.titles.count == count)
      }
    }
  }

  @Test func `is empty at first`() async throws {
    try await TestGallery.make().serve { client in
      let answer = try await client.send(.get, "/api/posts")

      #expect(answer.status == .ok)
      #expect(answer.text == #"{"items":[],"next":null}"#)
    }
  }

  @Test(arguments: [
    ("limit=0", "limit range"), ("limit=101", "limit range"), ("limit=-1", "limit range"),
    ("limit=ten", "limit type"), ("limit=", "limit type"), ("after=x", "after pattern"),
    ("after=%25%25", "after pattern"), ("after=AAAAAAAA", "after pattern"),
    ("after=" + String(repeating: "A", count: 5000), "after pattern"),
  ])
  func `refuses what is no page of it`(query: String, error: String) async throws {
    try await TestGallery.make().serve { client in
      let answer = try await client.send(.get, "/api/posts?\(query)")

      #expect(answer.status == .unprocessableContent)
      #expect(answer.fieldErrors == [error])
    }
  }
}

extension TestClientProtocol {
  fileprivate func next(_ page: TestResponse, limit: Int) async throws -> TestResponse {
    let cursor = try #require(page.json["next"].text)
    return try await send(.get, "/api/posts?limit=\(limit)&after=\(cursor)")
  }
}

extension TestResponse {
  fileprivate var titles: [String] { json["items"].list.compactMap { $0["title"].text } }
}
