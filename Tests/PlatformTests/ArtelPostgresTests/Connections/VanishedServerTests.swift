import ArtelTesting
import Glibc
import Logging
import Testing

@testable import ArtelPostgres

@Suite("A server that vanishes without a word")
struct VanishedServerTests {
  private func option(_ name: Int32, of connection: Connection) -> Int32 {
    var value: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(connection.socket, Int32(IPPROTO_TCP), name, &value, &size)
    return value
  }

  // Fails without the defaults of Connection.open: seen 7,200 s, the kernel's.
  @Test func `the kernel gives it up after 25 seconds`() async throws {
    try await withProxiedDatabase { db, _, _ async throws in
      let connection = try await db.withLease { $0.connection }

      #expect(option(TCP_KEEPIDLE, of: connection) == 10)
      #expect(option(TCP_KEEPINTVL, of: connection) == 5)
      #expect(option(TCP_KEEPCNT, of: connection) == 3)
      #expect(option(TCP_USER_TIMEOUT, of: connection) == 25_000)
    }
  }

  @Test func `an operator may wait for longer`() async throws {
    let patience: (inout DatabaseConfiguration) -> Void = {
      $0.parameters["keepalives_idle"] = "60"
    }
    try await withProxiedDatabase(patience) { db, _, _ async throws in
      let connection = try await db.withLease { $0.connection }

      #expect(option(TCP_KEEPIDLE, of: connection) == 60)
    }
  }
}
