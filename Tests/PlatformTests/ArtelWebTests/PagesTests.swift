import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import ArtelWeb

private struct Post: Sendable {
  var title: String
  var views: Int
  var description: String?
}

private struct Feed: Sendable {
  var description = "of the page"
  var items = [
    Post(title: "<One> & {{two}}", views: 1), Post(title: "Three", views: 1234, description: "d"),
  ]
}

private struct SignUp: Form {
  let username: String

  init(_ fields: inout FormReader) {
    username = fields.string("username", .trimmed, .length(3...50))
    _ = fields.string("password", .secret, .length(8...100))
    _ = fields.boolean("remember", default: true)
  }
}

@Suite("A page")
struct PagesTests {
  private func render(
    _ template: String,
    as headers: HTTPFields = [:],
    model: some Sendable = Feed(),
    form: FormDraft? = nil,
    mode: Mode = .router
  ) async throws -> TestResponse {
    var site = try await TestSite().withPages(["templates/page.mustache": template])
    let pages = site.pages
    site.routes = { routes in
      routes.get("/page") { _, context in
        try await pages.render("page", model, section: "feed", form: form, context: context)
      }
    }
    // Written by one task, which has ended when it is read.
    nonisolated(unsafe) var response: TestResponse?
    try await site.run(mode) { client in
      response = try await client.execute(uri: "/page?a=b", method: .get, headers: headers)
    }
    return try #require(response)
  }

  @Test(arguments: Mode.allCases)
  func `is made of a model and a layout`(mode: Mode) async throws {
    let response = try await render(
      """
      {{<layout}}
      {{$title}}Feed{{/title}}
      {{$body}}
        {{#items}}<p>{{title}}|{{views}}|{{views.text}}|{{t.views}}|{{description}}</p>{{/items}}
      {{/body}}
      {{/layout}}
      """,
      mode: mode
    )

    #expect(response.headers[.contentType] == "text/html; charset=utf-8")
    #expect(response.text.contains("<title>Feed</title>"))
    #expect(response.text.contains("<p>&lt;One&gt; &amp; {{two}}|1|1|1 view|</p>"))
    #expect(response.text.contains("<p>Three|1234|1,234|1234 views|d</p>"))
  }

