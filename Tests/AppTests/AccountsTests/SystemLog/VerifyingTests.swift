import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelTesting
import Testing

@testable import Accounts

@Suite("Verifying the system log")
struct VerifyingTests {
  /// Five entries, the first about Ada, on a site of their own.
  private func filled() async throws -> TestAccounts {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    for number in 2...5 {
      try await site.record(by: ada.id, details: ["number": "\(number)"])
    }
    return site
  }

  @Test func `a whole log is whole, whatever the batch`() async throws {
    let site = try await filled()

    for batch in [1, 2, 5, 100] {
      let verdict = try await site.db.database.transaction(isolation: .repeatableRead) { tx in
        var walk = VerifySystemLog(batch: batch)
        return try await walk.run(in: tx)
      }
      #expect(verdict.fault == nil && verdict.entries == 5)
    }
  }

  @Test func `an empty log is whole`() async throws {
    let verdict = try await TestAccounts.make().accounts.verifyLog()

    #expect(verdict.fault == nil && verdict.entries == 0)
  }

  // Fails for each column that digest or commitment leave out.
  @Test(arguments: [
    "done_at = done_at + interval '1 microsecond'", "act = 'easel.broken'", "level = 'error'",
    "actor_id = null", "actor_id = gen_random_uuid()", "subject_id = gen_random_uuid()",
    "commitment = sha256('other')", "digest = sha256('other')",
  ])
  func `a changed entry is named`(change: String) async throws {
    let site = try await filled()

    try await site.db.write(
      SQL(raw: "update system_log_entries set \(change) where position = 3")
    )

    let verdict = try await site.accounts.verifyLog()
    #expect(verdict.fault == .changed && verdict.brokenAt == 3)
    #expect(verdict.entries == 2)
  }

  @Test(arguments: [
    "address = '198.51.100.7'", "address = null", "user_agent = 'other'", "user_agent = null",
    #"details = '{"number": "4"}'"#, #"details = '{"number": "3", "more": "x"}'"#,
    "details = '{}'", "salt = decode(repeat('00', 16), 'hex')",
  ])
  func `changed personal parts are named`(change: String) async throws {
    let site = try await filled()

    try await site.db.write(
      SQL(raw: "update system_log_entries set \(change) where position = 3")
    )

    let verdict = try await site.accounts.verifyLog()
    #expect(verdict.fault == .personalChanged && verdict.brokenAt == 3)
  }

  @Test func `what was moved from one detail to another is found`() async throws {
    let site = try await TestAccounts.make()
    try await site.record(details: ["a": "bc"])

    try await site.db.write(#"update system_log_entries set details = '{"ab": "c"}'"#)

    #expect(try await site.accounts.verifyLog().fault == .personalChanged)
  }

  @Test(arguments: [1, 3])
  func `a missing entry is named`(position: Int) async throws {
    let site = try await filled()

    try await site.db.write("delete from system_log_entries where position = \(position)")

    let verdict = try await site.accounts.verifyLog()
    #expect(verdict.fault == .missing && verdict.brokenAt == position)
  }

  // Fails without comparing with the head.
  @Test func `a log without its end is not whole`() async throws {
    let site = try await filled()

    try await site.db.write("delete from system_log_entries where position >= 4")

    let verdict = try await site.accounts.verifyLog()
    #expect(verdict.fault == .missing && verdict.brokenAt == 4)
  }

  @Test func `entries that changed places are found`() async throws {
    let site = try await filled()

    try await site.db.write("update system_log_entries set position = 9 where position = 3")
    try await site.db.write("update system_log_entries set position = 3 where position = 4")
    try await site.db.write("update system_log_entries set position = 4 where position = 9")

    let verdict = try await site.accounts.verifyLog()
    #expect(verdict.fault == .changed && verdict.brokenAt == 3)
  }

  // Fails without asking whether anybody left.
  @Test func `nobody can hide an entry by erasing it`() async throws {
    let site = try await filled()

    try await site.db.write(
      """
      update system_log_entries set address = null, user_agent = null, details = null, salt = null,
        erased_at = now() where position = 3
      """
    )

    let verdict = try await site.accounts.verifyLog()
    #expect(verdict.fault == .erased && verdict.brokenAt == 3)
  }

  @Test func `a log that was made anew does not hold what was noted`() async throws {
    let site = try await filled()
    let mark = try #require(LogMark(try await site.accounts.verifyLog().end))
    try await site.record()
    #expect(try await site.accounts.verifyLog(since: mark).fault == nil)

    let other = try await filled()

    let verdict = try await other.accounts.verifyLog(since: mark)
    #expect(verdict.fault == .notAsNoted && verdict.brokenAt == 5)
    let shorter = try await TestAccounts.make().accounts.verifyLog(since: mark)
    #expect(shorter.fault == .missing)
  }
}

@Suite("The system log of somebody who left")
struct ErasedLogTests {
  @Test func `holds nothing personal, and the chain is whole`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    try await site.record(by: ada.id, details: ["page": "/secret"])
    try await site.record(by: grace.id, about: ada.id, details: ["reason": "Ada is rude"])
    try await site.record(by: grace.id, details: ["page": "/mine"])
    let before = try await site.log()

    try await site.accounts.removeMember(username: "ada")

