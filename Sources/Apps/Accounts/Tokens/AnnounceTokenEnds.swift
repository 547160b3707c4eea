import AccountsContract
import ArtelConcurrency
import ArtelIdentifiers
import ArtelJobs
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

/// Tells members of their API tokens that are about to expire, each once.
struct AnnounceTokenEnds: Job {
  static let kind = "accounts.tokens.announce"
  // The next one comes in an hour.
  static let options = JobOptions {
    $0.priority = .low
    $0.attempts = 1
    $0.keeps = .zero
  }
}

extension Accounts {
  /// Gives notice of the tokens that expire within 7 days, or within the last quarter of their time
  /// when that is shorter; `batch` is how many of them one transaction takes.
  func announceTokenEnds(batch: Int = 100) async throws {
    let now = clock.now()
    var count = batch
    while count == batch {
      count = try await db.transaction { tx in
        let tokens = try await tx.write(APIToken.ending(batch, at: now))
          .map { try APIToken(from: $0, at: 0) }
        for token in tokens { try await announceEnd(of: token, at: now, in: tx) }
        return tokens.count
      }
    }
  }

  private func announceEnd(of token: APIToken, at now: Date, in tx: Transaction) async throws {
    let notice = Notice(
      memberID: token.memberID,
      app: Accounts.context,
      kind: NoticeKind.tokenEnding.name,
      facts: JSONText(["name": .text(token.name), "token": .text(token.id.description)]),
      createdAt: now
    )
    try await give(notice, in: tx)
  }
}

extension APIToken {
  /// The statement that notes the next tokens of which their members are to be told.
  static func ending(_ count: Int, at now: Date) -> SQL {
    """
    update api_tokens set announced_at = \(now) where id = any(array(
      select id from api_tokens
      where expires_at > \(now) and expires_at <= \(now + 7 * 86_400)
        and expires_at - (expires_at - created_at) / 4 <= \(now)
        and revoked_at is null and announced_at is null
      order by expires_at limit \(count) for update skip locked
    ))
    returning \(columns: APIToken.self)
    """
  }
}

extension NoticeKind {
  /// An API token stops working soon.
  static let tokenEnding = NoticeKind("api_token.ending", icon: "key", link: APITokensPage.path)
}
