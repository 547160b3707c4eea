import AccountsContract
import ArtelModel
import ArtelPostgres
import Foundation

extension Member {
  /// Keeps the newest copy of an account.
  ///
  /// A copy is replaced only by a newer version, and a departed member stays departed: neither a late
  /// event nor a card that was read before brings anybody back.
  static func keep(_ card: MemberCard, in writer: some StatementWriter) async throws {
    try await keep([card], in: writer)
  }

  /// Keeps the newest copies of accounts, each once; one statement.
  static func keep(_ cards: [MemberCard], in writer: some StatementWriter) async throws {
    _ = try await writer.write(
      """
      insert into members (id, username, display_name, avatar_key, version)
      select * from unnest(\(cards.map(\.id)), \(cards.map(\.username))::text[],
        \(cards.map(\.displayName))::text[], \(NullableArray(cards.map(\.avatarKey)))::text[],
        \(cards.map(\.version)))
      on conflict (id) do update
      set username = excluded.username, display_name = excluded.display_name,
        avatar_key = excluded.avatar_key, version = excluded.version
      where members.version < excluded.version and members.departed_at is null
      """
    )
  }

  /// Marks an account as gone, also one that Gallery has never met; ``ForgetMember`` does the rest.
  ///
  /// Waits for posts of the member that are being published, so that those who look afterwards see them.
  static func depart(_ id: MemberID, version: Int, at now: Date, in tx: Transaction) async throws {
    _ = try await tx.write(
      """
      insert into members (id, username, display_name, version, departed_at)
      values (\(id), '', '', \(version), \(now))
      on conflict (id) do update
      set version = greatest(members.version, excluded.version),
        departed_at = coalesce(members.departed_at, excluded.departed_at), avatar_key = null
      """
    )
    // An insert into posts shares its author's row; an update alone would not wait for it.
    _ = try await tx.read("select from members where id = \(id) for update")
  }
}
