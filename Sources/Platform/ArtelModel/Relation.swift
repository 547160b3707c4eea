public import ArtelPostgres

/// How the rows of one table lead to those of another, loaded by one statement for all of them.
///
/// Relations are generated from foreign keys as static properties and given to
/// ``Query/including(_:)``. `Related` tells their form: `Member` for one that must exist, `Member?`
/// for one that may, `[Tag]` for many.
public struct Relation<Row: TableRow, Related: Sendable>: Sendable {
  /// What the related rows must be like; in the terms of their own table.
  @usableFromInline var scope: QueryParts

  /// The statement for these rows; nil when none of them leads anywhere.
  @usableFromInline let statement: @Sendable ([Row], QueryParts) -> SQL?

  /// Decodes the statement's rows and returns what leads from a row to its related ones.
  ///
  /// The function returns nil when a related row that must exist does not.
  @usableFromInline let resolve: @Sendable (ResultRows?) throws -> (Row) -> Related?

  @inlinable
  init(
    scope: QueryParts,
    statement: @escaping @Sendable ([Row], QueryParts) -> SQL?,
    resolve: @escaping @Sendable (ResultRows?) throws -> (Row) -> Related?
  ) {
    self.scope = scope
    self.statement = statement
    self.resolve = resolve
  }

  @inlinable
  func statement(for rows: [Row]) -> SQL? {
    statement(rows, scope)
  }
}

extension Relation where Related: TableRow {
  /// Leads to the one row whose `column` has the value of `key`; it must exist.
  ///
  /// Follows the key beyond the default scope. When the related row was deleted between the two
  /// statements, so was this one: it is left out of the result.
  @inlinable
  public static func toOne<Key: PostgresCodable & Hashable>(
    _ key: @escaping @Sendable (Row) -> Key,
    _ column: Column<Related, Key>
  ) -> Relation {
    Relation(scope: .everything) { rows, scope in
      scope.statement(matching: distinct(rows.map(key)), column)
    } resolve: { result in
      let related = try result.indexed(by: column)
      return { related[key($0)] }
    }
  }
}

extension Relation {
  /// Leads to the one row whose `column` has the value of `key`, if there is one.
  ///
  /// Follows the key beyond the default scope.
  @inlinable
  public static func toOne<Target: TableRow, Key: PostgresCodable & Hashable>(
    _ key: @escaping @Sendable (Row) -> Key?,
    _ column: Column<Target, Key>
  ) -> Relation where Related == Target? {
    Relation(scope: .everything) { rows, scope in
      scope.statement(matching: distinct(rows.compactMap(key)), column)
    } resolve: { result in
      let related = try result.indexed(by: column)
      return { .some(key($0).flatMap { related[$0] }) }
    }
  }

  /// Leads to the one row whose nullable `column` has the value of `key`, if there is one.
  ///
  /// Follows the key beyond the default scope.
  @inlinable
  public static func toOne<Target: TableRow, Key: PostgresCodable & Hashable>(
    _ key: @escaping @Sendable (Row) -> Key,
    _ column: Column<Target, Key?>
  ) -> Relation where Related == Target? {
    Relation(scope: .everything) { rows, scope in
      scope.statement(matching: distinct(rows.map(key)), column)
    } resolve: { result in
      let related = try result.indexed(by: column)
      return { .some(related[key($0)]) }
    }
  }

  /// Leads to all rows in the default scope whose `column` has the value of `key`.
  @inlinable
  public static func toMany<Child: TableRow, Key: PostgresCodable & Hashable>(
    _ key: @escaping @Sendable (Row) -> Key,
    _ column: Column<Child, Key>
  ) -> Relation where Related == [Child] {
    Relation(scope: Child.query.parts) { rows, scope in
      scope.statement(listing: distinct(rows.map(key)), column)
    } resolve: { result in
      let related = try result.grouped(as: Child.self, by: column.name) { row, position in
        try column.read(row, position)
      }
      return { related[key($0)] ?? [] }
    }
  }

  /// Leads to all rows in the default scope whose nullable `column` has the value of `key`.
  @inlinable
  public static func toMany<Child: TableRow, Key: PostgresCodable & Hashable>(
    _ key: @escaping @Sendable (Row) -> Key,
    _ column: Column<Child, Key?>
  ) -> Relation where Related == [Child] {
    Relation(scope: Child.query.parts) { rows, scope in
      scope.statement(listing: distinct(rows.map(key)), column)
    } resolve: { result in
      let related = try result.grouped(as: Child.self, by: column.name) { row, position in
        try column.read(row, position)
      }
      return { related[key($0)] ?? [] }
    }
  }

  /// Leads through a join table: to all rows in the default scope whose `column` is named by
  /// `child` where `parent` has the value of `key`.
  @inlinable
  public static func toMany<Link: TableRow, Child: TableRow, Key, ChildKey>(
    _ key: @escaping @Sendable (Row) -> Key,
    through parent: Column<Link, Key>,
    _ child: Column<Link, ChildKey>,
    _ column: Column<Child, ChildKey>
  ) -> Relation where Related == [Child], Key: PostgresCodable & Hashable {
    Relation(scope: Child.query.parts) { rows, scope in
      scope.statement(listing: distinct(rows.map(key)), through: parent, child, column)
    } resolve: { result in
      let related = try result.linked(to: Child.self, by: Key.self)
      return { related[key($0)] ?? [] }
    }
  }
}

extension Relation {
  /// Leads to what a statement of the app's own says of each row; it must say something of each.
  ///
  /// `statement` is given the keys without repetitions, and `read` makes of each of its rows the key that
  /// it belongs to and what is said of it. A row of which nothing is said was deleted meanwhile and is
  /// left out of the result.
  public static func toOne<Key: PostgresCodable & Hashable>(
    _ key: @escaping @Sendable (Row) -> Key,
    asking statement: @escaping @Sendable ([Key]) -> SQL,
    reading read: @escaping @Sendable (PostgresRow) throws -> (Key, Related)
  ) -> Relation {
    Relation(scope: .everything) { rows, _ in
      statement(distinct(rows.map(key)))
    } resolve: { result in
      let said = Dictionary(try (result?.map(read) ?? []).map { ($0, $1) }) { first, _ in first }
      return { said[key($0)] }
    }
  }
}

extension Relation {
  /// The related rows for which the condition holds.
  public func `where`<Child: TableRow, C: ConditionConvertible>(
    _ condition: (Child.Columns) -> C
  ) -> Relation where Related == [Child], C.Row == Child {
    scoped { $0.where(condition) }
  }

  /// The related rows in this order within each row; without one they come by primary key.
  public func order<Child: TableRow>(
    @OrderingList<Child> by orderings: (Child.Columns) -> [Ordering<Child>]
  ) -> Relation where Related == [Child] {
    scoped { $0.order(by: orderings) }
  }

  /// At most the first `count` related rows of each row, by a lateral join.
  public func limit<Child: TableRow>(_ count: Int) -> Relation where Related == [Child] {
    scoped { $0.limit(count) }
  }

  private func scoped<Child: TableRow>(
    _ change: (Query<Child>) -> Query<Child>
  ) -> Relation where Related == [Child] {
    var relation = self
    relation.scope = change(Query<Child>(parts: scope)).parts
    return relation
  }
}

/// The values without repetitions, in the order of their first appearance.
@inlinable
func distinct<Key: Hashable>(_ keys: [Key]) -> [Key] {
  var seen = Set<Key>(minimumCapacity: keys.count)
  return keys.filter { seen.insert($0).inserted }
}
