import ArtelModel
import ArtelTesting
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("The feed page")
struct FeedPageTests {
  @Test(arguments: [
    ("en", "The walls are still bare", "Nobody has shown a picture yet"),
    ("ru", "На\u{a0}стенах пока пусто", "Картинок ещё никто не\u{a0}показал"),
  ])
  func `invites guests while there is nothing to see`(
    language: String,
    title: String,
    text: String
  ) async throws {
    try await TestGallery.make().serve { client in
      let page = try await TestBrowser(client, language: language).get("/")

      #expect(page.status == .ok)
      #expect(page.text.contains(#"<html lang="\#(language)""#))
      #expect(page.text.contains(title))
      #expect(page.text.contains(text))
      #expect(!page.text.contains("data-pager"))
    }
  }

  @Test func `leads a member to the first upload`() async throws {
    try await TestGallery.make().serve { client in
      let page = try await TestBrowser(client, as: Cast.ada).get("/")

      #expect(page.text.contains("Hang the first picture"))
      #expect(page.text.contains(#"href="/upload""#))
    }
  }

  @Test(arguments: Mode.allCases)
  func `shows each post with its author and its picture`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada, title: "<Tea> & \"bread\"")
    try await site.post(by: Cast.grace, title: "Hidden", visibility: .private)

    try await site.serve(mode) { client in
      let page = try await TestBrowser(client, as: Cast.grace).get("/")

      #expect(page.text.contains(#"href="/posts/\#(post.id)""#))
      #expect(page.text.contains("&lt;Tea&gt; &amp; &quot;bread&quot;"))
      #expect(!page.text.contains("<Tea>"))
      #expect(page.text.contains("Ada Lovelace"))
      #expect(page.text.contains(#"src="\#(post.thumbnailURL)""#))
      #expect(page.text.contains("480.webp 480w"))
      #expect(page.text.contains("960.webp 960w"))
      #expect(!page.text.contains("1600.webp"))
      #expect(!page.text.contains("Hidden"))
    }
  }

  @Test(arguments: [("en", "Picture by Ada Lovelace"), ("ru", "Картинка, автор: Ada Lovelace")])
  func `names untitled pictures for those who cannot see them`(
    language: String,
    alt: String
  ) async throws {
    let site = try await TestGallery.make()
    try await site.post(by: Cast.ada)

    try await site.serve { client in
      let page = try await TestBrowser(client, language: language).get("/")
      #expect(page.text.contains(#"alt="\#(alt)""#))
    }
  }

  @Test func `leads on to older posts until there are none`() async throws {
    let site = try await TestGallery.make()
    for number in 1...21 { try await site.post(by: Cast.ada, title: "Picture \(number).") }

    try await site.serve { client in
      let browser = TestBrowser(client)
      let first = try await browser.get("/").text
      let next = try #require(first.firstMatch(of: /rel="next" href="([^"]+)"/)?.1)
      let last = try await browser.get(String(next)).text

      #expect(first.contains("Picture 21."))
      #expect(!first.contains("Picture 1."))
      #expect(last.contains("Picture 1."))
      #expect(!last.contains("Picture 2."))
      #expect(!last.contains(#"rel="next""#))
    }
  }
}

@Suite("The page of one's own pictures")
struct OwnPostsPageTests {
  @Test func `shows private ones too, and nobody else's`() async throws {
    let site = try await TestGallery.make()
    try await site.post(by: Cast.ada, title: "Shown tea")
    try await site.post(by: Cast.ada, title: "Hidden tea", visibility: .private)
    try await site.post(by: Cast.grace, title: "Coffee")

    try await site.serve { client in
      let page = try await TestBrowser(client, as: Cast.ada).get("/mine")

      #expect(page.status == .ok)
      #expect(page.text.contains("Shown tea"))
      #expect(page.text.contains("Hidden tea"))
      #expect(page.text.contains("Only you"))
      #expect(!page.text.contains("Coffee"))
    }
  }

  @Test func `leads on to older pictures`() async throws {
    let site = try await TestGallery.make()
    for number in 1...21 { try await site.post(by: Cast.ada, title: "Picture \(number).") }

    try await site.serve { client in
      let browser = TestBrowser(client, as: Cast.ada)
      let first = try await browser.get("/mine").text
      let next = try #require(first.firstMatch(of: /rel="next" href="(\/mine[^"]+)"/)?.1)
      let last = try await browser.get(String(next)).text

      #expect(last.contains("Picture 1."))
      #expect(!last.contains("Picture 2."))
    }
  }

  @Test(arguments: [("en", "Your own wall is still bare"), ("ru", "Ваша стена пока пуста")])
  func `is bare at first`(language: String, title: String) async throws {
    try await TestGallery.make().serve { client in
      let page = try await TestBrowser(client, as: Cast.ada, language: language).get("/mine")

      #expect(page.text.contains(title))
    }
  }

  @Test func `is for members`() async throws {
    try await TestGallery.make().serve { client in
      let answer = try await TestBrowser(client).get("/mine")

      #expect(answer.status == .seeOther)
      #expect(answer.headers[.location] == "/sign-in?return_to=%2Fmine")
    }
  }
}
