public import ArtelPostgres
public import Foundation

/// A table as operators see it.
public struct TableSize: Hashable, Sendable {
  /// The schema it is in, such as `public`.
  public let schema: String
  /// Its name.
  public let name: String
  /// About how many rows it has, as of the last analysis.
  public let rows: Int
  /// Its size on disk with indexes, in bytes.
  public let sizeBytes: Int
  /// The part of that which indexes take, in bytes.
  public let indexBytes: Int
  /// Rows that wait to be cleared away.
  public let deadRows: Int
  /// When it was cleared last; nil when it never was.
  public let vacuumedAt: Date?
}

/// What the planner knows of a column.
public struct ColumnStatistics: Hashable, Sendable {
  /// Its name.
  public let name: String
  /// Its type in SQL.
  public let type: String
  /// What it holds.
  public let comment: String?
  /// The share of rows without a value, 0 to 1; nil before the first analysis.
  public let nullShare: Double?
  /// About how many different values it has; nil before the first analysis.
  public let distinct: Double?
  /// The size of a value on average, in bytes; nil before the first analysis.
  public let averageBytes: Int?
  /// Whether its values are not shown to anybody.
  public let isSecret: Bool
}

/// Some rows of a table as text.
public struct TableRows: Hashable, Sendable {
  /// The names of the columns; what is joined has a dot, such as `author.username`.
  public let columns: [String]
  /// The values, cut to 200 characters; nil for no value.
  public let rows: [[String?]]
}

/// A context's database as operators look at it: sizes, statistics, rows, costs of statements.
///
/// Reads only. Secrets are not read: binary columns, and those whose names say that they hold one.
public struct DatabaseInspection: Sendable {
  /// The context.
  public let context: String
  private let db: Database

  /// Looks into the database of a context.
  public init(_ context: String, in db: Database) {
    self.context = context
    self.db = db
  }

  /// All tables, the largest first; one statement.
  public func tables() async throws -> [TableSize] {
    let rows = try await db.read(
      """
      select n.nspname::text, c.relname::text, greatest(c.reltuples, 0)::bigint,
        pg_total_relation_size(c.oid), pg_indexes_size(c.oid), coalesce(s.n_dead_tup, 0),
        greatest(s.last_vacuum, s.last_autovacuum)
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
        left join pg_stat_user_tables s on s.relid = c.oid
      where c.relkind = 'r' and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
      order by 4 desc, 1, 2
      """
    )
    return try rows.map { row in
      TableSize(
        schema: try row.decode(at: 0),
        name: try row.decode(at: 1),
        rows: try row.decode(at: 2),
        sizeBytes: try row.decode(at: 3),
        indexBytes: try row.decode(at: 4),
        deadRows: try row.decode(at: 5),
        vacuumedAt: try row.decode(at: 6)
      )
    }
  }

  /// The columns of a table in their order; empty when there is no such table.
  public func columns(of table: String, in schema: String) async throws -> [ColumnStatistics] {
    let rows = try await db.read(
      """
      select a.attname::text, format_type(a.atttypid, a.atttypmod),
        col_description(c.oid, a.attnum), s.null_frac::float8,
        case when s.n_distinct < 0 then -s.n_distinct * greatest(c.reltuples, 0)
          else s.n_distinct end::float8,
        s.avg_width
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        left join pg_stats s on s.schemaname = n.nspname and s.tablename = c.relname
          and s.attname = a.attname and not s.inherited
      where n.nspname = \(schema) and c.relname = \(table) and c.relkind = 'r'
        and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
      order by a.attnum
      """
    )
    return try rows.map { row in
      let name: String = try row.decode(at: 0)
      let type: String = try row.decode(at: 1)
      return ColumnStatistics(
        name: name,
        type: type,
        comment: try row.decode(at: 2),
        nullShare: try row.decode(at: 3),
        distinct: try row.decode(at: 4),
        averageBytes: try row.decode(Int32?.self, at: 5).map(Int.init),
        isSecret: DatabaseInspection.isSecret(name, type)
      )
    }
  }

