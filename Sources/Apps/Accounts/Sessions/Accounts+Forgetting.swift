import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import FoundationEssentials

/// How many rows a round deleted because their time was over.
struct ForgottenSessions: Hashable {
  var tokens = 0
  var sessions = 0
}

extension Accounts {
  /// Deletes the refresh tokens and sessions whose time is over, at most ten statements of each.
  ///
  /// A spent token stays until it would have expired, and with it its session, revoked or not:
  /// until then a second use betrays a thief. Tokens go first, as deleting a session would take
  /// any number of them along; when they are too many for one round, the sessions wait.
  ///
  /// `batch` is the most rows that one statement deletes.
  @discardableResult
  func forgetExpired(batch: Int = 1000) async throws -> ForgottenSessions {
    let limit = clock.now() - Self.clockTolerance
    var forgotten = ForgottenSessions()
    var wasLast = false
    (forgotten.tokens, wasLast) = try await delete(inBatchesOf: batch) { count in
      RefreshToken.deletion(of: count, expiredBefore: limit)
    }
    if wasLast {
      (forgotten.sessions, _) = try await delete(inBatchesOf: batch) { count in
        Session.deletion(of: count, expiredBefore: limit)
      }
    }
    return forgotten
  }

  /// Deletes the API tokens and challenges whose time is over, at most ten statements of each.
  func forgetKeys(batch: Int = 1000) async throws {
    let limit = clock.now() - Self.clockTolerance
    _ = try await delete(inBatchesOf: batch) { APIToken.deletion(of: $0, at: limit) }
    _ = try await delete(inBatchesOf: batch) { count in
      SignInChallenge.deletion(of: count, expiredBefore: limit)
    }
    _ = try await delete(inBatchesOf: batch) { count in
      SpentPasskeyChallenge.deletion(of: count, expiredBefore: limit)
    }
  }

  /// Deletes the notices whose time is over, at most ten statements.
  ///
  /// - Returns: How many there were.
  @discardableResult
  func forgetNotices(batch: Int = 1000) async throws -> Int {
    let limit = clock.now() - Notice.lifetime
    return try await delete(inBatchesOf: batch) { count in
      Notice.deletion(of: count, createdBefore: limit)
    }.count
  }

  /// Returns how many rows were deleted, and whether none is left.
  private func delete(
    inBatchesOf size: Int,
    _ deletion: (Int) -> SQL
  ) async throws -> (count: Int, wasLast: Bool) {
    var total = 0
    for _ in 0..<10 {
      let count = try await db.write(deletion(size)).affectedCount
      total += count
      if count < size { return (total, true) }
    }
    return (total, false)
  }
}

extension RefreshToken {
  /// The statement that deletes the tokens that expired first; rows in use are left to a later one.
  static func deletion(of count: Int, expiredBefore limit: Date) -> SQL {
    """
    delete from refresh_tokens where id = any(array(
      select id from refresh_tokens where expires_at <= \(limit)
      order by expires_at limit \(count) for update skip locked
    ))
    """
  }
}

extension Session {
  /// The statement that deletes the sessions that expired first; rows in use are left to a later
  /// one.
  static func deletion(of count: Int, expiredBefore limit: Date) -> SQL {
    """
    delete from sessions where id = any(array(
      select id from sessions where expires_at <= \(limit)
      order by expires_at limit \(count) for update skip locked
    ))
    """
  }
}
