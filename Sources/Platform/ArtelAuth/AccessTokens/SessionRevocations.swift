public import ArtelConcurrency
public import ArtelIdentifiers
public import FoundationEssentials
import Synchronization

/// The sessions that were revoked while access tokens of theirs were still about.
///
/// A session is forgotten when its last token has expired; from then on the tokens refuse
/// themselves. Fed by the node's own sign-outs and by the events of others. Safe from any thread.
public final class SessionRevocations: Sendable {
  private let retention: TimeInterval
  private let clock: WallClock
  private let count = Atomic<Int>(0)
  private let state = Mutex(Entries())

  /// Makes an empty list.
  ///
  /// - Parameters:
  ///   - tokenLifetime: How long an access token lives; entries are kept 2 minutes longer.
  ///   - clock: The node's clock.
  public init(tokenLifetime: Duration, clock: WallClock) {
    retention = TimeInterval(tokenLifetime.components.seconds) + 2 * AccessTokens.clockSkew
    self.clock = clock
  }

  /// Refuses the session's tokens from now on; doing it again changes nothing.
  ///
  /// - Parameters:
  ///   - session: The session.
  ///   - revokedAt: When the session was revoked; default now.
  public func revoke(_ session: Identifier<AccountsSession>, at revokedAt: Date? = nil) {
    let now = clock.now()
    let forgetAt = (revokedAt ?? now) + retention
    guard forgetAt > now else { return }
    state.withLock { entries in
      entries.insert(session, until: forgetAt, now: now)
      count.store(entries.count, ordering: .releasing)
    }
  }

  /// Whether the session was revoked within the life of its tokens.
  public func isRevoked(_ session: Identifier<AccountsSession>) -> Bool {
    // Most of the time nobody has signed out in the last minutes, and no lock is needed to know.
    guard count.load(ordering: .acquiring) > 0 else { return false }
    return state.withLock { $0.contains(session) }
  }

  /// How many sessions are remembered.
  public var rememberedCount: Int {
    count.load(ordering: .acquiring)
  }
}

/// Revoked sessions and when to forget each.
private struct Entries {
  private var forgetAt: [Identifier<AccountsSession>: Date] = [:]
  private var sweepAt = 64

  var count: Int { forgetAt.count }

  func contains(_ session: Identifier<AccountsSession>) -> Bool {
    forgetAt[session] != nil
  }

  mutating func insert(_ session: Identifier<AccountsSession>, until date: Date, now: Date) {
    forgetAt[session] = date
    guard forgetAt.count >= sweepAt else { return }
    forgetAt = forgetAt.filter { $0.value > now }
    // Twice what is left: a sweep then costs a constant time for each insertion.
    sweepAt = max(64, forgetAt.count * 2)
  }
}