  /// Binary values are digests, keys and salts here; stored answers and jobs may hold anything.
  static func isSecret(_ name: String, _ type: String) -> Bool {
    let words = name.split(separator: "_")
    return type.hasPrefix("bytea")
      || words.contains { ["hash", "secret", "token", "password", "payload", "body"].contains($0) }
  }

  /// How many rows a table has, counted up to `limit`.
  public func count(
    of table: String,
    in schema: String,
    upTo limit: Int = 1_000_000
  ) async throws -> Int {
    try await db.read(
      """
      select count(*) from (
        select from \(identifier: schema).\(identifier: table) limit \(limit)
      ) as counted
      """
    )[0].decode(at: 0)
  }

  /// The newest rows of a table by its primary key, with the username behind each id of a member.
  ///
  /// `columns` are those of ``columns(of:in:)``; secret ones are left out. Cost: two statements.
  public func rows(
    of table: String,
    in schema: String,
    _ columns: [ColumnStatistics],
    limit: Int = 50
  ) async throws -> TableRows {
    let (key, members) = try await references(of: table, in: schema)
    var names: [String] = []
    var values: [SQL] = []
    var joins: SQL = ""
    for column in columns where !column.isSecret {
      names.append(column.name)
      values.append("left(shown.\(identifier: column.name)::text, 200)")
      guard members.contains(column.name) else { continue }
      let role = "member \(column.name)"
      names.append("\(column.name).username")
      values.append("\(identifier: role).username::text")
      joins.append(
        """
         left join public.members as \(identifier: role)
          on \(identifier: role).id = shown.\(identifier: column.name)
        """
      )
    }
    guard !names.isEmpty else { return TableRows(columns: [], rows: []) }
    let order = SQL.joined(key.map { "shown.\(identifier: $0) desc" })
    let ordering: SQL = key.isEmpty ? "" : "order by \(order)"
    let rows = try await db.read(
      """
      select \(SQL.joined(values)) from \(identifier: schema).\(identifier: table) as shown\(joins)
      \(ordering) limit \(limit)
      """
    )
    return TableRows(
      columns: names,
      rows: try rows.map { row in
        try names.indices.map { try row.decode(String?.self, at: $0) }
      }
    )
  }

  /// The columns of the primary key, and those that name a row of `members`.
  private func references(
    of table: String,
    in schema: String
  ) async throws -> (key: [String], members: Set<String>) {
    let rows = try await db.read(
      """
      select k.contype = 'p', a.attname::text
      from pg_constraint k
        join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
        cross join lateral unnest(k.conkey) with ordinality as part (number, place)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = part.number
        left join pg_class target on target.oid = k.confrelid
        left join pg_namespace home on home.oid = target.relnamespace
      where n.nspname = \(schema) and c.relname = \(table)
        and (k.contype = 'p' or (k.contype = 'f' and target.relname = 'members'
          and home.nspname = 'public' and cardinality(k.conkey) = 1))
      order by part.place
      """
    )
    var key: [String] = []
    var members: Set<String> = []
    for row in rows {
      let name: String = try row.decode(at: 1)
      if try row.decode(Bool.self, at: 0) { key.append(name) } else { members.insert(name) }
    }
    return (key, members)
  }

  /// The statements that took most in sum, as PostgreSQL counted them since its statistics were
  /// reset; nil when it does not count.
  public func statements(limit: Int = 20) async throws -> [StatementCost]? {
    do {
      let rows = try await db.read(
        """
        select query, calls, total_exec_time, max_exec_time from pg_stat_statements
        where dbid = (select oid from pg_database where datname = current_database())
        order by total_exec_time desc limit \(limit)
        """
      )
      return try rows.map { row in
        StatementCost(
          context: context,
          text: try row.decode(at: 0),
          calls: try row.decode(at: 1),
          totalMilliseconds: try row.decode(at: 2),
          longestMilliseconds: try row.decode(at: 3)
        )
      }
    } catch let error as PostgresError where error.code == .server && error.blame == .server {
      // The extension is not there, or not loaded: 42P01, 55000.
      return nil
    }
  }
}
