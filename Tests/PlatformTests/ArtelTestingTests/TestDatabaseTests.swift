import ArtelCluster
import ArtelPostgres
import Testing

@testable import ArtelTesting

@Suite("Databases of tests")
struct TestDatabaseTests {
  @Test func `each test has a database of its own`() async throws {
    let first = try await TestDatabase.empty()
    let second = try await TestDatabase.empty()

    try await first.write("create table t ()")

    let rows = try await second.read("select to_regclass('t') is null")
    #expect(try rows[0].decode(Bool.self, at: 0))
  }

  @Test(arguments: 0..<40)
  func `many tests at a time wait for their turn`(_ number: Int) async throws {
    let db = try await TestDatabase.make(context: "gallery")

    let rows = try await db.read("select \(number), count(*) from posts")

    #expect(try rows[0].decode(Int.self, at: 0) == number)
  }

  @Test func `a test that holds one database gets more`() async throws {
    var databases: [TestDatabase] = []
    for _ in 0..<12 {
      databases.append(try await TestDatabase.empty())
    }

    #expect(Set(databases.map(\.name)).count == 12)
  }

  @Test func `a closed database is gone`() async throws {
    let db = try await TestDatabase.empty()
    let other = try await TestDatabase.empty()
    try await db.write("select 1")

    try await db.close()

    let rows = try await other.read("select 1 from pg_database where datname = \(db.name)")
    #expect(rows.isEmpty)
  }

  @Test func `databases of dead processes are told apart`() {
    let own = TestProcess(databaseName: TestProcess.current.databasePrefix + "1_gallery")
    let reused = TestProcess(
      databaseName: "test_\(TestProcess.current.processID)_1_1_gallery"
    )

    #expect(own?.isAlive == true)
    #expect(reused?.isAlive == false)
    #expect(TestProcess(databaseName: "template_gallery_1") == nil)
  }
}
