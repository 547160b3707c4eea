import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelRealtime
import ArtelWeb
import FoundationEssentials

/// Which of two choices is kept where a member has made one before.
private enum Precedence {
  /// The new choice, where there is one; what is not chosen stays.
  case latest
  /// The choice that is stored already.
  case stored
  /// The new choice, also where it is to have none.
  case replacing

  var assignments: SQL {
    switch self {
    case .latest:
      """
      theme = coalesce(excluded.theme, preferences.theme),
      language = coalesce(excluded.language, preferences.language), updated_at = excluded.updated_at
      """
    case .stored:
      """
      theme = coalesce(preferences.theme, excluded.theme),
      language = coalesce(preferences.language, excluded.language)
      """
    case .replacing:
      """
      theme = excluded.theme, language = excluded.language,
      silenced_notices = excluded.silenced_notices, updated_at = excluded.updated_at
      """
    }
  }
}

extension Accounts {
  /// What a member has chosen; nothing of all when no row is stored.
  func preferences(of member: MemberID) async throws -> Preferences {
    let row = try await Preference.where { $0.memberID == member }.first(in: db)
    return row.map(Preferences.init) ?? Preferences()
  }

  /// Stores all that a member has chosen, and tells their open pages.
  ///
  /// - Throws: `Problem` of kind `not_found` when the member has departed.
  @discardableResult
  func choose(_ choice: Preferences, for member: MemberID) async throws -> Preferences {
    try await store(choice, .replacing, for: member)
  }

  /// Stores the theme, the language or both for a member, and tells their open pages; nil leaves
  /// what is stored.
  ///
  /// - Throws: `Problem` of kind `not_found` when the member has departed.
  func choose(theme: Theme?, language: Language?, for member: MemberID) async throws {
    try await store(Preferences(theme: theme, language: language), .latest, for: member)
  }

  /// Takes over what a guest has chosen in this browser, where the member has chosen nothing yet.
  func adopt(_ choice: Preferences, for member: MemberID, in tx: Transaction) async throws {
    guard choice != Preferences() else { return }
    try await write(choice, .stored, for: member, in: tx)
  }

  @discardableResult
  private func store(
    _ choice: Preferences,
    _ precedence: Precedence,
    for member: MemberID
  ) async throws -> Preferences {
    let stored = try await db.transaction { tx in
      guard let stored = try await write(choice, precedence, for: member, in: tx) else {
        throw Problem.notFound
      }
      let update = LiveUpdate(for: .member(member), Preferences.news) { json in
        json.field("theme", stored.theme?.rawValue)
        json.field("language", stored.language?.rawValue)
      }
      try await updates.publish(update, in: tx)
      return stored
    }
    changedMembers.note(member)
    return stored
  }

  /// Returns what is stored then; nil when the member has departed.
  @discardableResult
  private func write(
    _ choice: Preferences,
    _ precedence: Precedence,
    for member: MemberID,
    in tx: Transaction
  ) async throws -> Preferences? {
    // Locked, so that a departure at the same time either comes first or deletes it.
    let rows = try await tx.write(
      """
      insert into preferences (member_id, theme, language, silenced_notices, updated_at)
      select id, \(choice.theme?.rawValue), \(choice.language?.rawValue),
        \(choice.silencedNotices.sorted())::text[], \(clock.now())
      from members where id = \(member) and departed_at is null for key share
      on conflict (member_id) do update set \(precedence.assignments)
      returning theme, language, silenced_notices
      """
    )
    return try rows.first.map { row in
      Preferences(
        theme: try row.decode(String?.self, at: 0).flatMap(Theme.init(rawValue:)),
        language: try row.decode(String?.self, at: 1).flatMap(Language.init(rawValue:)),
        silencedNotices: Set(try row.decode([String].self, at: 2))
      )
    }
  }
}
