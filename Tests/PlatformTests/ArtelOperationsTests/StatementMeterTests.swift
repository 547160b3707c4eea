import ArtelOperations
import ArtelPostgres
import ArtelTelemetry
import ArtelTesting
import Testing

@Suite("Metrics of statements")
struct StatementMeterTests {
  private let telemetry = Telemetry()

  private func metrics() async -> [String: Double] {
    let page = String(decoding: await telemetry.metrics.exposition(), as: UTF8.self)
    return Dictionary(
      uniqueKeysWithValues: page.split(separator: "\n").filter { !$0.hasPrefix("#") }
        .compactMap { line in
          let split = line.lastIndex(of: " ") ?? line.startIndex
          return (String(line[..<split]), Double(line[split...].dropFirst()) ?? -1)
        }
    )
  }

  @Test func `count what runs, by context and lane`() async throws {
    let original = try await TestDatabase.empty()
    let meter = StatementMeter(context: "gallery", telemetry: telemetry)
    let db = TestCluster.open(original.configuration) { meter.observe($0) }
    DatabaseMetrics().register(["gallery": db], in: telemetry.metrics)

    _ = try await db.read("select generate_series(1, 3)")
    _ = try await db.write("create table notes (id int constraint notes_pkey primary key)")
    _ = try await db.write("insert into notes values (1), (2)")
    _ = try? await db.write("insert into notes values (1)")
    _ = try? await db.read("select nonsense")

    let found = await metrics()
    let shared = "{context=\"gallery\",lane=\"shared\"}"
    let lease = "{context=\"gallery\",lane=\"lease\"}"
    #expect(found["artel_db_statement_seconds_count\(shared)"] == 2)
    #expect(found["artel_db_statement_seconds_count\(lease)"] == 3)
    #expect(found["artel_db_statement_wait_seconds_count\(lease)"] == 3)
    #expect(found["artel_db_rows_total\(shared)"] == 3)
    #expect(found["artel_db_rows_total\(lease)"] == 2)
    #expect(found["artel_db_result_bytes_total\(shared)"] ?? 0 > 0)
    #expect(found["artel_db_errors_total{context=\"gallery\",blame=\"caller\"}"] == 1)
    #expect(found["artel_db_errors_total{context=\"gallery\",blame=\"server\"}"] == 1)
    #expect(found["artel_db_leases{context=\"gallery\",state=\"resting\"}"] == 1)
    #expect(found["artel_db_leases{context=\"gallery\",state=\"used\"}"] == 0)
    #expect(found["artel_db_shared_connections{context=\"gallery\"}"] ?? 0 >= 1)
    #expect(found["artel_db_connections_opened_total{context=\"gallery\"}"] ?? 0 >= 2)
    #expect(found["artel_db_connections_lost_total{context=\"gallery\"}"] == 0)
    await db.close()
  }

  @Test func `count connections that were lost`() async throws {
    let original = try await TestDatabase.empty()
    let db = TestCluster.open(original.configuration)
    DatabaseMetrics().register(["gallery": db], in: telemetry.metrics)
    let pid = try await db.write("select pg_backend_pid()")[0].decode(Int32.self, at: 0)

    _ = try? await db.read("select pg_terminate_backend(\(pid))")

    try await eventually("the loss was noticed") { db.activity.lost == 1 }
    let found = await metrics()
    #expect(found["artel_db_connections_lost_total{context=\"gallery\"}"] == 1)
    await db.close()
  }
}
