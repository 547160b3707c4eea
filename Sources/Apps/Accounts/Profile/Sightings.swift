import AccountsContract
import ArtelPostgres
import FoundationEssentials
import Synchronization

/// Notes in memory who was here, and writes it once a second, many members in one statement.
///
/// Requests must not pay for it, and the rows of busy members must not be written all the time: a
/// member is written at most once a minute, whatever they do and on however many nodes. A killed
/// server loses at most the sightings of its last second.
final class Sightings: Sendable {
  /// How long a sighting counts, in seconds: nothing is written in between.
  static let interval: TimeInterval = 60

  private struct Notes {
    /// When each member was noted last; members of the last minute only.
    var noted: [MemberID: Date] = [:]
    var unwritten: [MemberID: Date] = [:]
  }

  private let notes = Mutex(Notes())

  /// Notes that a member is here.
  func note(_ member: MemberID, at now: Date) {
    notes.withLock { notes in
      if let last = notes.noted[member], abs(now.timeIntervalSince(last)) < Self.interval { return }
      notes.noted[member] = now
      notes.unwritten[member] = now
    }
  }

  /// Writes what was noted since the last time; puts it back when the database does not take it.
  ///
  /// Rows that somebody is writing just now are passed over: their members will be here again in a
  /// minute, and nobody has to wait.
  func write(at now: Date, to db: some StatementWriter) async throws {
    let unwritten = notes.withLock { notes in
      notes.noted = notes.noted.filter { now.timeIntervalSince($0.value) < Self.interval }
      defer { notes.unwritten = [:] }
      return notes.unwritten
    }
    guard !unwritten.isEmpty else { return }
    let members = Array(unwritten.keys)
    do {
      _ = try await db.write(
        """
        update members set last_seen_at = seen.at
        from (
          select m.id, s.at
          from unnest(\(members), \(members.map { unwritten[$0] ?? now })) as s (id, at)
          join members m on m.id = s.id
          where m.departed_at is null
            and (m.last_seen_at is null or m.last_seen_at <= s.at - \(Self.interval) * interval '1 s')
          for no key update of m skip locked
        ) as seen
        where members.id = seen.id
        """
      )
    } catch {
      notes.withLock { $0.unwritten.merge(unwritten) { $1 > $0 ? $1 : $0 } }
      throw error
    }
  }
}
