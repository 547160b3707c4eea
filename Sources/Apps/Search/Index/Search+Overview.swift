public import ArtelPostgres
public import FoundationEssentials

/// What operators see of the index.
extension Search {
  /// One of the two places for the index.
  public struct GenerationSummary: Encodable, Hashable, Sendable {
    /// 0 or 1: the partition that holds it.
    public let number: Int
    /// `serving`, `building` while it is filled, or `idle`.
    public let state: String
    /// When the state began.
    public let since: Date
    /// When all that the apps offer was in it; nil before that.
    public let filledAt: Date?
    /// How many documents came into it; those that went later count until it is emptied.
    public let documents: Int
    /// Into how many eras they are divided.
    public let eras: Int
    /// How many of them came into the fullest era; a search of a common word reads one era at least.
    public let fullestEra: Int
  }

  /// How many things of one kind can be found.
  public struct DocumentCount: Encodable, Hashable, Sendable {
    /// The app that shows them.
    public let app: String
    /// What they are in that app.
    public let kind: String
    /// How many there are, counted now.
    public let documents: Int
  }

  /// What the index holds and how far a filling is.
  public struct Overview: Encodable, Sendable {
    /// Both generations, first the one that serves.
    public let generations: [GenerationSummary]
    /// Whether a process fills one now; without one, what is `building` was given up.
    public let isBeingFilled: Bool
    /// What can be found, by app and kind.
    public let documents: [DocumentCount]
  }

  /// Looks at the index in its migrated database, beside servers or without one.
  ///
  /// Cost: three statements in one transaction, of which one reads every document that serves. A
  /// generation that served until now cannot be emptied meanwhile.
  public static func overview(in db: Database) async throws -> Overview {
    try await db.transaction(isolation: .repeatableRead, access: .readOnly) { tx async throws in
      let summaries = try await Search.generations(through: tx)
      let lock = try await tx.read(SearchIndex.isLockedForFilling)
      return Overview(
        generations: summaries,
        isBeingFilled: try lock[0].decode(Bool.self, at: 0),
        documents: try await Search.documents(of: summaries, in: tx)
      )
    }
  }

  /// Both generations, first the one that serves.
  ///
  /// Cost: one statement that reads a row for each era, and no document.
  public static func generations(in db: Database) async throws -> [GenerationSummary] {
    try await generations(through: db)
  }

  private static func generations(
    through reader: some StatementReader
  ) async throws -> [GenerationSummary] {
    let rows = try await reader.read(
      """
      select g.number, g.state, g.changed_at, g.filled_at, count(e.number),
        coalesce(sum(e.documents_count), 0), coalesce(max(e.documents_count), 0)
      from search.generations g left join search.eras e on e.generation = g.number
      group by g.number
      order by g.state = 'serving' desc, g.number
      """
    )
    return try rows.map { row in
      GenerationSummary(
        number: try row.decode(Int.self, at: 0),
        state: try row.decode(String.self, at: 1),
        since: try row.decode(Date.self, at: 2),
        filledAt: try row.decode(Date?.self, at: 3),
        documents: try row.decode(Int.self, at: 5),
        eras: try row.decode(Int.self, at: 4),
        fullestEra: try row.decode(Int.self, at: 6)
      )
    }
  }

  private static func documents(
    of generations: [GenerationSummary],
    in tx: Transaction
  ) async throws -> [DocumentCount] {
    guard let number = generations.first(where: { $0.state == "serving" })?.number else {
      return []
    }
    // Its partition alone: through the whole table the idle one would be held, too.
    let rows = try await tx.read(
      """
      select app, kind, count(*) from search.documents_\(raw: "\(number)")
      group by app, kind order by app, kind
      """
    )
    return try rows.map { row in
      DocumentCount(
        app: try row.decode(String.self, at: 0),
        kind: try row.decode(String.self, at: 1),
        documents: try row.decode(Int.self, at: 2)
      )
    }
  }
}
