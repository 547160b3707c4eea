import ArtelModel
import ArtelPostgres
import Testing

@Suite("The SQL of writes")
struct WriteTextTests {
  let tag = Tag(name: "wet")

  @Test func `an insert names what the program may set and returns everything`() async throws {
    let text = try await RecordingWriter.statement { try await $0.insert(OddThing(default: "x")) }
    #expect(
      text == """
        insert into "Odd Things" ("default", "2nd value", "select", person_ids, homepage_url) \
        values ($1, $2, $3, $4, $5) \
        returning "Class", "default", "2nd value", "select", person_ids, homepage_url
        """
    )
  }

  @Test func `an insert of an absent row lets a conflict pass`() async throws {
    let text = try await RecordingWriter.statement { _ = try await $0.insertIfAbsent(tag) }
    #expect(text == "insert into tags (id, name) values ($1, $2) on conflict do nothing")
  }

  @Test func `a bulk insert has one text for any number of rows`() async throws {
    let members = [Member(username: "a"), Member(username: "b", bio: "x")]
    for count in 1...2 {
      let text = try await RecordingWriter.statement {
        try await $0.insert(contentsOf: Array(members.prefix(count)))
      }
      #expect(
        text == """
          insert into members (id, username, bio, karma) \
          select * from unnest($1, $2::citext[], $3, $4)
          """
      )
    }
  }

  @Test func `array columns are inserted as lists of values`() async throws {
    let text = try await RecordingWriter.statement {
      try await $0.insert(contentsOf: [OddThing(), OddThing()])
    }
    #expect(text.hasSuffix("values ($1, $2, $3, $4, $5), ($6, $7, $8, $9, $10)"))
  }

  @Test func `an upsert updates everything outside the key`() async throws {
    let text = try await RecordingWriter.statement { try await $0.upsert(tag) }
    #expect(
      text == """
        insert into tags (id, name) values ($1, $2) \
        on conflict (id) do update set name = excluded.name returning id, name
        """
    )
  }

  @Test func `an upsert updates chosen columns on a condition`() async throws {
    let text = try await RecordingWriter.statement {
      try await $0.upsert(
        Member(username: "a"),
        on: { $0.id },
        updating: {
          $0.username
          $0.karma
        },
        where: "members.karma < \(5)"
      )
    }
    #expect(
      text.hasSuffix(
        """
        values ($1, $2, $3, $4) on conflict (id) do update \
        set username = excluded.username, karma = excluded.karma where members.karma < $5 \
        returning id, username, bio, karma
        """
      )
    )
  }

  @Test func `a bulk update joins arrays by key`() async throws {
    let text = try await RecordingWriter.statement {
      try await $0.update(contentsOf: [Member(username: "a")]) {
        $0.karma
        $0.username
      }
    }
    #expect(
      text == """
        update members set karma = changed.karma, username = changed.username \
        from unnest($1, $2::citext[], $3) as changed (id, username, karma) \
        where members.id = changed.id
        """
    )
  }

  @Test func `a delete carries its condition and the default scope`() async throws {
    let text = try await RecordingWriter.statement {
      try await Comment.where { $0.body == "x" }.delete(in: $0)
    }
    #expect(text == "delete from comments where deleted_at is null and body = $1")
  }

  @Test func `updates and deletes of a whole table must say so`() async throws {
    await #expect(throws: PostgresError.self) {
      try await Comment.query.delete(in: RecordingWriter())
    }
    await #expect(throws: PostgresError.self) {
      try await Post.update { $0.views = 0 }.run(in: RecordingWriter())
    }
    let text = try await RecordingWriter.statement { try await Post.where("true").delete(in: $0) }
    #expect(text == "delete from posts where true")
  }

  @Test func `nothing to write sends nothing`() async throws {
    let text = try await RecordingWriter.statement {
      try await $0.insert(contentsOf: [Tag]())
      try await $0.update(contentsOf: [Tag]()) { $0.name }
      try await Post.update { _ in }.where { $0.isPublic }.run(in: $0)
    }
    #expect(text.isEmpty)
  }
}
