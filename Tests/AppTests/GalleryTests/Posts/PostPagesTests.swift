import ArtelModel
import ArtelTesting
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("The page of a post")
struct PostPageTests {
  @Test(arguments: Mode.allCases)
  func `shows the picture in all sizes and what is said about it`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada, title: "Tea", description: "Two\nlines")

    try await site.serve(mode) { client in
      let page = try await TestBrowser(client).get("/posts/\(post.id)")

      #expect(page.status == .ok)
      #expect(page.text.contains("Two\nlines"))
      #expect(page.text.contains("@ada"))
      for size in ["480.webp 480w", "960.webp 960w", "1600.webp 1600w"] {
        #expect(page.text.contains(size))
      }
      #expect(page.text.contains(#"href="\#(post.imageURL)""#))
      #expect(page.text.contains("2,000\u{a0}×\u{a0}1,000") || page.text.contains("2000\u{a0}×"))
    }
  }

  @Test func `offers changes to the author alone`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    let edit = "/posts/\(post.id)/edit"

    try await site.serve { client in
      let adas = try await TestBrowser(client, as: Cast.ada).get("/posts/\(post.id)").text
      let graces = try await TestBrowser(client, as: Cast.grace).get("/posts/\(post.id)").text

      #expect(adas.contains(edit))
      #expect(!graces.contains(edit))
    }
  }

  @Test func `lets an animation move`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(Sample.gif(frames: 2), by: Cast.ada)

    try await site.serve { client in
      let page = try await TestBrowser(client).get("/posts/\(post.id)")

      #expect(page.text.contains(#"src="\#(post.coverPath)/original.gif""#))
      #expect(!page.text.contains("1600.webp"))
    }
  }

  @Test(arguments: ["/posts/01900000-0000-7000-8000-00000000ffff", "/posts/1"])
  func `is an error page where no post is`(path: String) async throws {
    try await TestGallery.make().serve { client in
      let page = try await TestBrowser(client).get(path)

      #expect(page.status == .notFound)
      #expect(page.headers[.contentType] == "text/html; charset=utf-8")
    }
  }
}

@Suite("Editing by a page")
struct PostEditPageTests {
  @Test(arguments: Mode.allCases)
  func `saves what the author writes`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada, title: "Tea")

    try await site.serve(mode) { client in
      let browser = TestBrowser(client, as: Cast.ada)
      let form = try await browser.get("/posts/\(post.id)/edit")
      let answer = try await browser.submit(
        ["title": "Té & más", "description": "Ё", "visibility": "public"],
        from: "/posts/\(post.id)/edit"
      )

      #expect(form.text.contains(#"value="Tea""#))
      #expect(answer.status == .seeOther)
      #expect(answer.headers[.location] == "/posts/\(post.id)")
      let stored = try await site.stored(post.id)
      #expect(stored.title == "Té & más")
      #expect(stored.description == "Ё")
      #expect(try await browser.get("/posts/\(post.id)").text.contains("The changes are saved."))
    }
  }

  @Test(arguments: [
    (Visibility.public, Visibility.private, "Now only you see the picture."),
    (.private, .public, "Now everyone sees the picture."),
    (.private, .unlisted, "Now whoever has its address sees the picture."),
    (.unlisted, .private, "Now only you see the picture."),
  ])
  func `hides and shows the post from its own page`(
    visibility: Visibility,
    wanted: Visibility,
    message: String
  ) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada, title: "Tea", visibility: visibility)
    let path = "/posts/\(post.id)"

    try await site.serve { client in
      let browser = TestBrowser(client, as: Cast.ada)
      let fields = ["title": "Tea", "description": "", "visibility": wanted.rawValue]
      _ = try await browser.submit(fields, from: path, to: "\(path)/edit")
      let page = try await browser.get(path)
      let guests = try await TestBrowser(client).get(path)

      #expect(page.text.contains(message))
      #expect(guests.status == (wanted == .private ? .notFound : .ok))
    }
  }

  @Test func `is for the author alone`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada, title: "Tea")
    let edit = "/posts/\(post.id)/edit"

    try await site.serve { client in
      let grace = TestBrowser(client, as: Cast.grace)
      let guest = TestBrowser(client)

      #expect(try await grace.get(edit).status == .forbidden)
      #expect(
        try await grace.submit(["title": "Mine"], from: "/upload", to: edit).status == .forbidden
      )
      #expect(
        try await grace.submit(from: "/upload", to: "/posts/\(post.id)/delete").status == .forbidden
      )
      let sent = try await guest.get(edit)
      #expect(sent.status == .seeOther)
      #expect(sent.headers[.location]?.hasPrefix("/sign-in?return_to=") == true)
    }
    #expect(try await site.stored(post.id) == post)
  }

  @Test(arguments: [("en", "At most 200 characters"), ("ru", "Не\u{a0}больше 200\u{a0}символов")])
  func `shows what is wrong beside what was written`(
    language: String,
    message: String
  ) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada, title: "Tea")
    let title = String(repeating: "t", count: 201)

    try await site.serve { client in
      let answer = try await TestBrowser(client, as: Cast.ada, language: language).submit(
        ["title": title, "description": "Keep me", "visibility": "private"],
        from: "/posts/\(post.id)/edit"
      )

      #expect(answer.status == .unprocessableContent)
      #expect(answer.text.contains(message))
      #expect(answer.text.contains(title))
      #expect(answer.text.contains("Keep me"))
      #expect(answer.text.contains(#"value="private" checked"#))
    }
    #expect(try await site.stored(post.id) == post)
  }
}

@Suite("Deleting by a page")
struct PostDeletePageTests {
  @Test(arguments: Mode.allCases)
  func `puts the post into the trash and says so`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(Sample.gif(), by: Cast.ada)

    try await site.serve(mode) { client in
      let browser = TestBrowser(client, as: Cast.ada)
      let answer = try await browser.submit(
        from: "/posts/\(post.id)",
        to: "/posts/\(post.id)/delete"
      )

      #expect(answer.status == .seeOther)
      #expect(answer.headers[.location] == "/trash")
      #expect(try await browser.get("/trash").text.contains("The post is in the trash."))
    }
    #expect(try await Post.query.count(in: site.db) == 0)
  }

  @Test func `does nothing for another site`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)

    try await site.serve { client in
      let browser = TestBrowser(client, as: Cast.ada)
      for fields in [[:], ["csrf_token": ""], ["csrf_token": "guess"]] {
        let answer = try await browser.submit(
          withoutToken: fields,
          to: "/posts/\(post.id)/delete"
        )
        #expect(answer.status == .forbidden)
      }
    }
    #expect(try await site.stored(post.id) == post)
  }
}
