public import ArtelIdentifiers
public import ArtelPostgres

/// What sort of thing is brought from another system, such as `post`; apps name their own.
///
/// It remembers in `imports.things` of the app's database what was taken, in the transaction that takes it:
/// nothing comes twice, and what was deleted here meanwhile does not come back.
public struct ImportKind: Hashable, Sendable {
  /// The word for it: small letters with underscores.
  public let name: String

  /// Names a kind.
  public init(_ name: String) {
    self.name = name
  }

  /// Keeps other imports out until the transaction ends; call it before asking what is ``known(_:as:in:)``.
  public static func hold(in tx: Transaction) async throws {
    _ = try await tx.read("select pg_advisory_xact_lock(hashtextextended('imports', 0))")
  }

  /// Which of these things were taken before, with their ids here, also those deleted since.
  ///
  /// One statement, none for nothing.
  public func known<Entity>(
    _ sources: [ForeignID],
    as type: Identifier<Entity>.Type = Identifier<Entity>.self,
    in reader: some StatementReader
  ) async throws -> [ForeignID: Identifier<Entity>] {
    guard !sources.isEmpty else { return [:] }
    let rows = try await reader.read(
      """
      select source_id, id from imports.things
      where kind = \(name) and source_id = any(array(select unnest(\(sources))))
      """
    )
    let pairs = try rows.map { row -> (ForeignID, Identifier<Entity>) in
      (try row.decode(at: 0), try row.decode(at: 1))
    }
    return Dictionary(pairs) { first, _ in first }
  }

  /// Notes that things were taken; one statement, none for nothing.
  public func remember<Entity>(
    _ things: [(source: ForeignID, id: Identifier<Entity>)],
    in tx: Transaction
  ) async throws {
    guard !things.isEmpty else { return }
    _ = try await tx.write(
      """
      insert into imports.things (kind, source_id, id)
      select \(name), source_id, id
      from unnest(\(things.map(\.source)), \(things.map(\.id))) as taken (source_id, id)
      on conflict do nothing
      """
    )
  }
}
