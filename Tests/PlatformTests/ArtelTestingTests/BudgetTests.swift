import ArtelPostgres
import ArtelTesting
import Testing

@Suite("Budgets")
struct BudgetTests {
  @Test func `statements within the budget pass`() async throws {
    let db = try await TestDatabase.empty()

    let rows = try await expectStatements(atMost: 2) {
      try await db.write("select 1")
      return try await db.read("select 2")
    }

    #expect(try rows[0].decode(Int32.self, at: 0) == 2)
  }

  @Test func `one statement for each row is found`() async throws {
    let db = try await TestDatabase.empty()

    try await withKnownIssue {
      try await expectStatements(atMost: 2) {
        for number in 0..<3 { _ = try await db.read("select \(number)") }
      }
    } matching: { issue in
      issue.comments.contains { $0.rawValue.contains("3 statements instead of 1 to 2") }
    }
  }

  @Test func `a budget that measures nothing is found`() async throws {
    await withKnownIssue {
      await expectStatements(atMost: 2) {}
    }
  }

  @Test func `a plan tells its scans, its indexes and its sorts`() async throws {
    let db = try await TestDatabase.empty()
    try await db.write(
      "create table t as select n as id, n % 7 as kind from generate_series(1, 10000) n"
    )
    try await db.write("create index t_id_idx on t (id)")
    try await db.write("analyze t")

    let byIndex = try await QueryPlan(of: "select * from t where id = \(7)", in: db, running: true)
    let byTable = try await QueryPlan(of: "select * from t order by kind", in: db)

    #expect(byIndex.indexes == ["t_id_idx"])
    #expect(byIndex.sequentialScans.isEmpty)
    #expect((1...10).contains(byIndex.pages))
    #expect(byTable.sequentialScans == ["t"])
    #expect(byTable.isSorting)
    #expect(byTable.totalCost > byIndex.totalCost)
  }
}
