import ArtelIdentifiers
import Testing

@testable import ArtelWeb

private enum Visibility: String, CaseIterable, Sendable {
  case everyone
  case nobody
}

private let lowercase = FieldPattern("lowercase", expression: "^[a-z]*$") { text in
  text.allSatisfy { ("a"..."z").contains($0) }
}

private struct ExampleForm: Form {
  let name: String
  let about: String?
  let age: Int
  let isPublic: Bool
  let visibility: Visibility
  let friend: Identifier<ExampleForm>?
  let tags: [String]
  let notes: String

  init(_ fields: inout FormReader) {
    name = fields.string("name", .trimmed, .length(3...10), .pattern(lowercase))
    about = fields.optionalString("about", .trimmed, .multiline, .length(0...20))
    age = fields.integer("age", in: 0...150, default: 18)
    isPublic = fields.boolean("is_public", default: true)
    visibility = fields.choice("visibility", default: .everyone)
    friend = fields.optionalID("friend", as: Identifier<ExampleForm>.self)
    tags = fields.strings("tags", .trimmed, .length(1...5), count: 0...2)
    notes = fields.string("notes", .length(0...5), default: "")
  }
}

private struct ExamplePatch: Form {
  let name: Change<String>
  let about: Change<String?>
  let isPublic: Change<Bool>
  let age: Change<Int>

  init(_ fields: inout FormReader) {
    name = fields.stringChange("name", .trimmed, .length(1...10))
    about = fields.optionalStringChange("about", .trimmed, .length(1...10))
    isPublic = fields.booleanChange("is_public")
    age = fields.integerChange("age", in: 0...150)
  }
}

@Suite("A form")
struct FormTests {
  private func codes(_ source: FormSource) -> [String: String] {
    guard case .refused(let draft) = ExampleForm.submission(from: source) else { return [:] }
    return Dictionary(draft.errors.map { ($0.field, $0.code.rawValue) }) { $1 }
  }

  private func codes(_ members: [String: JSONValue]) -> [String: String] {
    codes(FormSource(json: members))
  }

  @Test func `reads JSON`() throws {
    let friend = Identifier<ExampleForm>.generate()
    let form = try ExampleForm.read(
      from: FormSource(json: [
        "name": .string("  ada "), "about": .string("a\r\nb"), "age": .integer(36),
        "is_public": .bool(false), "visibility": .string("nobody"),
        "friend": .string(friend.description), "tags": .array([.string("x"), .string(" y ")]),
        "is_administrator": .bool(true),
      ])
    )

    #expect(form.name == "ada")
    #expect(form.about == "a\nb")
    #expect(form.age == 36)
    #expect(!form.isPublic)
    #expect(form.visibility == .nobody)
    #expect(form.friend == friend)
    #expect(form.tags == ["x", "y"])
  }

  @Test func `reads the same from a urlencoded text`() throws {
    let form = try ExampleForm.read(
      from: FormSource(
        urlencoded: "name=+ada+&about=%D0%AF&age=36&is_public=false&is_public=on&tags=x&tags=y"
      )
    )

    #expect(form.name == "ada")
    #expect(form.about == "Я")
    #expect(form.age == 36)
    #expect(form.isPublic)
    #expect(form.tags == ["x", "y"])
  }

  /// What a form of a browser sends has two characters for each break of a line.
  @Test func `counts a break of a line once in forms, and as it is sent in JSON`() throws {
    let text = "\r\n" + String(repeating: "x", count: 19)
    let form = try ExampleForm.read(from: FormSource(texts: [("name", "ada"), ("about", text)]))

    #expect(form.about == String(repeating: "x", count: 19))
    #expect(codes(["name": .string("ada"), "about": .string(text)])["about"] == "too_long")
  }

  @Test func `takes defaults for what is absent`() throws {
    let form = try ExampleForm.read(from: FormSource(json: ["name": .string("ada")]))

    #expect(form.age == 18)
    #expect(form.isPublic)
    #expect(form.visibility == .everyone)
    #expect(form.about == nil)
    #expect(form.friend == nil)
    #expect(form.tags.isEmpty)
    #expect(form.notes.isEmpty)
  }

