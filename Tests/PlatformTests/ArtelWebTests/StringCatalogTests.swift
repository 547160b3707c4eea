import Foundation
import Testing

@testable import ArtelWeb

@Suite("The string catalog")
struct StringCatalogTests {
  private func catalog(english: String, russian: String = "{}") throws -> StringCatalog {
    try StringCatalog([
      .english: JSONValue(parsing: english.utf8), .russian: JSONValue(parsing: russian.utf8),
    ])
  }

  @Test(arguments: [
    (0, PluralCategory.many), (1, .one), (2, .few), (4, .few), (5, .many), (11, .many),
    (12, .many), (14, .many), (21, .one), (22, .few), (25, .many), (101, .one), (111, .many),
    (112, .many), (1_000_001, .one), (-1, .one), (-2, .few),
  ])
  func `knows Russian plurals`(number: Int, category: PluralCategory) {
    #expect(PluralCategory(number, in: .russian) == category)
  }

  @Test(arguments: [(0, PluralCategory.other), (1, .one), (2, .other), (11, .other), (21, .other)])
  func `knows English plurals`(number: Int, category: PluralCategory) {
    #expect(PluralCategory(number, in: .english) == category)
  }

  @Test func `fills placeholders`() throws {
    let strings = try catalog(
      english: #"{"hello": "Hello, {name}! {}{ {x y} {missing}", "a": {"b": "deep"}}"#
    )

    #expect(
      strings.text("hello", in: .english, ["name": "Ada"])
        == "Hello, Ada! {}{ {x y} {missing}"
    )
    #expect(strings.text("a.b", in: .english) == "deep")
  }

  @Test func `chooses the plural form`() throws {
    let strings = try catalog(
      english: ##"{"views": {"#": "n", "one": "{n} view", "other": "{n} views"}}"##,
      russian: ##"""
        {"views": {"#": "n", "one": "{n} просмотр", "few": "{n} просмотра",
                   "many": "{n} просмотров", "other": "{n} просмотра"}}
        """##
    )

    #expect(strings.text("views", in: .english, ["n": 1]) == "1 view")
    #expect(strings.text("views", in: .russian, ["n": 3]) == "3 просмотра")
    #expect(strings.text("views", in: .russian, ["n": 11]) == "11 просмотров")
  }

  @Test func `shows a missing key, and English where Russian lacks it`() throws {
    let strings = try catalog(english: #"{"a": "A"}"#)

    #expect(strings.text("a", in: .russian) == "A")
    #expect(strings.text("b", in: .russian) == "⟦b⟧")
  }

  @Test func `finds every difference between the languages`() throws {
    let strings = try catalog(
      english: #"{"a": "A", "b": "{x}", "n": {"one": "1", "other": "{count}"}}"#,
      russian: #"{"b": "{y}", "n": {"one": "1", "few": "2", "other": "3"}, "c": "C"}"#
    )

    #expect(
      strings.differences == [
        "a is missing in ru.", "b has different placeholders in different languages.",
        "c is missing in en.", "n lacks the form many in ru.",
      ]
    )
  }

  @Test(arguments: [#"{"a": 1}"#, #"{"a": {"other": "x", "some": "y"}}"#, #"{"a": null}"#])
  func `refuses what is no text`(json: String) {
    #expect(throws: StringCatalogError.self) { try catalog(english: json) }
  }

  @Test func `writes numbers, sizes and dates of a language`() throws {
    let strings = try catalog(
      english: #"{"bytes": {"b": "{value} B", "kb": "{value} KB", "mb": "{value} MB"}}"#
    )
    let english = LocalFormat(language: .english)
    let russian = LocalFormat(language: .russian)
    let date = Date(timeIntervalSince1970: 1_777_817_100)

    #expect([0, 999, 1000, -1_234_567].map(english.number) == ["0", "999", "1,000", "-1,234,567"])
    #expect(russian.number(12_345) == "12\u{A0}345")
    #expect(english.bytes(512, strings: strings) == "512 B")
    #expect(english.bytes(2_516_582, strings: strings) == "2.4 MB")
    #expect(russian.bytes(1536, strings: strings) == "1,5 KB")
    #expect(english.dayAndTime(date) == "3 May 2026, 14:05")
    #expect(russian.dayAndTime(date) == "3 мая 2026, 14:05")
  }
}
