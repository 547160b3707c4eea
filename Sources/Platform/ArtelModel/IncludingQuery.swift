public import ArtelPostgres

extension Query {
  /// Returns related rows with each row, as a tuple.
  ///
  /// ```swift
  /// for (post, author, tags) in try await query.including(Post.author, Post.tags).all(in: db) {}
  /// ```
  /// Cost: one more statement for each relation, all sent at once, however many rows there are.
  public func including<each Related>(
    _ relations: repeat Relation<Row, each Related>
  ) -> IncludingQuery<Row, repeat each Related> {
    IncludingQuery(query: self, relations: (repeat each relations))
  }
}

/// A query that returns related rows with each row.
public struct IncludingQuery<Row: TableRow, each Related: Sendable>: Sendable {
  let query: Query<Row>
  let relations: (repeat Relation<Row, each Related>)

  /// The first statement that ``all(in:)`` sends.
  public var sql: SQL { query.sql }

  /// Returns all rows.
  public func all(in reader: some StatementReader) async throws -> [(Row, repeat each Related)] {
    try await joined(to: try await query.all(in: reader), in: reader)
  }

  /// Returns the first row, or nil when there is none.
  public func first(in reader: some StatementReader) async throws -> (Row, repeat each Related)? {
    try await joined(to: try await query.limit(1).all(in: reader), in: reader).first
  }

  /// Returns `count` rows behind a cursor; see ``Query/page(of:after:in:)``.
  public func page(
    of count: Int,
    after cursor: PageCursor? = nil,
    in reader: some StatementReader
  ) async throws -> Page<(Row, repeat each Related)> {
    let page = try await query.page(of: count, after: cursor, in: reader)
    return Page(items: try await joined(to: page.items, in: reader), next: page.next)
  }

  private func joined(
    to rows: [Row],
    in reader: some StatementReader
  ) async throws -> [(Row, repeat each Related)] {
    guard !rows.isEmpty else { return [] }
    var statements: [SQL] = []
    var places: [Int?] = []
    for relation in repeat each relations {
      let statement = relation.statement(for: rows)
      places.append(statement == nil ? nil : statements.count)
      if let statement { statements.append(statement) }
    }
    let results = try await reader.readTogether(statements)

    var next = 0
    func resolved<R>(_ relation: Relation<Row, R>) throws -> (Row) -> R? {
      defer { next += 1 }
      return try relation.resolve(places[next].map { results[$0] })
    }
    let leads = (repeat try resolved(each relations))

    var elements: [(Row, repeat each Related)] = []
    elements.reserveCapacity(rows.count)
    for row in rows {
      do throws(Vanished) {
        elements.append((row, repeat try present((each leads)(row))))
      } catch {
        // The related row was deleted between the statements, and this one with it.
        continue
      }
    }
    return elements
  }
}

extension IncludingQuery where Row: KeyedRow {
  /// Returns the row with this key.
  ///
  /// - Throws: ``RowNotFound`` when there is none in the query's scope.
  public func find(
    _ key: Row.Key,
    in reader: some StatementReader
  ) async throws -> (Row, repeat each Related) {
    let row = try await query.find(key, in: reader)
    guard let element = try await joined(to: [row], in: reader).first else {
      throw RowNotFound(table: Row.table.name)
    }
    return element
  }
}

private struct Vanished: Error {}

private func present<Value>(_ value: Value?) throws(Vanished) -> Value {
  guard let value else { throw Vanished() }
  return value
}
