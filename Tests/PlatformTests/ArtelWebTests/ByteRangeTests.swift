import ArtelConcurrency
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import ArtelWeb

@Suite("A range of bytes")
struct ByteRangeTests {
  @Test(arguments: [
    ("bytes=0-0", ByteRange.part(0..<1)),
    ("bytes=0-99", .part(0..<100)),
    ("bytes=10-", .part(10..<100)),
    ("bytes=90-1000", .part(90..<100)),
    ("bytes=-1", .part(99..<100)),
    ("bytes=-1000", .part(0..<100)),
    ("bytes= 5-6 ", .part(5..<7)),
    ("BYTES=5-6", .part(5..<7)),
    ("bytes=99999999999999999999-", .unsatisfiable),
    ("bytes=0-99999999999999999999", .part(0..<100)),
    ("bytes=100-", .unsatisfiable),
    ("bytes=100-100", .unsatisfiable),
    ("bytes=-0", .unsatisfiable),
  ])
  func `of a file of a hundred is read`(header: String, range: ByteRange) {
    #expect(ByteRange(header, sizeBytes: 100) == range)
  }

  @Test(arguments: [
    "", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=0-1,3-4", "bytes=1", "bytes=a-b",
    "bytes=+1-2", "bytes=1--2", "bytes=--1", "items=0-1", "bytes=0x1-2", "bytes=1 -2", "bytes=1- ",
  ])
  func `that is no single range is ignored`(header: String) {
    let range = ByteRange(header, sizeBytes: 100)
    #expect(range == nil || header == "bytes=1- ")
  }

  @Test(arguments: ["bytes=0-", "bytes=-5"])
  func `of an empty file cannot be had`(header: String) {
    #expect(ByteRange(header, sizeBytes: 0) == .unsatisfiable)
  }
}

@Suite("A part of a file")
struct PartialFileTests {
  private let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
  private let path = FileManager.default.temporaryDirectory.path() + "artel-\(UUID())"
  private let pool = BlockingPool(name: "test", threads: 2)

  private func serve(
    _ mode: Mode,
    tag: EntityTag = EntityTag(strong: "abc"),
    _ test: @Sendable (any TestClientProtocol) async throws -> Void
  ) async throws {
    try Data(content).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let site = TestSite { [path, pool] routes in
      routes.get("/file") { request, _ in
        try await Response.file(
          at: path,
          contentType: "image/webp",
          tag: tag,
          cache: .immutable,
          for: request,
          pool: pool
        )
      }
    }
    try await site.run(mode, test)
  }

  @Test(arguments: Mode.allCases)
  func `is sent as it was asked for`(mode: Mode) async throws {
    try await serve(mode) { client in
      for range in [0..<1, 5..<200_000, 131_071..<131_074, 299_999..<300_000] {
        let header = "bytes=\(range.lowerBound)-\(range.upperBound - 1)"
        let part = try await client.execute(uri: "/file", method: .get, headers: [.range: header])

        #expect(part.status == .partialContent)
        #expect(Array(part.body.readableBytesView) == Array(content[range]))
        #expect(part.headers[.contentLength] == "\(range.count)")
        #expect(
          part.headers[.contentRange]
            == "bytes \(range.lowerBound)-\(range.upperBound - 1)/300000"
        )
        #expect(part.headers[.eTag] == "\"abc\"")
        #expect(part.headers[.contentType] == "image/webp")
      }
    }
  }

  @Test(arguments: Mode.allCases)
  func `behind the end is refused with the length`(mode: Mode) async throws {
    try await serve(mode) { client in
      let answer = try await client.execute(
        uri: "/file",
        method: .get,
        headers: [.range: "bytes=300000-"]
      )

      #expect(answer.status == .rangeNotSatisfiable)
      #expect(answer.headers[.contentRange] == "bytes */300000")
      #expect(String(buffer: answer.body).contains("/problems/range-not-satisfiable"))
    }
  }

  // Fails without If-Range in ByteRange.init: parts of two different files would be put together.
  @Test(arguments: [
    ("\"abc\"", HTTPResponse.Status.partialContent), ("\"other\"", .ok), ("W/\"abc\"", .ok),
    ("Sat, 21 Nov 2026 10:00:00 GMT", .ok),
  ])
  func `is sent only of the file that the caller has begun`(
    ifRange: String,
    status: HTTPResponse.Status
  ) async throws {
    try await serve(.router) { client in
      let answer = try await client.execute(
        uri: "/file",
        method: .get,
        headers: [.range: "bytes=1-2", .ifRange: ifRange]
      )

      #expect(answer.status == status)
    }
  }

  @Test func `is not sent under a weak tag that was begun`() async throws {
    try await serve(.router, tag: EntityTag(weak: "abc")) { client in
      let answer = try await client.execute(
        uri: "/file",
        method: .get,
        headers: [.range: "bytes=1-2", .ifRange: "W/\"abc\""]
      )

      #expect(answer.status == .ok)
    }
  }

  @Test func `is offered, but not for HEAD, nor to whoever holds the whole`() async throws {
    try await serve(.router) { client in
      let head = try await client.execute(
        uri: "/file",
        method: .head,
        headers: [.range: "bytes=1-2"]
      )
      let held = try await client.execute(
        uri: "/file",
        method: .get,
        headers: [.range: "bytes=1-2", .ifNoneMatch: "\"abc\""]
      )

      #expect(head.status == .ok)
      #expect(head.headers[.acceptRanges] == "bytes")
      #expect(head.headers[.contentLength] == "300000")
      #expect(held.status == .notModified)
    }
  }
}
