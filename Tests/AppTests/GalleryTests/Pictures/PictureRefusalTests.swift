import ArtelPictures
import ArtelTesting
import ArtelUploads
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import Gallery

/// Files that are no pictures, or harmful ones.
enum Attack: CaseIterable {
  case empty, text, drawing, page, cutShort, cutBehindHeader, bomb, manyFrames

  var file: [UInt8] {
    get async throws {
      switch self {
      case .empty: []
      case .text: Array("a picture says more".utf8)
      case .drawing:
        Array("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".utf8)
      case .page: Array("<!doctype html><script>alert(1)</script>".utf8)
      case .cutShort: try await Sample.jpeg.value.dropLast(400)
      case .cutBehindHeader: Array(try await Sample.png.value[..<40])
      case .bomb: Sample.bomb
      case .manyFrames: Sample.gif(frames: 2001)
      }
    }
  }

  /// The `code` of the answer, and a part of its message in English.
  var answer: (code: String, message: String) {
    switch self {
    case .empty: ("empty", "The file is empty")
    case .text, .drawing, .page:
      ("unsupported_type", "This is not a JPEG, PNG, GIF, WebP, HEIC or AVIF picture")
    case .cutShort, .cutBehindHeader: ("damaged", "The file is damaged or is not a picture")
    case .bomb: ("too_long", "The picture has too many pixels")
    case .manyFrames: ("too_many_frames", "The animation has too many frames")
    }
  }
}

@Suite("Refusing a picture")
struct PictureRefusalTests {
  @Test(arguments: Attack.allCases)
  func `says why and leaves nothing behind`(attack: Attack) async throws {
    let site = try await TestGallery.make()
    let upload = Upload().field("title", "Tea").file(try await attack.file, called: "tea.jpg")

    try await site.serve { client in
      let answer = try await client.publish(upload)

      #expect(answer.status == .unprocessableContent)
      #expect(answer.headers[.contentType] == "application/problem+json")
      #expect(answer.fieldErrors == ["image \(attack.answer.code)"])
      #expect(answer.json["errors"].list.first?["message"] == .string(attack.answer.message))
      try await site.expectNothingLeft()
      #expect(try await client.publish(Upload().file(Sample.gif())).status == .created)
    }
  }

  @Test(arguments: Mode.allCases)
  func `lets no attack stop the server`(mode: Mode) async throws {
    let site = try await TestGallery.make()

    try await site.serve(mode) { client in
      for attack in Attack.allCases {
        let answer = try await client.publish(Upload().file(try await attack.file))
        #expect(answer.status == .unprocessableContent)
      }
      #expect(try await client.send(.get, "/health/live").status == .ok)
    }
    try await site.expectNothingLeft()
  }

  /// A file over its limit, and a body so large that its file need not be looked at.
  @Test(arguments: Mode.allCases, [3000, 3_000_000])
  func `refuses what is too large as soon as it is`(mode: Mode, sizeBytes: Int) async throws {
    let site = try await TestGallery.make(limits: PictureLimits(sizeBytes: 2000))
    let upload = Upload().file(
      Sample.gif() + [UInt8](repeating: 0, count: sizeBytes)
    )

    try await site.serve(mode) { client in
      let answer = try await client.publish(upload)

      #expect(answer.status == .contentTooLarge)
      #expect(answer.fieldErrors == ["image too_large"])
    }
    try await site.expectNothingLeft()
  }

  @Test func `asks for a picture when there is none`() async throws {
    let site = try await TestGallery.make()
    let none = Upload().field("title", "Tea")
    let uploads = [
      none, none.field("image", "no file"), none.file([], called: ""),
      none.file(Sample.gif(), "picture"),
    ]

    try await site.serve { client in
      for upload in uploads {
        let answer = try await client.publish(upload)

        #expect(answer.status == .unprocessableContent)
        #expect(answer.fieldErrors == ["image required"])
        #expect(answer.json["errors"].list.first?["message"] == .string("Choose a picture"))
      }
    }
    try await site.expectNothingLeft()
  }

  @Test func `does not blame the picture when the workshop is closed`() async throws {
    let closed = PictureWorkshop(workerPath: "/nowhere", logger: Workbench.logger)
    let site = try await TestGallery.make(workshop: closed)
    let upload = Upload().file(try await Sample.jpeg.value)

    try await site.serve { client in
      let answer = try await client.publish(upload)

      #expect(answer.status == .serviceUnavailable)
      #expect(answer.headers[.retryAfter] != nil)
      #expect(answer.fieldErrors == [])
    }
    try await site.expectNothingLeft()
  }

  @Test func `reads no picture out of JSON, and no other bodies`() async throws {
    let site = try await TestGallery.make()

    try await site.serve { client in
      let answer = try await client.send(
        .post,
        "/api/posts",
        as: Cast.ada,
        json: #"{"image": "R0lGODlh"}"#
      )
      #expect(answer.fieldErrors == ["uploads required"])
      let raw = try await client.execute(
        uri: "/api/posts",
        method: .post,
        headers: [.authorization: "Bearer \(Cast.ada.username)", .contentType: "image/gif"],
        body: ByteBuffer(bytes: Sample.gif())
      )
      #expect(raw.status == .unsupportedMediaType)
    }
    try await site.expectNothingLeft()
  }

  @Test func `notices a body that ends too early`() async throws {
    let site = try await TestGallery.make()

    try await site.serve { client in
      let answer = try await client.execute(
        uri: "/api/posts",
        method: .post,
        headers: [
          .contentType: "multipart/form-data; boundary=\(Upload.boundary)",
          .authorization: "Bearer ada",
        ],
        body: Upload().file(Sample.gif()).file(Sample.gif(), "other").body
      )
      #expect(answer.status == .badRequest)
    }
    try await site.expectNothingLeft()
  }
}
