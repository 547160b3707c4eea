public import ArtelPostgres

extension Query {
  /// Returns `count` rows behind a cursor, and the cursor of the next ones.
  ///
  /// Sorts by the query's order and then by the primary key, so that no two rows tie. With an index
  /// on those columns the cost does not grow with the depth of the page. One row more than asked is
  /// read to know whether there is a next page. `count` is at least 1 and part of the statement's
  /// text, so give few different ones. Without a cursor, returns the first page.
  ///
  /// - Throws: ``InvalidPageCursor`` when the cursor is another list's;
  ///   ``ArtelPostgres/PostgresError/Code/misuse`` when the order mixes directions or has nullable
  ///   columns.
  public func page(
    of count: Int,
    after cursor: PageCursor? = nil,
    in reader: some StatementReader
  ) async throws -> Page<Row> {
    let count = max(1, count)
    let paged = try paged(by: count, after: cursor)
    let result = try await reader.read(paged.sql)
    return Page(
      items: Array(try result.rows(of: Row.self).prefix(count)),
      next: try paged.parts.cursor(behind: count, of: result, in: Row.table)
    )
  }

  /// The statement that ``page(of:after:in:)`` sends.
  ///
  /// - Throws: As ``page(of:after:in:)``.
  public func sql(pageOf count: Int, after cursor: PageCursor? = nil) throws -> SQL {
    try paged(by: max(1, count), after: cursor).sql
  }

  /// The condition that holds for the rows of one part of a descending list that lie behind a cursor, and
  /// for all of them without one; for statements that only SQL can say.
  ///
  /// The rows of the part are those where `expression` is `value`; the condition also holds where it is
  /// less, and an index that begins with the expression bounds it: `(day, score, id) < ($1, $2, $3)`. It
  /// names the columns as they are, without their table.
  ///
  /// - Throws: As ``page(of:after:in:)``.
  public func sql(
    behind cursor: PageCursor?,
    where expression: SQL,
    is value: SQL
  ) throws -> SQL {
    guard let cursor else { return "\(expression) <= \(value)" }
    let keyset = try parts.keyset(in: Row.table)
    return try cursor.clause(in: Row.table, by: keyset, behind: (expression, value)).sql
  }

  func paged(by count: Int, after cursor: PageCursor?) throws -> Query {
    var paged = self
    paged.parts.orderings = try parts.keyset(in: Row.table)
    paged.parts.limit = count + 1
    if let cursor {
      paged.parts.narrow(to: try cursor.clause(in: Row.table, by: paged.parts.orderings))
    }
    return paged
  }
}

extension QueryParts {
  /// The order with the primary key behind it, checked to be one that a row comparison can follow.
  fileprivate func keyset(in table: Table) throws -> [OrderingTerm] {
    let isDescending = orderings.first?.isDescending ?? false
    var keyset = orderings
    for column in table.key where !keyset.contains(where: { $0.column.name == column.name }) {
      keyset.append(OrderingTerm(column: column, isDescending: isDescending))
    }
    guard !table.key.isEmpty else {
      throw PostgresError.misuse("\(table.name) has no primary key to page by")
    }
    guard keyset.allSatisfy({ $0.isDescending == isDescending && !$0.column.isNullable }) else {
      throw PostgresError.misuse("pages need one direction and columns that are never null")
    }
    return keyset
  }

  func cursor(behind count: Int, of result: ResultRows, in table: Table) throws -> PageCursor? {
    guard result.count > count else { return nil }
    return try PageCursor(behind: result[count - 1], of: table, by: orderings)
  }
}
