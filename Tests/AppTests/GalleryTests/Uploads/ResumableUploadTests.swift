import ArtelModel
import ArtelTesting
import ArtelUploads
import ArtelWeb
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Gallery

@Suite("Uploading in pieces", .timeLimit(.minutes(10)))
struct ResumableUploadTests {
  @Test(arguments: Mode.allCases)
  func `goes on where it was broken off and becomes a post`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    let picture = try await Picture.photograph.value
    try await site.serve(mode) { client in
      let begun = try await client.tus(
        .post,
        "/api/uploads",
        ["Upload-Length": "\(picture.count)", "Upload-Metadata": "filename cml2ZXIuanBn,private"]
      )
      let path = try #require(begun.headers[.location])
      #expect(begun.status == .created && begun.headers["Upload-Offset"] == "0")
      #expect(begun.headers["Upload-Expires"] == "Mon, 02 Mar 2026 12:00:00 GMT")

      let first = try await client.append(picture[..<1000], at: 0, to: path)
      let head = try await client.tus(.head, path)
      let rest = try await client.append(picture[1000...], at: 1000, to: path)

      #expect(first.status == .noContent && first.headers["Upload-Offset"] == "1000")
      #expect(head.status == .ok && head.headers["Upload-Offset"] == "1000")
      #expect(head.headers["Upload-Length"] == "\(picture.count)")
      #expect(head.headers["Upload-Metadata"] == "filename cml2ZXIuanBn,private")
      #expect(head.headers[.cacheControl] == "no-store" && head.bytes == [])
      #expect(rest.headers["Upload-Offset"] == "\(picture.count)")
      for answer in [begun, first, head, rest] {
        #expect(answer.headers["Tus-Resumable"] == "1.0.0")
      }
      let shown = try await client.send(.get, path, as: Cast.ada)
      #expect(shown.json["filename"].text == "river.jpg")
      let post = try await client.publish(upload: String(path.suffix(36)))
      #expect(post.status == .created && post.json["title"].text == "Tea")
      #expect(post.json["width"] == .integer(2000))
      #expect(try await client.tus(.head, path).status == .notFound)
    }
    #expect(try await Post.query.count(in: site.db) == 1)
    #expect(site.files.parts == [] && site.files.leftovers == [])
  }

  @Test func `says what it can do`() async throws {
    let site = try await TestGallery.make()
    try await site.serve { client in
      let answer = try await client.tus(.options, "/api/uploads", as: nil, ["Tus-Resumable": ""])

      #expect(answer.status == .noContent && answer.headers["Tus-Version"] == "1.0.0")
      #expect(answer.headers["Tus-Extension"] == "creation,expiration,checksum,termination")
      #expect(answer.headers["Tus-Max-Size"] == "\(25 << 20)")
      #expect(answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256")
    }
  }

  private static let wrongHeaders: [([String: String], Int)] = [
    (["Upload-Length": ""], 400), (["Upload-Length": "-1"], 400), (["Upload-Length": "x"], 400),
    (["Upload-Length": "9007199254740992"], 400), (["Upload-Length": "\(25 << 20 + 1)"], 413),
    (["Upload-Metadata": "filename ?"], 400), (["Upload-Metadata": "a,,b"], 400),
    (["Upload-Metadata": "a \(String(repeating: "AAAA", count: 500))"], 400),
    (["Tus-Resumable": "0.2.2"], 412), (["Tus-Resumable": ""], 412),
  ]

  @Test(arguments: wrongHeaders)
  func `refuses to begin with a wrong header`(headers: [String: String], status: Int) async throws {
    let site = try await TestGallery.make()
    try await site.serve { client in
      let all = ["Upload-Length": "10"].merging(headers) { $1 }

      let answer = try await client.tus(.post, "/api/uploads", all)

      #expect(Int(answer.status.code) == status)
      #expect(answer.headers["Tus-Resumable"] == "1.0.0")
    }
  }

  private static let wrongPieces: [(headers: [String: String], status: Int, offset: String?)] = [
    (["Upload-Offset": "4"], 409, "5"), (["Upload-Offset": "6"], 409, "5"),
    (["Upload-Offset": ""], 400, nil), (["Upload-Offset": "five"], 400, nil),
    (["Content-Type": "image/jpeg"], 415, nil), (["Tus-Resumable": "2.0.0"], 412, nil),
    (["Upload-Checksum": "md5 1B2M2Y8AsgTpgAmY7PhCfg=="], 400, nil),
  ]

  @Test(arguments: wrongPieces)
  func `refuses a wrong piece and stays where it was`(
    headers: [String: String],
    status: Int,
    offset: String?
  ) async throws {
    let site = try await TestGallery.make()
    try await site.serve { client in
      let path = try await client.beginUpload(of: 10)
      _ = try await client.append(Array("12345".utf8), at: 0, to: path)

      let wrong = ["Upload-Offset": "5"].merging(headers) { $1 }
      let answer = try await client.tus(.patch, path, wrong, [1, 2])

      #expect(Int(answer.status.code) == status)
      #expect(answer.headers["Upload-Offset"] == offset)
      #expect(try await client.tus(.head, path).headers["Upload-Offset"] == "5")
    }
  }

  @Test func `takes no more than was said`() async throws {
    let site = try await TestGallery.make()
    try await site.serve { client in
      let path = try await client.beginUpload(of: 3)

      #expect(try await client.append([1, 2, 3, 4], at: 0, to: path).status == .contentTooLarge)
      #expect(try await client.append([1, 2, 3], at: 0, to: path).status == .noContent)
      #expect(try await client.append([4], at: 3, to: path).status == .contentTooLarge)
      #expect(try await client.append([], at: 3, to: path).status == .noContent)
    }
  }

  @Test func `belongs to one member alone`() async throws {
    let site = try await TestGallery.make()
    try await site.serve { client in
      let id = try await client.upload(Picture.gif())
      let path = "/api/uploads/\(id)"
      let piece = ["Upload-Offset": "0"]

      for (person, status) in [(Cast.grace, 404), (Cast.margaret, 404), (nil, 401)] {
        #expect(Int(try await client.tus(.head, path, as: person).status.code) == status)
        #expect(
          Int(try await client.tus(.patch, path, as: person, piece, [1]).status.code) == status
        )
        #expect(Int(try await client.tus(.delete, path, as: person).status.code) == status)
      }
      #expect(try await client.publish(upload: id, as: Cast.grace).status == .notFound)
      #expect(try await client.publish(upload: id).status == .created)
    }
  }

  // Fails without `keep` in ResumableUploads.append: nothing of the piece counts.
  @Test func `keeps what arrived before the line broke`() async throws {
    let site = try await TestGallery.make()
    let uploads = site.gallery.uploads
    let upload = try await uploads.begin(sizeBytes: 10, by: Cast.ada.id) { _, _ in }
    let (pieces, sender) = AsyncThrowingStream<ByteBuffer, any Error>.makeStream()
    sender.yield(ByteBuffer(bytes: [1, 2, 3]))
    sender.finish(throwing: ChannelError.inputClosed)

    await #expect(throws: ChannelError.self) {
      _ = try await uploads.append(
        RequestBody(asyncSequence: pieces),
        of: 10,
        at: 0,
        to: upload.id,
        of: Cast.ada.id
      )
    }

    #expect(try await uploads.find(upload.id, of: Cast.ada.id).receivedBytes == 3)
    #expect(try site.files.part("\(upload.id)") == [1, 2, 3])
  }

  // Fails without the cut in PartialFile.rewind: the picture has the lost bytes twice.
  @Test func `goes on at what was acknowledged whatever its file has behind it`() async throws {
    let site = try await TestGallery.make()
    try await site.serve { client in
      let path = try await client.beginUpload(of: 4)
      _ = try await client.append([1, 2], at: 0, to: path)
      let name = String(path.suffix(36))
      // As a server does that is killed before it has synced.
      try site.files.write([1, 2, 9, 9, 9, 9], toPart: name)

      _ = try await client.append([3], at: 2, to: path)

      #expect(try site.files.part(name) == [1, 2, 3])
    }
  }

  @Test func `whose file was lost is over`() async throws {
    let site = try await TestGallery.make()
    try await site.serve { client in
      let path = try await client.beginUpload(of: 4)
      _ = try await client.append([1, 2], at: 0, to: path)
      try site.files.write([1], toPart: String(path.suffix(36)))

      #expect(try await client.append([3], at: 2, to: path).status == .gone)
    }
  }

  // Fails without the lock of PartialFiles.open: both write.
  @Test func `has one writer at a time, on all nodes`() async throws {
    let site = try await TestGallery.make()
    let uploads = site.gallery.uploads
    let upload = try await uploads.begin(sizeBytes: 4, by: Cast.ada.id) { _, _ in }
    let (pieces, sender) = AsyncThrowingStream<ByteBuffer, any Error>.makeStream()
    let first = Task {
      try await uploads.append(
        RequestBody(asyncSequence: pieces),
        of: nil,
        at: 0,
        to: upload.id,
        of: Cast.ada.id
      )
    }
    try await eventually("the first one writes") { site.files.parts.count == 1 }

    try await site.another().serve { client in
      let path = "/api/uploads/\(upload.id)"
      try await eventually("the file is held") {
        try await client.append([], at: 0, to: path).status.code == 423
      }
      let second = try await client.append([1], at: 0, to: path)
      #expect(second.status.code == 423 && second.headers[.retryAfter] == "1")
      sender.yield(ByteBuffer(bytes: [1, 2, 3, 4]))
      sender.finish()
      #expect(try await first.value.isFinished)
      #expect(try await client.append([1], at: 0, to: path).status == .conflict)
    }
  }

  @Test(arguments: ["sha256", "sha1"])
  func `counts a piece with a checksum as a whole or not at all`(algorithm: String) async throws {
    let site = try await TestGallery.make()
    // More than is made durable at a time otherwise.
    let piece = [UInt8](repeating: 7, count: 3 << 20)
    let digest =
      algorithm == "sha1"
      ? Data(Insecure.SHA1.hash(data: piece)) : Data(SHA256.hash(data: piece))
    let header = ["Upload-Checksum": "\(algorithm) \(digest.base64EncodedString())"]
    try await site.serve { client in
      let path = try await client.beginUpload(of: piece.count)

      let wrong = try await client.append([8] + piece.dropFirst(), at: 0, to: path, header)
      let between = try await client.tus(.head, path)
      let right = try await client.append(piece, at: 0, to: path, header)

      #expect(wrong.status.code == 460)
      #expect(wrong.json["type"].text == "/problems/upload-checksum")
      #expect(between.headers["Upload-Offset"] == "0")
      #expect(right.headers["Upload-Offset"] == "\(piece.count)")
    }
  }
}

extension TestFiles {
  /// The names of files that grow over several requests.
  var parts: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/partial/gallery")) ?? []
  }

  /// What such a file has.
  func part(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: "\(folder)/partial/gallery/\(name)")))
  }

  /// Writes such a file anew.
  func write(_ bytes: [UInt8], toPart name: String) throws {
    try Data(bytes).write(to: URL(filePath: "\(folder)/partial/gallery/\(name)"))
  }
}
