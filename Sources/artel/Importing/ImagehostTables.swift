import ArtelImports
import ArtelPostgres

/// The tables of an image host whose models Sequelize made, and what is asked of them.
///
/// Names are found whatever their case and underscores; columns that are not there read as null. All that
/// is asked comes as text, times as microseconds since 1970.
struct ImagehostTables: Sendable {
  let database: ForeignDatabase

  /// The database has no such tables.
  struct Unknown: Error, CustomStringConvertible {
    let missing: String

    var description: String {
      "this is no database of an image host: there is no table \(missing)"
    }
  }

  /// - Throws: ``Unknown`` without members or posts.
  init(_ database: ForeignDatabase) throws {
    self.database = database
    for name in ["Users", "Posts"] where self.name(of: name) == nil { throw Unknown(missing: name) }
  }

  /// A table as it is called here; nil when there is none.
  func name(of table: String) -> String? {
    database.tables[table] != nil
      ? table : database.tables.keys.sorted().first { Self.plain($0) == Self.plain(table) }
  }

  /// What a column is to be read as.
  private enum Reading {
    case text, time
  }

  private static func plain(_ name: String) -> String {
    name.lowercased().replacing("_", with: "")
  }

  private func column(_ column: String, of table: String) -> (name: String, type: String)? {
    let columns = database.tables[table] ?? [:]
    let found =
      columns[column] != nil
      ? column : columns.keys.sorted().first { Self.plain($0) == Self.plain(column) }
    return found.flatMap { name in columns[name].map { (name, $0) } }
  }

  /// A column as text; `null` when there is none.
  private func text(_ name: String, of table: String) -> String {
    column(name, of: table).map { "one.\(SQL.quoted($0.name))::text" } ?? "null"
  }

  /// A column of a time in microseconds; `null` for what is none, also for infinity.
  private func time(_ name: String, of table: String) -> String {
    guard let column = column(name, of: table), column.type.hasPrefix("timestamp") else {
      return "null"
    }
    let quoted = "one.\(SQL.quoted(column.name))"
    return "case when isfinite(\(quoted)) then "
      + "(extract(epoch from \(quoted)) * 1000000)::numeric(40, 0)::text end"
  }

  /// `select … from "Users" as one`; nil without the table.
  private func select(
    _ columns: [String],
    times: [String],
    more: [String] = [],
    from table: String
  ) -> String? {
    guard let name = name(of: table) else { return nil }
    let all =
      columns.map { text($0, of: name) } + times.map { time($0, of: name) } + more
    return "select \(all.joined(separator: ", ")) from \(SQL.quoted(name)) as one"
  }

  /// How many rows a table has; 0 without it.
  func count(of table: String) async throws -> Int {
    guard let name = name(of: table) else { return 0 }
    let rows = try await database.db.withLease { lease in
      try await lease.read("select count(*) from \(identifier: name)")
    }
    return try rows[0].decode(at: 0)
  }

  /// `id, username, email, password, bio, isVerified, createdAt, updatedAt`, the oldest first.
  var members: String? {
    select(
      ["id", "username", "email", "password", "bio", "isVerified"],
      times: ["createdAt", "updatedAt"],
      from: "Users"
    ).map { "\($0) order by \(order(by: "createdAt", of: "Users")), one.\"id\"" }
  }

  /// `id, profileImage` of those who have one.
  var avatars: String? {
    guard let name = name(of: "Users"), column("profileImage", of: name) != nil else { return nil }
    return select(["id", "profileImage"], times: [], from: "Users").map {
      "\($0) where \(text("profileImage", of: name)) <> '' order by one.\"id\""
    }
  }

  /// `id, followerId, followingId, createdAt`.
  var follows: String? {
    guard let name = name(of: "Follows") else { return nil }
    return "select \(id(of: name, pair: ["followerId", "followingId"])), "
      + "\(text("followerId", of: name)), \(text("followingId", of: name)), "
      + "\(time("createdAt", of: name)) from \(SQL.quoted(name)) as one order by 1"
  }

  /// `id, name`.
  var tags: String? {
    select(["id", "name"], times: [], from: "Tags").map { "\($0) order by one.\"id\"" }
  }

  /// `id, userId, imageUrl, title, description, views, isPublic, createdAt, updatedAt`, and the ids of its
  /// tags with commas between; some posts behind an id.
  func posts(after id: ForeignID?, limit: Int) -> String? {
    let tags = join(["postId"], ["tagId"], of: "Tags").map { join in
      "(select string_agg(link.\(join.other)::text, ',' order by link.\(join.other)::text) "
        + "from \(join.table) as link where link.\(join.one)::text = one.\"id\"::text)"
    }
    let query = select(
      ["id", "userId", "imageUrl", "title", "description", "views", "isPublic"],
      times: ["createdAt", "updatedAt"],
      more: [tags ?? "null"],
      from: "Posts"
    )
    let behind = id.map { " where one.\"id\" > '\($0)'" } ?? ""
    return query.map { "\($0)\(behind) order by one.\"id\" limit \(limit)" }
  }

