import Testing

@testable import ArtelWeb

@Suite("Assets")
struct AssetLibraryTests {
  private func library(_ files: [String: String]) throws -> AssetLibrary {
    try AssetLibrary(files: files.mapValues { Array($0.utf8) })
  }

  private func text(_ library: AssetLibrary, _ name: String) throws -> String {
    let path = try #require(library.address(of: name))
    return String(buffer: try #require(library[path: path]).content)
  }

  @Test func `have addresses that change with their content`() throws {
    let first = try library(["app.css": "a {}"])
    let second = try library(["app.css": "b {}"])
    let address = try #require(first.address(of: "app.css"))

    #expect(address.wholeMatch(of: /\/assets\/app\.[0-9a-f]{16}\.css/) != nil)
    #expect(address != second.address(of: "app.css"))
    #expect(first[path: address]?.contentType == "text/css; charset=utf-8")
    #expect(first[path: "/assets/app.css"] == nil)
  }

  @Test func `are found in folders by dots`() throws {
    let assets = try library(["icons/logo.svg": "<svg/>"])

    #expect(assets.address(of: "icons.logo.svg")?.hasPrefix("/assets/icons/logo.") == true)
    #expect(assets.address(of: "icons/logo.svg") == assets.address(of: "icons.logo.svg"))
    #expect(assets.address(of: "logo.svg") == nil)
  }

  @Test func `refer to each other by address`() throws {
    let assets = try library([
      "app.css": """
      @import "css/tokens.css"; @import url(css/tokens.css);
      a { background: url( 'icons/a.svg#x' ), url("data:x"), url(/fixed), url(#id) }
      """,
      "css/tokens.css": "b { background: url(../icons/a.svg) }",
      "icons/a.svg": "<svg/>",
    ])
    let icon = try #require(assets.address(of: "icons.a.svg"))
    let tokens = try #require(assets.address(of: "css.tokens.css"))

    #expect(
      try text(assets, "app.css") == """
        @import "\(tokens)"; @import url(\(tokens));
        a { background: url( '\(icon)#x' ), url("data:x"), url(/fixed), url(#id) }
        """
    )
    #expect(try text(assets, "css.tokens.css") == "b { background: url(\(icon)) }")
  }

  @Test func `let scripts import scripts`() throws {
    let assets = try library([
      "app.js":
        #"import { a } from "./lib/a.js"; import './b.js'; const x = await import("./b.js")"#,
      "lib/a.js": #"import b from '../b.js'; import "react"; "from './nowhere.js"#,
      "b.js": "export default 1",
    ])
    let a = try #require(assets.address(of: "lib.a.js"))
    let b = try #require(assets.address(of: "b.js"))

    #expect(
      try text(assets, "app.js")
        == "import { a } from \"\(a)\"; import '\(b)'; const x = await import(\"\(b)\")"
    )
  }

  @Test func `change address when what they refer to changes`() throws {
    let first = try library(["app.css": "@import 'b.css'", "b.css": "1"])
    let second = try library(["app.css": "@import 'b.css'", "b.css": "2"])

    #expect(first.address(of: "app.css") != second.address(of: "app.css"))
  }

  @Test func `keep their names in the root folder`() throws {
    let assets = try library([
      "root/manifest.webmanifest": #"{"src": "{{asset:icons/a.png}}"}"#, "icons/a.png": "png",
    ])
    let icon = try #require(assets.address(of: "icons.a.png"))
    let manifest = try #require(assets[path: "/manifest.webmanifest"])

    #expect(String(buffer: manifest.content) == #"{"src": "\#(icon)"}"#)
    #expect(manifest.contentType == "application/manifest+json")
    #expect(!manifest.isImmutable)
    #expect(assets.rootPaths == ["/manifest.webmanifest"])
  }

  @Test func `must not refer to nothing or in circles`() {
    #expect(throws: AssetError.self) { try library(["a.css": "@import 'b.css'"]) }
    #expect(throws: AssetError.self) {
      try library(["a.css": "@import 'b.css'", "b.css": "@import 'a.css'"])
    }
  }
}
