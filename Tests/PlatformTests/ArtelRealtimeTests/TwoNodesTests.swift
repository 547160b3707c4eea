import ArtelPostgres
import ArtelTesting
import Foundation
import Synchronization
import Testing

@testable import ArtelRealtime

@Suite(.timeLimit(.minutes(5))) struct TwoNodesTests {
  /// Two nodes of which one is restarted again and again, three publishers whose transactions overlap, and
  /// six clients that come and go at random, at whatever node.
  ///
  /// Fails without the horizon, without holding what arrives live while a client catches up, and without
  /// the order of connecting before catching up.
  @Test(arguments: 0..<3)
  func `nothing is missed and nothing doubled`(seed: UInt64) async throws {
    let test = try await TestLog()
    let nodes = [
      NodePlace(try await TestNode.start(test)), NodePlace(try await TestNode.start(test)),
    ]
    let start = try #require(nodes[0].node.log.position)
    let total = 240
    let published = Flag()

    let told = try await withThrowingTaskGroup(of: [Int].self) { clients in
      for client in 0..<6 {
        clients.addTask {
          let random = SeededGenerator(seed: seed * 100 + UInt64(client))
          var client = Client(nodes: nodes, position: start, random: random)
          return try await client.collect(total)
        }
      }
      async let restarts: Void = Self.restart(nodes[1], until: published, test)
      try await Self.publish(total, on: nodes[0].node.log, test, seed)
      published.store(true)
      try await restarts
      return try await clients.reduce(into: []) { $0.append($1) }
    }

    let order = try await test.db.read(
      "select (payload ->> 'number')::int from realtime.updates order by xid, id"
    ).map { try $0.decode(Int.self, at: 0) }
    #expect(order.count == total)
    for numbers in told { #expect(numbers == order) }
    for place in nodes { try await place.node.stop() }
  }

  /// Publishes numbers in transactions that stay open for a moment, so that they overtake each other.
  private static func publish(
    _ total: Int,
    on log: UpdateLog,
    _ test: TestLog,
    _ seed: UInt64
  ) async throws {
    try await withThrowingTaskGroup { group in
      for publisher in 0..<3 {
        group.addTask {
          var random = SeededGenerator(seed: seed * 100 + 50 + UInt64(publisher))
          for number in stride(from: publisher, to: total, by: 3) {
            let wait = Double.random(in: 0...0.02, using: &random)
            try await test.db.database.transaction { tx in
              try await log.publish(TestLog.update(number), in: tx)
              _ = try await tx.read("select pg_sleep(\(wait))")
            }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  /// Replaces a node by a fresh one again and again; the old one stops, or dies.
  private static func restart(_ place: NodePlace, until end: Flag, _ test: TestLog) async throws {
    while !end.load() {
      let previous = place.exchange(try await TestNode.start(test))
      if Bool.random() { try await previous.stop() } else { await previous.kill() }
    }
  }
}

private final class Flag: Sendable {
  private let value = Atomic(false)

  func load() -> Bool { value.load(ordering: .relaxed) }
  func store(_ value: Bool) { self.value.store(value, ordering: .relaxed) }
}

/// Where a node stands that may be replaced.
private final class NodePlace: Sendable {
  private let current: Mutex<TestNode>

  init(_ node: TestNode) {
    current = Mutex(node)
  }

  var node: TestNode { current.withLock { $0 } }

  func exchange(_ next: TestNode) -> TestNode {
    current.withLock { node in
      defer { node = next }
      return node
    }
  }
}

/// A client that comes and goes.
private struct Client {
  let nodes: [NodePlace]
  var position: String
  var random: SeededGenerator

  private struct Message: Decodable {
    struct Payload: Decodable { var number: Int }
    var type: String
    var position: String
    var payload: Payload?
  }

  mutating func collect(_ total: Int) async throws -> [Int] {
    var numbers: [Int] = []
    while numbers.count < total {
      let port = nodes[Int.random(in: 0..<2, using: &random)].node.port
      let socket = try? await TestSocket.open(
        port: port,
        query: "topics=feed&after=\(position)",
        isStream: Bool.random(using: &random)
      )
      guard let socket else { continue }
      var patience = Int.random(in: 1...40, using: &random)
      for await event in socket.events {
        if case .answered(let status) = event, status != 101, status != 200 { break }
        guard case .text(let text) = event else { continue }
        let message = try JSONDecoder().decode(Message.self, from: Data(text.utf8))
        #expect(message.type != "snapshot")
        position = message.position
        if let number = message.payload?.number { numbers.append(number) }
        patience -= 1
        if patience == 0 || numbers.count >= total { break }
      }
      socket.drop()
    }
    return numbers
  }
}
