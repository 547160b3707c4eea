import AccountsContract
import Synchronization

/// Which members have changed on this node, so that none of their browsers is shown what was before.
///
/// A browser is remembered for some seconds; on another node the change shows when they are over.
final class ChangedMembers: Sendable {
  /// So many are remembered; then every browser is looked up once more, and counting begins anew.
  private static let limit = 10_000

  private struct Rounds {
    var last = 0
    /// Whatever was read before this round may be old.
    var floor = 0
    var changes: [MemberID: Int] = [:]
  }

  private let rounds = Mutex(Rounds())

  /// The number to be taken before a member is read.
  var round: Int { rounds.withLock { $0.last } }

  /// Notes that a member has changed.
  func note(_ member: MemberID) {
    rounds.withLock { rounds in
      rounds.last += 1
      if rounds.changes.count >= Self.limit {
        rounds.floor = rounds.last
        rounds.changes = [:]
      }
      rounds.changes[member] = rounds.last
    }
  }

  /// Whether a member may have changed after a round.
  func hasChanged(_ member: MemberID, since round: Int) -> Bool {
    rounds.withLock { round < $0.floor || round < $0.changes[member] ?? 0 }
  }
}