    let entries = try await site.log()
    let ofAda = entries.filter { $0.actorID == ada.id || $0.subjectID == ada.id }
    #expect(ofAda.count == 4)
    #expect(ofAda.allSatisfy { $0.address == nil && $0.userAgent == nil })
    #expect(ofAda.dropLast().allSatisfy { $0.details == nil && $0.salt == nil })
    #expect(ofAda.last?.act == "member.departed")
    #expect(entries.first { $0.texts["page"] == "/mine" }?.address == "192.0.2.1")
    #expect(entries.dropLast().map(\.digest) == before.map(\.digest))
    let verdict = try await site.accounts.verifyLog()
    #expect(verdict.fault == nil && verdict.erased == 3)
  }

  // Fails when erasing comes before the record of the departure: the address stays.
  @Test func `what was being recorded while the member left is erased too`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await withThrowingTaskGroup(of: Void.self) { group in
      try await site.db.database.transaction { tx in
        // At once, not with the commit.
        _ = try await tx.write(
          SystemLogEntry.recording(
            .easelPainted,
            by: ada.id,
            about: nil,
            from: SessionOrigin(userAgent: "tests", address: "192.0.2.1"),
            details: [:],
            at: site.clock.now
          )
        )
        group.addTask { try await site.accounts.removeMember(username: "ada") }
        try await eventually("the departure waits for the log") {
          try await site.db.read(
            """
            select count(*)::int from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'
            """
          )[0].decode(Int.self, at: 0) == 1
        }
      }
      try await group.waitForAll()
    }

    #expect(try await site.log().allSatisfy { $0.address == nil })
    #expect(try await site.accounts.verifyLog().fault == nil)
  }
}

@Suite("Pruning the system log")
struct PruningTests {
  @Test func `takes what is too old, and the rest can be verified`() async throws {
    let site = try await TestAccounts.make()
    for _ in 1...5 { try await site.record() }
    site.clock.advance(by: .seconds(401 * 86_400))
    for _ in 1...3 { try await site.record() }

    let count = try await site.accounts.pruneLog(batch: 2)

    #expect(count == 5)
    let entries = try await site.log()
    #expect(entries.map(\.position).prefix(3) == [6, 7, 8])
    #expect(entries.dropFirst(3).map(\.act) == Array(repeating: "log.pruned", count: 3))
    #expect(entries.last?.texts == ["through": "5", "entries": "1"])
    #expect(try await site.accounts.verifyLog().fault == nil)
  }

  @Test func `takes nothing that is young enough`() async throws {
    let site = try await TestAccounts.make()
    try await site.record()
    site.clock.advance(by: .seconds(399 * 86_400))

    #expect(try await site.accounts.pruneLog() == 0)
    #expect(try await site.log().count == 1)
  }

  // Fails without the digest that is kept: the first entry that is left cannot be verified.
  @Test func `does not hide what else is missing at the beginning`() async throws {
    let site = try await TestAccounts.make()
    for _ in 1...3 { try await site.record() }
    site.clock.advance(by: .seconds(401 * 86_400))
    for _ in 1...3 { try await site.record() }
    try await site.accounts.pruneLog()

    try await site.db.write("delete from system_log_entries where position = 4")
    try await site.db.write("update system_log_heads set pruned_position = 4")

    let verdict = try await site.accounts.verifyLog()
    #expect(verdict.fault == .changed && verdict.brokenAt == 5)
  }

  @Test func `two nodes that prune at once take each entry once`() async throws {
    let site = try await TestAccounts.make()
    let other = try await site.another()
    for _ in 1...20 { try await site.record() }
    site.clock.advance(by: .seconds(401 * 86_400))

    async let first = site.accounts.pruneLog(batch: 3)
    async let second = other.accounts.pruneLog(batch: 3)

    #expect(try await first + second == 20)
    #expect(try await site.accounts.verifyLog().fault == nil)
  }
}

@Suite("Looking through the system log")
struct LogReadingTests {
  @Test func `filters by act, noun, member, level and time, newest first`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    _ = try await site.tokens(Cast.ada)
    site.clock.advance(by: .seconds(3600))
    try await site.record(by: grace.id, about: ada.id)
    try await site.accounts.promote(username: "grace")

    func acts(_ change: (inout LogFilter) -> Void) async throws -> [String] {
      var filter = LogFilter()
      change(&filter)
      return try await site.accounts.loggedActs(filter, limit: 50).map(\.act)
    }

    #expect(
      try await acts { $0.member = ada.id } == ["easel.painted", "session.opened", "member.joined"]
    )
    #expect(try await acts { $0.act = "member." }.count == 3)
    #expect(try await acts { $0.act = "member.promoted" } == ["member.promoted"])
    #expect(try await acts { $0.level = .warning } == ["member.promoted"])
    #expect(try await acts { $0.since = site.clock.now }.count == 2)
    #expect(try await acts { $0.until = site.clock.now }.count == 3)
  }

  @Test func `goes on behind a position`() async throws {
    let site = try await TestAccounts.make()
    for _ in 1...5 { try await site.record() }

    let page = try await site.accounts.loggedActs(LogFilter(), before: 4, limit: 2)

    #expect(page.map(\.position) == [3, 2])
  }
}
