public import ArtelCache
public import ArtelEvents
public import ArtelIdentifiers
public import Logging

/// Accounts as the other apps of a node ask it: a card is remembered for an hour, or until it changes.
public struct MemberCards: AccountsClient {
  /// Seed 3's `user:ID`.
  private static let namespace = CacheNamespace<MemberID, MemberCard>(
    "user",
    lifetime: .seconds(3600)
  ) {
    $0.username.utf8.count + $0.displayName.utf8.count + ($0.avatarKey?.utf8.count ?? 0)
  }

  private let accounts: any AccountsClient
  private let cache: Cache

  /// Remembers in `cache` what `accounts` answers.
  public init(accounts: any AccountsClient, cache: Cache) {
    self.accounts = accounts
    self.cache = cache
  }

  /// One question to Accounts for all cards that are not remembered.
  public func members(_ ids: [MemberID]) async throws -> [MemberID: MemberCard] {
    try await cache.values(of: ids, in: Self.namespace) { [accounts] missing in
      try await accounts.members(missing)
    }
  }

  /// Forgets, on this node, the cards of members that change or depart, until the task is cancelled.
  ///
  /// Every node follows the log of Accounts by itself; a node that cannot is right again within the
  /// hour that a card is remembered.
  public func follow(_ log: EventLog, logger: Logger) async {
    await log.follow([MemberChanged.name, MemberDeparted.name], logger: logger) {
      cache.invalidate(Self.namespace)
    } _: { entry in
      // The aggregate of both is the member.
      if let id = MemberID(entry.aggregate) { cache.invalidate(Self.namespace.key(id)) }
    }
  }
}
