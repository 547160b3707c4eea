import ArtelModel
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("Uploading with an Idempotency-Key")
struct RepeatedUploadTests {
  private static let key = "f3b1c2d4-0000-4000-8000-000000000001"

  /// Fails without the stored answer: two posts.
  @Test(arguments: Mode.allCases)
  func `a repeated upload gets the stored answer and leaves one post`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    let upload = Upload().field("title", "Tea").file(try await Sample.jpeg.value)
    try await site.serve(mode) { client in
      let first = try await client.publish(upload, key: Self.key)

      let second = try await client.publish(upload, key: Self.key)

      #expect(first.status == .created && second.status == .created)
      #expect(second.headers[replayed] == "true")
      #expect(second.text == first.text)
      #expect(second.headers[.location] == first.headers[.location])
    }
    #expect(try await Post.query.count(in: site.db) == 1)
    #expect(site.files.leftovers == [])
  }

  @Test func `another picture or another title under the same key is refused`() async throws {
    let site = try await TestGallery.make()
    let picture = try await Sample.jpeg.value
    let others = [
      Upload().field("title", "Coffee").file(picture),
      Upload().field("title", "Tea").file(try await Sample.png.value),
    ]
    try await site.serve { client in
      _ = try await client.publish(Upload().field("title", "Tea").file(picture), key: Self.key)

      for other in others {
        let answer = try await client.publish(other, key: Self.key)
        #expect(answer.status == .unprocessableContent)
        #expect(answer.json["type"].text == "/problems/idempotency-key-reused")
      }
    }
    #expect(try await Post.query.count(in: site.db) == 1)
    #expect(site.files.leftovers == [])
  }

  @Test func `two members may use the same key`() async throws {
    let site = try await TestGallery.make()
    let upload = Upload().file(try await Sample.jpeg.value)
    try await site.serve { client in
      for person in [Cast.ada, Cast.grace] {
        let answer = try await client.publish(upload, as: person, key: Self.key)
        #expect(answer.status == .created && answer.headers[replayed] == nil)
      }
    }
    #expect(try await Post.query.count(in: site.db) == 2)
  }

  /// Fails without the check that the answer was stored: seen 2 posts, and 20
  /// without the set of keys in flight as well.
  @Test func `of 20 uploads at once on two nodes one makes a post`() async throws {
    let site = try await TestGallery.make()
    let other = site.another()
    let upload = Upload().file(try await Sample.jpeg.value)
    try await site.serve { client in
      try await other.serve { otherClient in
        let answers = try await withThrowingTaskGroup(of: TestResponse.self) { group in
          for number in 0..<20 {
            let client = number.isMultiple(of: 2) ? client : otherClient
            group.addTask { try await client.publish(upload, key: Self.key) }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.count { $0.status == .created && $0.headers[replayed] == nil } == 1)
        #expect(answers.allSatisfy { $0.status == .created || $0.status == .conflict })
      }
    }
    #expect(try await Post.query.count(in: site.db) == 1)
    #expect(site.files.leftovers == [])
  }
}

private let replayed = HTTPField.Name("idempotency-replayed") ?? .via

extension TestClientProtocol {
  /// Publishes with the API and an `Idempotency-Key`.
  func publish(
    _ upload: Upload,
    as person: CastMember = Cast.ada,
    key: String
  ) async throws -> TestResponse {
    var headers: HTTPFields = [
      .contentType: "multipart/form-data; boundary=\(Upload.boundary)",
      .authorization: "Bearer \(person.username)",
    ]
    if let name = HTTPField.Name("idempotency-key") { headers[name] = key }
    return try await execute(uri: "/api/posts", method: .post, headers: headers, body: upload.end)
  }
}
