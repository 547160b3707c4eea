import ArtelModel
import ArtelPostgres
import Foundation
import Testing

@Suite("The SQL of queries")
struct QueryTextTests {
  let ada = MemberID.generate()
  let now = Date(timeIntervalSince1970: 1_700_000_000)

  private func text(_ query: Query<Member>) -> String {
    query.sql.text.replacing("select id, username, bio, karma from members", with: "…")
  }

  @Test func `a query reads in SQL's order with its columns in the schema's`() {
    let query = Post.where { $0.isPublic && $0.authorID == ada }
      .order { $0.createdAt.descending }
      .limit(20)

    #expect(
      query.sql.text == """
        select id, author_id, editor_id, title, status, is_public, views, rating, labels, extra, \
        digest, published_on, price, created_at, title_length from posts \
        where is_public and author_id = $1 order by created_at desc limit 20
        """
    )
    #expect(query.sql.parameters.count == 1)
  }

  @Test func `every comparison binds its value`() {
    #expect(text(Member.where { $0.karma == 1 }) == "… where karma = $1")
    #expect(text(Member.where { $0.karma != 1 }) == "… where karma <> $1")
    #expect(text(Member.where { $0.karma < 1 }) == "… where karma < $1")
    #expect(text(Member.where { $0.karma <= 1 }) == "… where karma <= $1")
    #expect(text(Member.where { $0.karma > 1 }) == "… where karma > $1")
    #expect(text(Member.where { $0.karma >= 1 }) == "… where karma >= $1")
    #expect(text(Member.where { $0.karma.between(1, and: 9) }) == "… where karma between $1 and $2")
  }

  @Test func `a nullable column is compared with null by its own words`() {
    #expect(text(Member.where { $0.bio == nil }) == "… where bio is null")
    #expect(text(Member.where { $0.bio != nil }) == "… where bio is not null")
    #expect(text(Member.where { $0.bio == "x" }) == "… where bio = $1")
    #expect(text(Member.where { $0.bio != "x" }) == "… where bio is distinct from $1")
    #expect(text(Member.where { $0.bio.isNull() }) == "… where bio is null")
    #expect(text(Member.where { $0.bio.isNotNull() }) == "… where bio is not null")
    #expect(text(Member.where { $0.bio > "x" }) == "… where bio > $1")
  }

  @Test func `a list is one parameter, cast when the column's type is not the value's`() {
    #expect(text(Member.where { $0.id.in([ada]) }) == "… where id = any($1)")
    #expect(text(Member.where { $0.id.notIn([]) }) == "… where id <> all($1)")
    #expect(
      text(Member.where { $0.username.in(["a", "b"]) }) == "… where username = any($1::citext[])"
    )
    #expect(text(Member.where { $0.bio.in(["a"]) }) == "… where bio = any($1)")
  }

  @Test func `patterns keep what people typed literal`() {
    #expect(text(Member.where { $0.username.like("a%") }) == "… where username like $1")
    #expect(text(Member.where { $0.bio.ilike("a%") }) == "… where bio ilike $1")
    #expect(LikePattern.containing("50%_\\") == "%50\\%\\_\\\\%")
    #expect(LikePattern.prefix("a") == "a%")
  }

  @Test func `parentheses appear only where SQL needs them`() {
    #expect(
      text(Member.where { $0.karma > 1 && ($0.bio == nil || $0.username == "ada") })
        == "… where karma > $1 and (bio is null or username = $2)"
    )
    #expect(
      text(Member.where { $0.karma > 1 && $0.bio == nil || $0.username == "ada" })
        == "… where karma > $1 and bio is null or username = $2"
    )
    #expect(text(Member.where { !($0.karma == 1) }) == "… where not (karma = $1)")
    #expect(Post.where { !$0.isPublic }.sql.text.hasSuffix("where not is_public"))
    #expect(
      text(Member.where { $0.bio == "a" || $0.bio == "b" }.where { $0.karma == 1 })
        == "… where (bio = $1 or bio = $2) and karma = $3"
    )
  }

  @Test func `raw SQL joins in and keeps its values bound`() {
    #expect(
      text(Member.where("lower(bio) = lower(\("X"))").where { $0.karma == 1 })
        == "… where (lower(bio) = lower($1)) and karma = $2"
    )
    #expect(
      text(Member.where { $0.karma == 1 || Condition("length(bio) > \(3)") })
        == "… where karma = $1 or (length(bio) > $2)"
    )
  }

  @Test func `several orders follow each other`() {
    let query = Post.order {
      $0.rating.descending.nullsLast
      $0.publishedOn.ascending.nullsFirst
      $0.id
    }
    #expect(
      query.sql.text.hasSuffix(
        "from posts order by rating desc nulls last, published_on nulls first, id"
      )
    )
  }

  @Test func `names that need quotes have them`() {
    let query = OddThing.where { $0.default == "x" && $0.select && $0.class > 3 }
    #expect(
      query.sql.text == """
        select "Class", "default", "2nd value", "select", person_ids, homepage_url \
        from "Odd Things" where "default" = $1 and "select" and "Class" > $2
        """
    )
  }

  @Test func `columns of one row compare, and arrays contain`() {
    #expect(
      Post.where { $0.views == $0.titleLength }.sql.text.hasSuffix("where views = title_length")
    )
    #expect(Post.where { $0.labels.contains("hot") }.sql.text.hasSuffix("where labels @> $1"))
  }

  @Test func `a selection reads its columns only and nests in another query`() {
    let selection = PostTag.where { $0.tagID.in([]) }.select { $0.postID }
    #expect(selection.sql.text == "select post_id from post_tags where tag_id = any($1)")
    #expect(
      Post.where { $0.isPublic && $0.id.in(selection) }.sql.text.hasSuffix(
        "where is_public and id in (select post_id from post_tags where tag_id = any($1))"
      )
    )
    #expect(
      Post.query.select { ($0.id, $0.editorID) }.sql.text == "select id, editor_id from posts"
    )
  }

  @Test func `the default scope comes first and can be left`() {
    #expect(
      Comment.where { $0.body == "x" }.sql.text.hasSuffix("where deleted_at is null and body = $1")
    )
    #expect(Comment.unscoped.sql.text.hasSuffix("from comments"))
  }

  @Test func `a locking query says so last`() {
    let query = Post.where { $0.isPublic }.limit(1)
    #expect(query.forUpdate().sql.text.hasSuffix("where is_public limit 1 for update"))
    #expect(query.forUpdate(skipLocked: true).sql.text.hasSuffix("limit 1 for update skip locked"))
  }

  @Test func `a page asks for one row more in an order without ties`() throws {
    let query = Post.where { $0.isPublic }.order { $0.createdAt.descending }
    #expect(
      try query.sql(pageOf: 20).text.hasSuffix(
        "where is_public order by created_at desc, id desc limit 21"
      )
    )
  }

  @Test func `pages refuse orders that a row comparison cannot follow`() {
    #expect(throws: PostgresError.self) {
      try Post.order {
        $0.createdAt.descending
        $0.id.ascending
      }.sql(pageOf: 20)
    }
    #expect(throws: PostgresError.self) { try Post.order { $0.rating.descending }.sql(pageOf: 20) }
  }

  @Test func `an update sets what was assigned`() {
    let title: String? = nil
    let update = Post.update {
      $0.editorID = nil
      if let title { $0.title = title }
      $0.status = .published
      $0.set(Post.columns.views, to: "greatest(views, \(5))")
    }.where { $0.id == PostID.generate() }
    #expect(
      update.sql.text
        == "update posts set editor_id = $1, status = $2, views = greatest(views, $3) where id = $4"
    )
  }

  @Test func `an increment adds in the database`() {
    #expect(
      Post.increment { $0.views }.where { $0.isPublic }.sql.text
        == "update posts set views = views + $1 where is_public"
    )
  }
}
