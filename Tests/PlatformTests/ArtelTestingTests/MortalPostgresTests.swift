import ArtelPostgres
import Foundation
import Testing

@testable import ArtelTesting

@Suite("Servers and disks that fail when told", .serialized)
struct MortalPostgresTests {
  // Fails when the dead are not reaped: seen the next start refuse the socket's lock file.
  @Test(arguments: MortalPostgres.Death.allCases)
  func `it dies, refuses, and comes back with what was acknowledged`(
    _ death: MortalPostgres.Death
  ) async throws {
    let postgres = try await MortalPostgres.start()
    let db = TestCluster.open(postgres.configuration)
    _ = try await db.write("create table notes as select 'kept'::text as text")

    try await postgres.die(death)
    // The loss of the resting connection may be noticed only when something is sent on it.
    let refusal = await #expect(throws: PostgresError.self) {
      try await db.write("select 1", repeating: .retryable)
    }
    try await postgres.revive()

    #expect(refusal?.code == .connectionUnavailable)
    let rows = try await db.write("select text from notes")
    #expect(try rows[0].decode(String.self, at: 0) == "kept")
    await db.close()
  }

  // Fails when nothing is written: seen the next page fit.
  @Test(.enabled(if: SmallDisk.refusal == nil, "a small disk can be mounted"))
  func `a small disk is full and then empty again`() throws {
    let disk = try SmallDisk(mebibytes: 1)

    try disk.fill()
    #expect(throws: FaultError.self) { try SmallDisk.probe(disk.path) }
    disk.empty()

    try SmallDisk.probe(disk.path)
  }
}

extension SmallDisk {
  /// Writes a page to a new file of a disk.
  fileprivate static func probe(_ path: String) throws {
    let page = String(repeating: "x", count: 4_096)
    do {
      try page.write(toFile: path + "/probe", atomically: false, encoding: .utf8)
    } catch {
      throw FaultError("\(error)")
    }
  }
}