  /// Whether posts can be read in pages: their ids are UUIDs, which are ordered and need no quoting.
  var hasOrderedPosts: Bool {
    name(of: "Posts").flatMap { column("id", of: $0)?.type } == "uuid"
  }

  /// `id, postId, userId, text, createdAt, updatedAt`.
  var comments: String? {
    select(
      ["id", "postId", "userId", "text"],
      times: ["createdAt", "updatedAt"],
      from: "Comments"
    ).map { "\($0) order by one.\"id\"" }
  }

  /// `id, userId, postId, commentId, type, createdAt, updatedAt`.
  var votes: String? {
    select(
      ["id", "userId", "postId", "commentId", "type"],
      times: ["createdAt", "updatedAt"],
      from: "Votes"
    ).map { "\($0) order by one.\"id\"" }
  }

  /// `id, userId, name, description, isPublic, createdAt, updatedAt`.
  var albums: String? {
    select(
      ["id", "userId", "name", "description", "isPublic"],
      times: ["createdAt", "updatedAt"],
      from: "Albums"
    ).map { "\($0) order by one.\"id\"" }
  }

  /// An id made of both, `albumId, postId`, and whether the album shows the post's picture; in the order in
  /// which the posts came into their albums.
  var albumPosts: String? {
    guard let albums = name(of: "Albums"), let posts = name(of: "Posts"),
      let join = join(["albumId"], ["postId"], of: "Albums")
    else { return nil }
    let cover = column("coverImage", of: albums).map { "album.\(SQL.quoted($0.name))" }
    let shown = ["imageUrl", "thumbnail"].compactMap { column($0, of: posts) }
      .map { "post.\(SQL.quoted($0.name))" }
    let isCover = cover.map { "coalesce(\($0) in (\(shown.joined(separator: ", "))), false)" }
    let since = column("createdAt", of: join.name).map { "link.\(SQL.quoted($0.name)), " } ?? ""
    return """
      select md5(link.\(join.one)::text || ' ' || link.\(join.other)::text)::uuid::text,
        link.\(join.one)::text, link.\(join.other)::text, (\(isCover ?? "false"))::text
      from \(join.table) as link
      left join \(SQL.quoted(albums)) as album on album."id"::text = link.\(join.one)::text
      left join \(SQL.quoted(posts)) as post on post."id"::text = link.\(join.other)::text
      where link.\(join.one) is not null and link.\(join.other) is not null
      order by link.\(join.one)::text, \(since)link.\(join.other)::text
      """
  }

  /// `id, upvotes, downvotes` as they are written with a thing, and how many votes there are; of those
  /// where they differ.
  func counters(of table: String, by key: String) -> String? {
    guard let name = self.name(of: table), let votes = self.name(of: "Votes"),
      let key = column(key, of: votes)?.name, let type = column("type", of: votes)?.name,
      let upvotes = column("upvotes", of: name)?.name
    else { return nil }
    let ups = "coalesce(one.\(SQL.quoted(upvotes)), 0)"
    let downs = column("downvotes", of: name).map { "coalesce(one.\(SQL.quoted($0.name)), 0)" }
    let counted = { (type: String) in "coalesce(counted.\(type), 0)" }
    return """
      select one."id"::text, \(ups)::text, (\(downs ?? counted("downs")))::text,
        \(counted("ups"))::text, \(counted("downs"))::text
      from \(SQL.quoted(name)) as one
      left join (
        select \(SQL.quoted(key))::text as id,
          count(*) filter (where \(SQL.quoted(type))::text = 'upvote') as ups,
          count(*) filter (where \(SQL.quoted(type))::text = 'downvote') as downs
        from \(SQL.quoted(votes)) group by 1
      ) as counted on counted.id = one."id"::text
      where \(ups) <> \(counted("ups")) or \(downs ?? counted("downs")) <> \(counted("downs"))
      order by 1
      """
  }

  private func order(by column: String, of table: String) -> String {
    name(of: table).flatMap { self.column(column, of: $0) }.map {
      "one.\(SQL.quoted($0.name)) nulls last"
    } ?? "1"
  }

  /// The id of a row, or one that is made of what it joins.
  private func id(of table: String, pair: [String]) -> String {
    if column("id", of: table) != nil { return text("id", of: table) }
    let parts = pair.map { text($0, of: table) }.joined(separator: " || ' ' || ")
    return "md5(\(parts))::uuid::text"
  }

  /// The table that joins two others by a column of each, quoted; one that is called like both wins.
  private func join(
    _ one: [String],
    _ other: [String],
    of table: String
  ) -> (name: String, table: String, one: String, other: String)? {
    let known = ["Users", "Posts", "Comments", "Tags", "Albums", "Votes", "Follows"].map(Self.plain)
    let found = database.tables(withColumns: [one, other])
      .filter { !known.contains(Self.plain($0.table)) }
    let named = found.first { Self.plain($0.table).contains(Self.plain(table).dropLast()) }
    return (named ?? found.first).map {
      ($0.table, SQL.quoted($0.table), SQL.quoted($0.columns[0]), SQL.quoted($0.columns[1]))
    }
  }
}
