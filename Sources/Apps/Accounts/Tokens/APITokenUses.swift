import AccountsContract
import ArtelPostgres
import FoundationEssentials
import Synchronization

/// Notes uses of API tokens in memory and writes them once a minute, many tokens in one statement.
///
/// A token in steady use would otherwise be one row that every request has to write. A killed server
/// forgets at most the uses of its last minute.
final class APITokenUses: Sendable {
  private struct Use {
    var at: Date
    var address: String?
  }

  private let uses = Mutex<[SessionID: Use]>([:])

  /// Notes that the token was used.
  func note(_ token: SessionID, from address: String?, at now: Date) {
    uses.withLock { $0[token] = Use(at: now, address: address) }
  }

  /// Writes what was noted since the last time; puts it back when the database does not take it.
  func write(to db: some StatementWriter) async throws {
    let noted = uses.withLock { uses in
      defer { uses = [:] }
      return uses
    }
    guard !noted.isEmpty else { return }
    let ids = noted.keys.sorted()
    do {
      _ = try await db.write(
        """
        update api_tokens set last_used_at = noted.at, last_address = noted.address
        from unnest(\(ids), \(ids.map { noted[$0]?.at ?? .distantPast }),
          \(NullableArray(ids.map { noted[$0]?.address }))) as noted (id, at, address)
        where api_tokens.id = noted.id
          and (api_tokens.last_used_at is null or api_tokens.last_used_at < noted.at)
        """
      )
    } catch {
      uses.withLock { $0.merge(noted) { young, _ in young } }
      throw error
    }
  }
}
