import Testing

@testable import artel_generate

@Suite("Names in generated rows")
struct NamingTests {
  private func table(_ name: String, _ comment: String? = nil) -> SchemaTable {
    SchemaTable(id: 0, name: name, sqlName: name, comment: SchemaComment(comment))
  }

  @Test(arguments: [
    ("posts", "Post"), ("post_tags", "PostTag"), ("categories", "Category"), ("statuses", "Status"),
    ("addresses", "Address"), ("boxes", "Box"), ("branches", "Branch"), ("people", "Person"),
    ("news", "News"), ("courses", "Course"), ("api_keys", "APIKey"), ("Odd Things", "OddThing"),
  ])
  func `a type is the singular of its table`(name: String, type: String) {
    #expect(SwiftName.type(ofTable: table(name)) == type)
  }

  @Test func `a table's comment can name its type`() {
    let media = table("media", "Files of albums.\n\n@type MediaFile")
    #expect(SwiftName.type(ofTable: media) == "MediaFile")
    #expect(SwiftName.plural(ofTable: media) == "mediaFiles")
    #expect(SwiftName.singular(ofTable: media) == "mediaFile")
    #expect(media.comment.text == "Files of albums.")
  }

  @Test(arguments: [
    ("author_id", "authorID"), ("id", "id"), ("url", "url"), ("avatar_url", "avatarURL"),
    ("person_ids", "personIDs"), ("2fa secret", "_2faSecret"), ("Mixed Case", "mixedCase"),
  ])
  func `a property is its column in camel case`(column: String, property: String) {
    #expect(SwiftName.property(column) == property)
  }

  @Test(arguments: [("author_id", "author"), ("replaced_by", "replacedBy"), ("id", "id")])
  func `a role is what a foreign key's column says`(column: String, role: String) {
    #expect(SwiftName.role(ofColumn: column) == role)
  }

  @Test func `keywords are escaped`() {
    #expect(SwiftName.escaped("default") == "`default`")
    #expect(SwiftName.escaped("title") == "title")
  }

  @Test(arguments: [
    ("tag", "tags"), ("category", "categories"), ("day", "days"), ("box", "boxes"),
    ("status", "statuses"),
  ])
  func `many of something are its plural`(word: String, plural: String) {
    #expect(SwiftName.plural(word) == plural)
  }
}
