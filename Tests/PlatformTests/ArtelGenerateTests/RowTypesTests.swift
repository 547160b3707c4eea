import Testing

@testable import artel_generate

@Suite("Rows of a schema")
struct RowTypesTests {
  private func column(
    _ name: String,
    _ type: SchemaType = .named("uuid"),
    comment: String? = nil,
    isNullable: Bool = false
  ) -> SchemaColumn {
    SchemaColumn(
      name: name,
      sqlName: name,
      type: type,
      isNullable: isNullable,
      isMadeByDatabase: false,
      defaultExpression: nil,
      comment: SchemaComment(comment)
    )
  }

  private func table(_ id: Int, _ name: String, _ columns: [SchemaColumn]) -> SchemaTable {
    SchemaTable(
      id: id,
      name: name,
      sqlName: name,
      comment: SchemaComment(nil),
      columns: columns,
      key: [columns[0].name]
    )
  }

  private func message(_ tables: SchemaTable...) -> String {
    let error = #expect(throws: GenerateError.self) {
      try RowTypes(Schema(tables: tables), context: "Zoo", identifiers: IdentifierTypes())
    }
    return error?.description ?? ""
  }

  @Test func `an id that nobody declares is named with the ways out`() {
    let text = message(table(1, "votes", [column("id"), column("album_id")]))
    #expect(text.contains("votes.album_id is a uuid, but no contract declares AlbumID"))
    #expect(text.contains("@type"))
  }

  @Test func `a type that rows cannot hold is named`() {
    let text = message(table(1, "visits", [column("id"), column("address", .named("inet"))]))
    #expect(text.contains("visits.address is inet"))
  }

  @Test func `ranges and intervals have types of their own`() throws {
    let stays = table(
      1,
      "stays",
      [
        column("id"), column("nights", .named("daterange")), column("hours", .named("tstzrange")),
        column("rooms", .named("int4range")), column("notice", .named("interval")),
        column("breaks", .array(of: .named("int8range"))),
        column("closed", .named("datemultirange")),
      ]
    )
    let types = try RowTypes(
      Schema(tables: [stays]),
      context: "Zoo",
      identifiers: IdentifierTypes()
    ).types
    #expect(
      types[0].properties.map(\.type) == [
        "StayID", "PostgresRange<CalendarDay>", "PostgresRange<Date>", "PostgresRange<Int32>",
        "PostgresInterval", "[PostgresRange<Int>]", "PostgresMultirange<CalendarDay>",
      ]
    )
    #expect(types[0].property("hours")?.modules == ["Foundation"])
  }

  @Test func `every problem of a schema is told at once`() {
    let text = message(
      table(1, "votes", [column("id"), column("album_id"), column("label_id")]),
      table(2, "visits", [column("id"), column("address", .named("inet"))])
    )
    #expect(text.split(separator: "\n").count == 3)
  }

  @Test func `a column's comment names what its type does not tell`() throws {
    let votes = table(
      1,
      "votes",
      [column("id"), column("album_id", comment: "Which.\n@type UUID")]
    )
    let types = try RowTypes(
      Schema(tables: [votes]),
      context: "Zoo",
      identifiers: IdentifierTypes()
    ).types
    #expect(types[0].property("album_id")?.type == "UUID")
    #expect(types[0].property("album_id")?.modules == ["Foundation"])
    #expect(types[0].declaredID == "VoteID")
  }

  @Test func `two ways to one table get names of their own`() throws {
    let members = table(1, "members", [column("id")])
    var messages = table(
      2,
      "messages",
      [column("id"), column("sender_id"), column("reader_id", isNullable: true)]
    )
    messages.foreignKeys = ["sender_id", "reader_id"].map {
      ForeignKey(columns: [$0], target: 1, targetColumns: ["id"])
    }
    let types = try RowTypes(
      Schema(tables: [members, messages]),
      context: "Zoo",
      identifiers: IdentifierTypes()
    ).types
    #expect(types[0].relations.map(\.name) == ["messagesAsSender", "messagesAsReader"])
    #expect(types[1].relations.map(\.related) == ["Member", "Member?"])
  }
}
