import ArtelIdentifiers
import Foundation
import Testing

@testable import ArtelWeb

@Suite("A page's model")
struct ViewValueTests {
  private struct Author {
    var displayName = "Ada"
  }

  private enum State: String {
    case open
  }

  private struct Model {
    var id = Identifier<Model>(high: 0, low: 1)
    var imageURL = "/x"
    var isPublic = true
    var views: Int32 = 3
    var author: Author? = Author()
    var nothing: Author?
    var tags = ["a"]
    var state = State.open
    var createdAt = Date(timeIntervalSince1970: 0)
    var sizes = ["small": 160]
  }

  @Test func `is taken apart`() throws {
    guard case .object(let members) = ViewValue(reflecting: Model()) else {
      Issue.record("It is no object.")
      return
    }
    let encoder = ViewEncoder(language: .english, strings: .empty)
    let view = ViewObject(members: members, encoder: encoder)

    #expect(view.child(named: "id") as? String == "00000000-0000-0000-0000-000000000001")
    #expect(view.child(named: "image_url") as? String == "/x")
    #expect(view.child(named: "is_public") as? Bool == true)
    #expect((view.child(named: "views") as? ViewNumber)?.number == 3)
    #expect(view.child(named: "nothing") is ViewAbsent)
    #expect((view.child(named: "tags") as? [Any])?.first as? String == "a")
    #expect(view.child(named: "state") as? String == "open")
    #expect((view.child(named: "created_at") as? ViewDate)?.renderText.hasPrefix("1970") == true)
    let author = view.child(named: "author") as? ViewObject
    #expect(author?.child(named: "display_name") as? String == "Ada")
    let sizes = view.child(named: "sizes") as? ViewObject
    #expect((sizes?.child(named: "small") as? ViewNumber)?.number == 160)
  }

  @Test(arguments: [
    ("id", "id"), ("imageURL", "image_url"), ("isPublic", "is_public"), ("URLPath", "url_path"),
    ("createdAt", "created_at"), ("x2Y", "x2_y"), ("already_snake", "already_snake"),
  ])
  func `has names in snake case`(swift: String, template: String) {
    #expect(ViewValue.snakeCase(swift) == template)
  }
}
