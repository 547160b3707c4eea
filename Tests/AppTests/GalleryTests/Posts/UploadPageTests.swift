import ArtelModel
import ArtelPictures
import ArtelTesting
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("Uploading without JavaScript")
struct UploadPageTests {
  @Test(arguments: Mode.allCases)
  func `publishes and leads to the post`(mode: Mode) async throws {
    let site = try await TestGallery.make()

    try await site.serve(mode) { client in
      let browser = TestBrowser(client, as: Cast.ada)
      let answer = try await browser.upload(
        try await Sample.jpeg.value,
        ["title": "Tea", "description": "", "visibility": "unlisted"]
      )

      let post = try #require(try await Post.query.first(in: site.db))
      #expect(answer.status == .seeOther)
      #expect(answer.headers[.location] == "/posts/\(post.id)")
      #expect(post.title == "Tea")
      #expect(post.visibility == .unlisted)
      #expect(post.authorID == Cast.ada.id)
      let page = try await browser.get("/posts/\(post.id)")
      #expect(page.text.contains("The picture is published."))
    }
  }

  @Test func `is for members`() async throws {
    try await TestGallery.make().serve { client in
      let answer = try await TestBrowser(client).get("/upload")

      #expect(answer.status == .seeOther)
      #expect(answer.headers[.location] == "/sign-in?return_to=%2Fupload")
    }
  }

  @Test func `says what may be uploaded`() async throws {
    let site = try await TestGallery.make(limits: PictureLimits(sizeBytes: 3 << 20))

    try await site.serve { client in
      let page = try await TestBrowser(client, as: Cast.ada).get("/upload")

      #expect(page.status == .ok)
      #expect(page.text.contains(#"enctype="multipart/form-data""#))
      #expect(page.text.contains("50\u{a0}megapixels"))
      #expect(page.text.contains("3\u{a0}MB") || page.text.contains("3.1\u{a0}MB"))
      #expect(page.text.contains(#"accept="image/jpeg,image/png,image/gif,image/webp,image/heic,"#))
    }
  }

  @Test(arguments: [
    ("en", "This is not a JPEG, PNG, GIF, WebP, HEIC or AVIF picture"),
    ("ru", "Это не\u{a0}картинка JPEG, PNG, GIF, WebP, HEIC или AVIF"),
  ])
  func `shows what is wrong with a picture, and the words again`(
    language: String,
    message: String
  ) async throws {
    let site = try await TestGallery.make()

    try await site.serve { client in
      let answer = try await TestBrowser(client, as: Cast.ada, language: language).upload(
        Array("no picture".utf8),
        ["title": "My tea", "description": "Green", "visibility": "unlisted"]
      )

      #expect(answer.status == .unprocessableContent)
      #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
      #expect(answer.text.contains(message))
      #expect(answer.text.contains(#"value="My tea""#))
      #expect(answer.text.contains("Green"))
      #expect(answer.text.contains(#"value="unlisted" checked"#))
    }
    try await site.expectNothingLeft()
  }

  @Test(arguments: [("en", "Choose a picture"), ("ru", "Выберите картинку")])
  func `asks for the picture that was not chosen`(
    language: String,
    message: String
  ) async throws {
    try await TestGallery.make().serve { client in
      let answer = try await TestBrowser(client, as: Cast.ada, language: language)
        .upload(nil, ["title": "Tea"])

      #expect(answer.status == .unprocessableContent)
      #expect(answer.text.contains(message))
    }
  }

  @Test func `shows what is wrong with the words`() async throws {
    let site = try await TestGallery.make()

    try await site.serve { client in
      let answer = try await TestBrowser(client, as: Cast.ada).upload(
        Sample.gif(),
        ["title": String(repeating: "t", count: 201)]
      )

      #expect(answer.status == .unprocessableContent)
      #expect(answer.text.contains("At most 200 characters"))
    }
    try await site.expectNothingLeft()
  }

  @Test(arguments: Mode.allCases)
  func `shows the form again when the picture is too large`(mode: Mode) async throws {
    let site = try await TestGallery.make(limits: PictureLimits(sizeBytes: 2000))

    try await site.serve(mode) { client in
      let answer = try await TestBrowser(client, as: Cast.ada).upload(
        Sample.gif() + [UInt8](repeating: 0, count: 3000)
      )

      #expect(answer.status.kind == .clientError)
      #expect(answer.text.contains("The file is too large"))
      #expect(answer.text.contains(#"name="image""#))
    }
    try await site.expectNothingLeft()
  }

  @Test func `does nothing for another site`() async throws {
    let site = try await TestGallery.make()

    try await site.serve { client in
      let answer = try await client.execute(
        uri: "/upload",
        method: .post,
        headers: [
          .cookie: "artel_session=ada", .accept: "text/html",
          .contentType: "multipart/form-data; boundary=\(Upload.boundary)",
        ],
        body: Upload().file(Sample.gif()).end
      )
      #expect(answer.status == .forbidden)
    }
    try await site.expectNothingLeft()
  }
}
