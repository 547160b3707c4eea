import ArtelJobs
import ArtelModel
import ArtelTesting
import ArtelUploads
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("Using uploads", .timeLimit(.minutes(10)))
struct UsingUploadsTests {
  // Fails without the lock and the deleted row of ResumableUploads.use: seen 20 posts.
  @Test func `is done once, by whomever of many and on whichever node`() async throws {
    let site = try await TestGallery.make()
    let other = site.another()
    try await site.serve { client in
      try await other.serve { otherClient in
        let id = try await client.upload(Picture.gif())

        let codes = try await withThrowingTaskGroup(of: Int.self) { group in
          for number in 0..<20 {
            let client = number.isMultiple(of: 2) ? client : otherClient
            group.addTask { Int(try await client.publish(upload: id).status.code) }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }

        #expect(codes.count { $0 == 201 } == 1)
        #expect(codes.allSatisfy { [201, 404, 423].contains($0) })
      }
    }
    #expect(try await Post.query.count(in: site.db) == 1)
    #expect(site.files.parts == [])
  }

  @Test func `gets the same answer for the same key`() async throws {
    let site = try await TestGallery.make()
    try await site.serve { client in
      let id = try await client.upload(Picture.gif())

      let first = try await client.publish(upload: id, key: "the-key-of-this-upload")
      let second = try await client.publish(upload: id, key: "the-key-of-this-upload")

      #expect(first.status == .created && second.text == first.text)
      #expect(second.headers["Idempotency-Replayed"] == "true")
      #expect(try await client.publish(upload: id).status == .notFound)
    }
  }

  @Test(arguments: [
    (#"{}"#, 422), (#"{"uploads": []}"#, 422), (#"{"uploads": "x"}"#, 422),
    (#"{"uploads": ["x"]}"#, 422), (#"{"uploads": [1]}"#, 422),
    (#"{"uploads": ["\#(String(repeating: "x", count: 36))"]}"#, 404),
    (#"{"uploads": ["0197a4c1-7d20-7c4e-8a55-0d9b6a1f3e28"]}"#, 404),
    (
      #"{"uploads": ["0197a4c1-7d20-7c4e-8a55-0d9b6a1f3e28", "0197a4c1-7d20-7c4e-8a55-0d9b6a1f3e28"]}"#,
      422
    ), (#"{"uploads""#, 400),
  ])
  func `needs exactly one of one's own`(json: String, status: Int) async throws {
    let site = try await TestGallery.make()
    try await site.serve { client in
      let answer = try await client.send(.post, "/api/posts", as: Cast.ada, json: json)

      #expect(Int(answer.status.code) == status)
    }
  }

  @Test func `waits until it is whole`() async throws {
    let site = try await TestGallery.make()
    let picture = Picture.gif()
    try await site.serve { client in
      let path = try await client.beginUpload(of: picture.count)
      _ = try await client.append(picture.dropLast(), at: 0, to: path)

      let answer = try await client.publish(upload: String(path.suffix(36)))

      #expect(answer.status == .conflict)
      #expect(answer.json["type"].text == "/problems/upload-unfinished")
      _ = try await client.append(picture.suffix(1), at: picture.count - 1, to: path)
      #expect(try await client.publish(upload: String(path.suffix(36))).status == .created)
    }
  }

  @Test func `leaves what is no picture until it is given up`() async throws {
    let site = try await TestGallery.make()
    try await site.serve { client in
      let id = try await client.upload(Array("no picture at all".utf8))

      let answer = try await client.publish(upload: id)

      #expect(answer.status == .unprocessableContent)
      #expect(answer.fieldErrors == ["image unsupported_type"])
      #expect(try await client.tus(.delete, "/api/uploads/\(id)").status == .noContent)
      #expect(try await client.tus(.delete, "/api/uploads/\(id)").status == .notFound)
    }
    #expect(site.files.parts == [])
    try await site.expectNothingLeft()
  }

  @Test func `ends a day after it was begun`() async throws {
    let site = try await TestGallery.make()
    let jobs = JobRunner(
      db: site.db.database,
      handlers: site.gallery.jobHandlers,
      logger: Workbench.logger
    )
    try await site.serve { client in
      let id = try await client.upload(Picture.gif())
      let path = "/api/uploads/\(id)"
      site.clock.advance(by: .seconds(86_399))
      let later = try await client.upload(Picture.gif(frames: 2))
      try await site.work(jobs)
      #expect(try await client.tus(.head, path).status == .ok)

      site.clock.advance(by: .seconds(1))

      #expect(try await client.tus(.head, path).status == .gone)
      #expect(try await client.append([], at: 0, to: path).status == .gone)
      #expect(try await client.publish(upload: id).status == .gone)
      try await site.work(jobs)
      #expect(site.files.parts == [later])
      #expect(try await client.tus(.head, path).status == .gone)
      site.clock.advance(by: .seconds(86_400))
      try await site.work(jobs)
      #expect(try await client.tus(.head, path).status == .notFound)
      #expect(try await client.tus(.head, "/api/uploads/\(later)").status == .gone)
    }
    #expect(site.files.parts == [])
  }

  // Fails without the lock in ResumableUploads.begin: more than the quota is promised.
  @Test func `counts against the quota, also many at once on two nodes`() async throws {
    let site = try await TestGallery.make(memberQuotaBytes: 1000)
    let other = site.another()
    try await site.serve { client in
      try await other.serve { otherClient in
        let codes = try await withThrowingTaskGroup(of: Int.self) { group in
          for number in 0..<10 {
            let client = number.isMultiple(of: 2) ? client : otherClient
            group.addTask {
              let length = ["Upload-Length": "300"]
              return Int(try await client.tus(.post, "/api/uploads", length).status.code)
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.count { $0 == 201 } == 3)
        #expect(codes.allSatisfy { $0 == 201 || $0 == 413 })
        #expect(try await client.beginUpload(of: 300, as: Cast.grace).hasPrefix("/api/uploads/"))
      }
    }
  }

  @Test func `are at most a hundred of a member`() async throws {
    let site = try await TestGallery.make()
    for _ in 0..<100 {
      _ = try await site.gallery.uploads.begin(sizeBytes: 1, by: Cast.ada.id) { _, _ in }
    }

    try await site.serve { client in
      let answer = try await client.tus(.post, "/api/uploads", ["Upload-Length": "1"])

      #expect(answer.status == .conflict)
      #expect(answer.json["type"].text == "/problems/too-many-uploads")
    }
  }

  @Test func `of a departed member are gone with their files`() async throws {
    let site = try await TestGallery.make()
    try await site.serve { client in
      _ = try await client.upload(Picture.gif())
      let kept = try await client.upload(Picture.gif(), as: Cast.grace)

      try await site.gallery.uploads.forget(Cast.ada.id)

      #expect(site.files.parts == [kept])
    }
    #expect(try await site.db.read("select from uploads.uploads").count == 1)
  }

  @Test func `costs few statements`() async throws {
    let site = try await TestGallery.make()
    try await site.serve { client in
      try await expectStatements(atMost: 6, atLeast: 5) {
        _ = try await client.beginUpload(of: 10)
      }
      let path = try await client.beginUpload(of: 10)
      try await expectStatements(atMost: 3, atLeast: 3) {
        _ = try await client.append([1], at: 0, to: path)
      }
    }
  }
}

extension TestGallery {
  /// Does the job that forgets uploads.
  fileprivate func work(_ jobs: JobRunner) async throws {
    try await db.database.transaction { tx in _ = try await tx.enqueue(ForgetUploads()) }
    #expect(try await jobs.drain() == 1)
  }
}
