import ArtelPostgres
import Testing

@testable import ArtelTesting

@Suite("What a faulty proxy does to a connection")
struct FaultyProxyTests {
  /// A database of the test's own, and the same through a proxy.
  private struct Pair {
    let direct: TestDatabase
    let proxy: FaultyProxy
    let proxied: Database
  }

  nonisolated(nonsending) private func withPair(_ body: (Pair) async throws -> Void) async throws {
    let direct = try await TestDatabase.empty()
    let proxy = try FaultyProxy(inFrontOf: direct.configuration)
    var configuration = proxy.configuration(direct.configuration)
    configuration.acquireTimeout = .seconds(30)
    let proxied = TestCluster.open(configuration)
    do {
      try await body(Pair(direct: direct, proxy: proxy, proxied: proxied))
    } catch {
      await proxied.close()
      throw error
    }
    await proxied.close()
  }

  // Fails with a pipe that sends a byte twice.
  @Test func `every byte passes once and in order, however late`() async throws {
    try await withPair { pair async throws in
      pair.proxy.delay(.toServer, by: .milliseconds(20))
      pair.proxy.delay(.toClient, by: .milliseconds(20))
      let text = (0..<200_000).map { String($0, radix: 36) }.joined()

      let rows = try await pair.proxied.write("select \(text)")

      #expect(try rows[0].decode(String.self, at: 0) == text)
    }
  }

  // Fails with a pipe that does not wait: seen 8 ms.
  @Test func `a delay makes an answer late by as much, both ways`() async throws {
    try await withPair { pair async throws in
      _ = try await pair.proxied.write("select 1")
      pair.proxy.delay(.toServer, by: .milliseconds(60))
      pair.proxy.delay(.toClient, by: .milliseconds(60))

      let time = try await ContinuousClock().measure {
        _ = try await pair.proxied.write("select 1")
      }

      #expect(time >= .milliseconds(120))
    }
  }

  // Fails when stalled directions are read: seen the table there before.
  @Test func `a stalled connection is accepted and says nothing until it is mended`() async throws {
    try await withPair { pair async throws in
      pair.proxy.stall()
      let write = Task { try await pair.proxied.write("create table notes ()") }
      try await eventually("the connection is accepted") { pair.proxy.acceptedCount == 1 }
      let before = try await pair.direct.read("select to_regclass('notes') is null")
      pair.proxy.mend()

      _ = try await write.value
      #expect(try before[0].decode(Bool.self, at: 0))
    }
  }

  // Fails when it goes on listening: seen another error.
  @Test func `connections are refused until it is mended`() async throws {
    try await withPair { pair async throws in
      pair.proxy.refuseConnections()

      let error = await #expect(throws: PostgresError.self) {
        try await pair.proxied.write("select 1")
      }
      pair.proxy.mend()

      #expect(error?.code == .connectionUnavailable)
      #expect(error?.description.contains("refused") == true)
      #expect(pair.proxy.acceptedCount == 0)
      #expect(try await pair.proxied.write("select 1").count == 1)
    }
  }

  // Fails without SO_REUSEADDR: the connection that was accepted before keeps the port.
  @Test func `connections come again after a refusal that began in the middle of one`()
    async throws
  {
    try await withPair { pair async throws in
      _ = try await pair.proxied.read("select 1")

      pair.proxy.refuseConnections()
      pair.proxy.mend()
      pair.proxy.dropConnections()

      #expect(try await pair.proxied.read("select 1").count == 1)
    }
  }

  // Fails without the limit: seen all six bytes leave.
  @Test func `a connection is cut after exactly as many bytes`() throws {
    var pipe = ProxyPipe()
    pipe.cutAt = 5
    pipe.receive([1, 2, 3], due: .now)
    pipe.receive([4, 5, 6], due: .now)
    var left: [UInt8] = []

    while let bytes = pipe.ready(at: .now) {
      left += bytes
      pipe.sent(bytes.count)
    }

    #expect(left == [1, 2, 3, 4, 5])
    #expect(pipe.isCut)
  }

  // Fails without the limit: seen the whole answer arrive.
  @Test func `a cut connection ends for both sides`() async throws {
    try await withPair { pair async throws in
      _ = try await pair.proxied.write("select 1")
      pair.proxy.cut(after: 100, .toClient)

      let error = await #expect(throws: PostgresError.self) {
        try await pair.proxied.write("select repeat('x', 1000)")
      }

      #expect(error?.code == .unknownOutcome)
      try await eventually("the connection is gone") { pair.proxy.openCount == 0 }
    }
  }

  // Fails without the end of what came before: seen nil.
  @Test func `a marker that arrives in two pieces is found where it begins`() {
    var pipe = ProxyPipe()
    for piece in ["select ins", "ert into"] {
      pipe.receive(Array(piece.utf8), due: .now)
      if piece == "select ins" { pipe.remember(Array(piece.utf8)) }
    }

    #expect(pipe.place(of: Array("insert".utf8), in: Array("ert into".utf8)) == 7)
    #expect(pipe.place(of: Array("update".utf8), in: Array("ert into".utf8)) == nil)
  }

  // Fails without holding back: seen the table there before.
  @Test func `a connection waits before its marker and goes on when told`() async throws {
    try await withPair { pair async throws in
      let point = pair.proxy.pause(before: "create table notes", .toServer)
      let write = Task { try await pair.proxied.write("create table notes ()") }
      try await point.reached()
      let before = try await pair.direct.read("select to_regclass('notes') is null")
      point.resume()

      _ = try await write.value
      #expect(try before[0].decode(Bool.self, at: 0))
    }
  }

  // Fails with a pipe that sends a byte twice: seen no table.
  @Test func `a connection waits after its marker with the answer kept back`() async throws {
    try await withPair { pair async throws in
      let point = pair.proxy.pause(after: "create table notes", .toServer)
      let write = Task { try await pair.proxied.write("create table notes ()") }
      try await point.reached()
      try await eventually("the table is there") {
        let rows = try await pair.direct.read("select to_regclass('notes') is not null")
        return try rows[0].decode(Bool.self, at: 0)
      }
      point.resume()

      _ = try await write.value
    }
  }
}