  @Test func `collects every error`() {
    let found = codes([
      "name": .string("Ada!"), "about": .string(String(repeating: "x", count: 21)),
      "age": .integer(151), "is_public": .string("true"), "visibility": .string("some"),
      "friend": .string("me"), "tags": .array([.string("x"), .string("y"), .string("z")]),
      "notes": .integer(1),
    ])

    #expect(
      found == [
        "name": "pattern", "about": "too_long", "age": "range", "is_public": "type",
        "visibility": "choice", "friend": "type", "tags": "range", "notes": "type",
      ]
    )
  }

  @Test(arguments: [JSONValue.null, .string(""), .string("   ")])
  func `wants a required text to say something`(value: JSONValue) {
    let code = codes(["name": value])["name"]

    #expect(code == "required" || code == "too_short")
  }

  @Test func `tells null from a default`() {
    #expect(codes(["name": .string("ada"), "is_public": .null])["is_public"] == "required")
    #expect(codes(["name": .string("ada"), "age": .null])["age"] == "required")
    #expect(codes(["name": .string("ada"), "notes": .null])["notes"] == "required")
    #expect(codes(["name": .string("ada"), "notes": .string("")])["notes"] == nil)
  }

  @Test(arguments: [
    ("ad", "too_short"), ("adaadaadaada", "too_long"), ("a\u{0}da", "pattern"),
    ("a\nda", "pattern"),
  ])
  func `refuses a wrong text`(text: String, code: String) {
    #expect(codes(["name": .string(text)])["name"] == code)
  }

  @Test func `counts code points, not bytes`() {
    let text = String(repeating: "я", count: 20)

    #expect(codes(["name": .string("ada"), "about": .string(text)]).isEmpty)
  }

  @Test(arguments: ["a=%", "a=%zz", "a=%ff", "a=%00", "%00=a", "a=%c3"])
  func `refuses malformed urlencoded text`(text: String) {
    #expect(throws: Problem.self) { try FormSource(urlencoded: text) }
  }

  @Test func `tells absent from null in a partial update`() throws {
    let nothing = try ExamplePatch.read(from: FormSource(json: [:]))
    #expect(nothing.name == .unchanged)
    #expect(nothing.about == .unchanged)
    #expect(nothing.isPublic == .unchanged)

    let something = try ExamplePatch.read(
      from: FormSource(json: [
        "name": .string("x"), "about": .null, "is_public": .bool(true), "age": .integer(1),
      ])
    )
    #expect(something.name == .set("x"))
    #expect(something.about == .set(nil))
    #expect(something.isPublic == .set(true))
    #expect(something.age == .set(1))
  }

  @Test func `refuses null for a field that must keep a value`() {
    #expect(throws: Problem.validation("name", .required)) {
      try ExamplePatch.read(from: FormSource(json: ["name": .null]))
    }
  }

  @Test func `documents itself`() throws {
    let fields = ExampleForm.fields

    #expect(
      fields.map(\.name) == [
        "name", "about", "age", "is_public", "visibility", "friend", "tags", "notes",
      ]
    )
    #expect(fields.filter(\.isRequired).map(\.name) == ["name"])
    #expect(fields[0].minimumLength == 3)
    #expect(fields[0].pattern?.expression == "^[a-z]*$")
    #expect(fields[2].range == 0...150)
    #expect(fields[2].defaultValue == .integer(18))
    #expect(fields[4].kind == .choice(["everyone", "nobody"]))
  }

  @Test func `keeps what was typed, but no secrets`() throws {
    struct SignIn: Form {
      init(_ fields: inout FormReader) {
        _ = fields.string("login", .length(3...10))
        _ = fields.string("password", .secret, .length(8...100))
      }
    }
    let source = try FormSource(urlencoded: "login=x&password=hunter2")

    guard case .refused(let draft) = SignIn.submission(from: source) else {
      Issue.record("The form was accepted.")
      return
    }
    #expect(draft.values == ["login": "x"])
    #expect(draft.errors.count == 2)
  }

  @Test(arguments: [
    ("ada@example.org", true), ("a+b@xn--e1afmkfd.xn--p1ai", true), ("я@почта.рф", true),
    ("ada", false), ("ada@", false), ("@example.org", false), ("ada@localhost", false),
    ("a@b@c.de", false), ("ada @example.org", false), ("ada@example..org", false),
  ])
  func `knows the form of a mail address`(text: String, isRight: Bool) throws {
    let expression = try Regex(FieldPattern.email.expression)

    #expect(FieldPattern.email.matches(text) == isRight)
    #expect((text.firstMatch(of: expression) != nil) == isRight)
  }
}
