import AccountsContract
import ArtelJobs
import ArtelTesting
import Testing

@testable import Accounts

@Suite("What joined a departed member to others")
struct TieTests {
  // Fails without a limit in `forgetTies`: seen nothing left. Fails without the job: seen 200 left.
  @Test func `goes by batches when it is much, with no transaction that holds more`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.follow(ada, times: 700)

    try await site.accounts.removeMember(username: "ada")
    #expect(try await site.tieCount() == 3 * 200)
    try await site.drain()

    #expect(try await site.tieCount() == 0)
  }

  // Fails with a job for everybody: seen one.
  @Test func `goes with the departure when it is little`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.follow(ada, times: 3)

    try await site.accounts.removeMember(username: "ada")

    #expect(try await site.tieCount() == 0)
    #expect(
      try await site.db.read("select from jobs.jobs where kind = \(ForgetTies.kind)").isEmpty
    )
  }
}

extension TestAccounts {
  /// Lets so many new members follow, block and mute a member.
  fileprivate func follow(_ member: Member, times count: Int) async throws {
    try await db.write(
      """
      insert into members (id, username, display_name, phone)
      select gen_random_uuid(), 'member' || n, 'Member ' || n, '+7900' || 1000000 + n
      from generate_series(1, \(count)) n
      """
    )
    try await db.write(
      """
      insert into follows (id, follower_id, following_id)
      select gen_random_uuid(), id, \(member.id) from members where id <> \(member.id)
      """
    )
    for table in ["blocks", "mutes"] {
      try await db.write(
        """
        insert into \(identifier: table) (member_id, other_id, created_at)
        select id, \(member.id), now() from members where id <> \(member.id)
        """
      )
    }
  }

  fileprivate func tieCount() async throws -> Int {
    try await db.read(
      """
      select ((select count(*) from follows) + (select count(*) from blocks)
        + (select count(*) from mutes))::int
      """
    )[0].decode(Int.self, at: 0)
  }

  fileprivate func drain() async throws {
    let runner = JobRunner(
      db: db.database,
      handlers: accounts.jobHandlers,
      logger: accounts.logger
    )
    try await runner.drain()
  }
}
