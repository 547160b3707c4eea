import AccountsContract
import ArtelCache
public import ArtelEvents
import ArtelIdentifiers

/// Accounts as Gallery asks it: a card is remembered for an hour, or until it changes.
struct MemberCards: AccountsClient {
  /// Seed 3's `user:ID`.
  static let namespace = CacheNamespace<MemberID, MemberCard>("user", lifetime: .seconds(3600)) {
    $0.username.utf8.count + $0.displayName.utf8.count
  }

  let accounts: any AccountsClient
  let cache: Cache

  /// One question to Accounts for all cards that are not remembered.
  func members(_ ids: [MemberID]) async throws -> [MemberID: MemberCard] {
    try await cache.values(of: ids, in: Self.namespace) { [accounts] missing in
      try await accounts.members(missing)
    }
  }

  func forget(_ id: MemberID) {
    cache.invalidate(Self.namespace.key(id))
  }

  func forgetAll() {
    cache.invalidate(Self.namespace)
  }
}

extension Gallery {
  /// Forgets, on this node, the cards of members that change or depart, until the task is cancelled.
  ///
  /// Every node follows the log of Accounts by itself; a node that cannot is right again within the
  /// hour that a card is remembered.
  public func followMembers(in log: EventLog) async {
    let names = [MemberChanged.name, MemberDeparted.name]
    await log.follow(names, logger: logger) {
      accounts.forgetAll()
    } _: { entry in
      // The aggregate of both is the member.
      if let id = MemberID(entry.aggregate) { accounts.forget(id) }
    }
  }
}
