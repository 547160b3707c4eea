import AccountsContract
import ArtelJobs
import ArtelModel
import ArtelPostgres

/// Deletes what joined a departed member to others, where that was more than one transaction should
/// hold.
///
/// Rows say what is left, so another attempt goes on where one was broken off.
struct ForgetTies: Job {
  static let kind = "accounts.departures.forget_ties"

  /// How many rows of one kind one transaction deletes.
  static let batch = 500

  let member: MemberID

  func run(in accounts: Accounts, batch: Int = Self.batch, _ run: JobRun) async throws {
    let total = try await count(in: accounts.db)
    var done = 0
    while try await accounts.db.hasTies(of: member) {
      run.report(done, of: total)
      done += try await accounts.db.transaction { tx in
        try await tx.forgetTies(of: member, batch: batch)
      }
    }
  }

  private func count(in db: Database) async throws -> Int {
    try await Follow.where { $0.followerID == member || $0.followingID == member }.count(in: db)
      + Block.where { $0.memberID == member || $0.otherID == member }.count(in: db)
      + Mute.where { $0.memberID == member || $0.otherID == member }.count(in: db)
  }
}

extension StatementReader {
  /// Whether anything joins a member to others; one statement.
  func hasTies(of member: MemberID) async throws -> Bool {
    try await read(
      """
      select exists (select from follows where follower_id = \(member) or following_id = \(member))
        or exists (select from blocks where member_id = \(member) or other_id = \(member))
        or exists (select from mutes where member_id = \(member) or other_id = \(member))
      """
    )[0].decode(Bool.self, at: 0)
  }
}

extension Transaction {
  /// Deletes some of the follows, blocks and mutes of a member, in both directions; three statements.
  ///
  /// - Returns: How many were deleted, at most three times `batch`.
  func forgetTies(of member: MemberID, batch: Int) async throws -> Int {
    let ties: [(table: SQL, one: SQL, other: SQL)] = [
      ("follows", "follower_id", "following_id"),
      ("blocks", "member_id", "other_id"),
      ("mutes", "member_id", "other_id"),
    ]
    var count = 0
    for tie in ties {
      count += try await write(
        """
        delete from \(tie.table) where ctid = any (array(
          select ctid from \(tie.table)
          where \(tie.one) = \(member) or \(tie.other) = \(member)
          limit \(batch)
        ))
        """
      ).affectedCount
    }
    return count
  }
}