  @Test func `speaks the reader's language`() async throws {
    let response = try await render(
      "{{lang}} {{#items}}{{t.views}};{{/items}} {{t.hello}} {{t.no.such}}",
      as: [.acceptLanguage: "ru", .authorization: "Bearer ada"]
    )

    #expect(
      response.text
        == "ru 1 просмотр;1234 просмотра; Привет, Ada &lt;Lovelace&gt; ⟦no.such⟧"
    )
  }

  @Test func `has the chrome around it`() async throws {
    let response = try await render(
      """
      {{theme}} {{#theme_is.dark}}dark{{/theme_is.dark}} {{path}} {{return_to}} {{page_url}} \
      {{#at.feed}}here{{/at.feed}}{{#at.upload}}there{{/at.upload}} {{member.username}} \
      {{member.username}} {{^flash}}quiet{{/flash}} {{t.hello}}
      """,
      as: [.cookie: "artel_theme=dark; artel_session=ada"]
    )

    #expect(
      response.text
        == "dark dark /page /page?a=b http://localhost/page?a=b here ada ada quiet "
        + "Hello, Ada &lt;Lovelace&gt; &amp; all"
    )
  }

  @Test func `names assets`() async throws {
    let response = try await render("{{asset.app.css}} {{asset.no.css}}")

    #expect(response.text.contains("/assets/app."))
    #expect(response.text.hasSuffix("/assets/missing/no.css"))
  }

  @Test func `tells empty from zero`() async throws {
    let model: ViewValue = ["empty": "", "none": nil, "zero": 0, "list": [], "no": false]
    let response = try await render(
      """
      {{#empty}}1{{/empty}}{{#none}}2{{/none}}{{#zero}}3{{/zero}}{{#list}}4{{/list}}{{#no}}5{{/no}}\
      {{^empty}}a{{/empty}}{{^none}}b{{/none}}{{^zero}}c{{/zero}}{{^list}}d{{/list}}{{^no}}e{{/no}}\
      {{#equalzero(zero)}}z{{/equalzero(zero)}}{{^empty(list)}}x{{/empty(list)}}
      """,
      model: model
    )

    #expect(response.text == "3abdez")
  }

  @Test func `shows a form with what was typed and what is wrong`() async throws {
    let source = try FormSource(urlencoded: "username=%3Cx&password=secret99&remember=false")
    guard case .refused(let draft) = SignUp.submission(from: source) else {
      Issue.record("The form was accepted.")
      return
    }
    let response = try await render(
      """
      {{#form.username}}{{name}}={{value}} {{error}} {{max_length}}{{/form.username}}
      [{{form.password.value}}] {{#form.remember.checked}}checked{{/form.remember.checked}}
      {{#form_errors}}{{field}}{{/form_errors}} {{form_error}}
      """,
      form: draft
    )

    #expect(response.status == .unprocessableContent)
    #expect(
      response.text == "username=&lt;x At least 3 characters 50\n[] \nusername \n".dropLast()
    )
  }

  @Test func `shows a fresh form with its defaults`() async throws {
    let response = try await render(
      """
      [{{form.username.value}}{{form.username.error}}] \
      {{#form.remember.checked}}checked{{/form.remember.checked}}
      """,
      form: FormDraft(SignUp.self)
    )

    #expect(response.status == .ok)
    #expect(response.text == "[] checked")
  }

  @Test func `leads guests to the sign-in page and back`() async throws {
    let site = try await TestSite { routes in
      routes.get("/me") { _, context in Response.json(try context.member().profile?.username) }
    }.withPages()
    try await site.run(.router) { client in
      let response = try await client.execute(
        uri: "/me?a=b",
        method: .get,
        headers: [.accept: "text/html"]
      )

      #expect(response.status == .seeOther)
      #expect(response.headers[.location] == "/sign-in?return_to=%2Fme%3Fa%3Db")
    }
  }

  @Test(arguments: Mode.allCases)
  func `tells what went wrong, in the reader's language`(mode: Mode) async throws {
    let site = try await TestSite().withPages()
    try await site.run(mode) { client in
      let response = try await client.execute(
        uri: "/nothing",
        method: .get,
        headers: [.accept: "text/html,*/*", .acceptLanguage: "ru"]
      )

      #expect(response.status == .notFound)
      #expect(response.text.contains("<h1>404 Не найдено</h1>"))
      #expect(response.headers[.contentSecurityPolicy] == SecurityHeaders.pagePolicy)
      #expect(response.headers[.cacheControl] == "no-store")
    }
  }

  @Test func `shows a message once`() async throws {
    var site = try await TestSite().withPages([
      "templates/page.mustache": "[{{flash.text}}{{#flash.is_success}}!{{/flash.is_success}}]"
    ])
    let pages = site.pages
    site.routes = { routes in
      routes.get("/page") { _, context in try await pages.render("page", context: context) }
      routes.get("/act") { _, context in
        context.flash("saved")
        return Response.seeOther("/page")
      }
    }
    try await site.run(.router) { client in
      let act = try await client.execute(uri: "/act", method: .get)
      let cookie = act.headers[.setCookie] ?? ""
      #expect(cookie == "artel_flash=success.saved; Path=/; Max-Age=60; HttpOnly; SameSite=Lax")

      let page = try await client.execute(
        uri: "/page",
        method: .get,
        headers: [.cookie: "artel_flash=success.saved"]
      )
      #expect(page.text == "[Saved!]")
      #expect(page.headers[.setCookie]?.contains("Max-Age=0") == true)

      let forged = try await client.execute(
        uri: "/page",
        method: .get,
        headers: [.cookie: "artel_flash=success.hello<b>"]
      )
      #expect(forged.text == "[]")
    }
  }

  @Test(arguments: Mode.allCases)
  func `comes with assets that browsers keep`(mode: Mode) async throws {
    let site = try await TestSite().withPages()
    let address = try #require(site.parts.share?.assets.address(of: "app.css"))
    try await site.run(mode) { client in
      let asset = try await client.execute(uri: address, method: .get)
      #expect(asset.text == "a {}")
      #expect(asset.headers[.contentType] == "text/css; charset=utf-8")
      #expect(asset.headers[.cacheControl]?.contains("immutable") == true)

      let tag = try #require(asset.headers[.eTag])
      let held = try await client.execute(
        uri: address,
        method: .get,
        headers: [.ifNoneMatch: tag]
      )
      #expect(held.status == .notModified)

      let robots = try await client.execute(uri: "/robots.txt", method: .get)
      #expect(robots.text == "User-agent: *")
      #expect(robots.headers[.cacheControl] == "no-cache")

      for wrong in ["/assets/app.css", "/assets/../app.css", "/assets/x/y"] {
        #expect(try await client.execute(uri: wrong, method: .get).status == .notFound)
      }
    }
  }

  @Test func `names the line of a broken template`() async throws {
    await #expect(throws: TemplateError.self) {
      _ = try await TestSite().withPages(["templates/broken.mustache": "a\n{{#b}}\n"])
    }
  }
}
