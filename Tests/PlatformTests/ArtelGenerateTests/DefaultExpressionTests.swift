import Testing

@testable import artel_generate

@Suite("Database defaults in Swift")
struct DefaultExpressionTests {
  @Test(arguments: [
    ("0", "Int", "int4", "0"), ("'-1'::integer", "Int", "int4", "-1"),
    ("(-1)", "Int", "int4", "-1"),
    ("0.5", "Double", "float8", "0.5"), ("true", "Bool", "bool", "true"),
    ("''::text", "String", "text", "\"\""),
    ("'It''s \"it\"'::text", "String", "text", #""It's \"it\"""#),
    ("'{}'::jsonb", "JSONText", "jsonb", #"JSONText("{}")"#),
    ("now()", "Date", "timestamptz", "Date()"),
    ("gen_random_uuid()", "TagID", "uuid", ".generate()"),
  ])
  func `a constant is said in Swift`(
    expression: String,
    swift: String,
    type: String,
    expected: String
  ) {
    #expect(DefaultExpression(expression).swift(for: swift, .named(type)) == expected)
  }

  @Test(arguments: [
    ("nextval('a_seq'::regclass)", "Int", "int8"), ("E'\\\\n'::text", "String", "text"),
    ("lower('A'::text)", "String", "text"),
    ("(now() + '01:00:00'::interval)", "Date", "timestamptz"),
    ("gen_random_uuid()", "UUID", "uuid"),
  ])
  func `what only the database can compute has no default`(
    expression: String,
    swift: String,
    type: String
  ) {
    #expect(DefaultExpression(expression).swift(for: swift, .named(type)) == nil)
  }

  @Test func `labels and empty arrays are said by their type`() {
    let status = DefaultExpression("'in review'::post_status")
    #expect(status.swift(for: "PostStatus", .enumeration("post_status")) == ".inReview")
    let labels = DefaultExpression("'{}'::text[]")
    #expect(labels.swift(for: "[String]", .array(of: .named("text"))) == "[]")
  }
}
