import ArtelTesting
import ArtelWeb
import GalleryContract
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("The password of a share link")
struct LinkPasswordTests {
  private let password = "a long enough one"

  @Test(arguments: Mode.allCases)
  func `opens the page and the pictures to the browser that has given it`(
    mode: Mode
  ) async throws {
    let site = try await TestGallery.make()
    let post = try await site.hiddenPost()
    let link = try await site.link(to: post, [("password", password)])
    let file = site.file(of: post, by: link)

    try await site.serve(mode) { client in
      let browser = TestBrowser(client, language: "en")
      let question = try await browser.get(link.path)
      #expect(question.status == .ok)
      #expect(question.text.contains("A password is needed"))
      #expect(!question.text.contains("\(post.coverID)"))
      #expect(try await browser.get(file).status == .notFound)
      let wrong = try await browser.submit(["password": "another long one"], from: link.path)
      #expect(wrong.status == .unprocessableContent)
      #expect(wrong.text.contains("This is not the password."))
      #expect(wrong.pass == nil)
      let right = try await browser.submit(["password": password], from: link.path)
      #expect(right.status == .seeOther)
      #expect(right.headers[.location] == link.path)
      let cookie = try #require(right.pass)
      #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"))
      #expect(!cookie.contains(link.token.text))
      #expect(try await browser.get(link.path).text.contains(file))
      #expect(try await browser.get(file).status == .ok)
      #expect(try await TestBrowser(client).get(file).status == .notFound)
    }
  }

  // Fails when the end is not part of what is sealed: seen to take a later one.
  @Test func `is given for one link, and for twelve hours`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.hiddenPost()
    let link = try await site.link(to: post, [("password", password), ("lifetime", "never")])
    let other = try await site.link(to: post, [("password", password), ("lifetime", "never")])

    try await site.serve { client in
      let browser = TestBrowser(client)
      let answer = try await browser.submit(["password": password], from: link.path)
      let pass = try #require(
        answer.pass?.firstMatch(of: /artel_link_[^=]+=([0-9]+)\.([0-9a-f]{64});/)
      )
      let (end, seal) = (try #require(Int(pass.1)), String(pass.2))
      let file = site.file(of: post, by: link)
      let cookies = [
        ("artel_link_\(link.link.id)=\(end).\(seal)", 200),
        ("artel_link_\(link.link.id)=\(end + 86_400).\(seal)", 404),
        ("artel_link_\(link.link.id)=\(end).\(String(seal.reversed()))", 404),
        ("artel_link_\(link.link.id)=\(end)", 404), ("artel_link_\(link.link.id)=.", 404),
        ("artel_link_\(link.link.id)=-1.\(seal)", 404),
      ]
      for (cookie, status) in cookies {
        let answer = try await client.send(.get, file, headers: [.cookie: cookie])
        #expect(answer.status.code == status, "\(cookie)")
      }
      let stolen: HTTPFields = [.cookie: "artel_link_\(other.link.id)=\(end).\(seal)"]
      let elsewhere = site.file(of: post, by: other)
      #expect(try await client.send(.get, elsewhere, headers: stolen).status == .notFound)
      site.clock.advance(by: .seconds(12 * 3_600 - 1))
      #expect(try await browser.get(file).status == .ok)
      site.clock.advance(by: .seconds(2))
      #expect(try await browser.get(file).status == .notFound)
      #expect(try await browser.get(link.path).text.contains("A password is needed"))
    }
  }

  // Fails without `linkLimits`: seen to let the eleventh in.
  @Test func `is tried ten times in a row on each link, then not even the right one helps`()
    async throws
  {
    let site = try await TestGallery.make()
    let post = try await site.hiddenPost()
    let link = try await site.link(to: post, [("password", password)])
    let other = try await site.link(to: post, [("password", password)])

    try await site.serve { client in
      let browser = TestBrowser(client)
      for _ in 0..<10 {
        let answer = try await browser.submit(["password": "guess"], from: link.path)
        #expect(answer.status == .unprocessableContent)
      }
      let late = try await browser.submit(["password": password], from: link.path)
      #expect(late.status == .tooManyRequests)
      let elsewhere = try await browser.submit(["password": password], from: other.path)
      #expect(elsewhere.status == .seeOther)
      site.clock.advance(by: .seconds(600))
      let again = try await browser.submit(["password": password], from: link.path)
      #expect(again.status == .seeOther)
    }
  }

  @Test(arguments: [
    [:], ["password": ""], ["password": String(repeating: "x", count: 1_025)], ["pass": "word"],
  ])
  func `is asked for again when there is none, or one too long`(
    fields: [String: String]
  ) async throws {
    let site = try await TestGallery.make()
    let link = try await site.link(
      to: try await site.hiddenPost(),
      [("password", password)]
    )

    try await site.serve { client in
      let answer = try await TestBrowser(client).submit(fields, from: link.path)
      #expect(answer.status == .unprocessableContent)
      #expect(answer.pass == nil)
    }
  }

  @Test func `needs the form of the page itself`() async throws {
    let site = try await TestGallery.make()
    let link = try await site.link(
      to: try await site.hiddenPost(),
      [("password", password)]
    )

    try await site.serve { client in
      let answer = try await TestBrowser(client)
        .submit(withoutToken: ["password": password], to: link.path)
      #expect(answer.status == .forbidden)
    }
  }
}

extension TestResponse {
  /// The cookie that says that the password was given; nil without one.
  fileprivate var pass: String? {
    headers[values: .setCookie].first { $0.hasPrefix("artel_link_") }
  }
}
