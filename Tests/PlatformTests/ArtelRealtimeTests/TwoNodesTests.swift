import ArtelPostgres
import ArtelTesting
import Foundation
import Synchronization
import Testing

@testable import ArtelRealtime

@Suite(.timeLimit(.minutes(10))) struct TwoNodesTests {
  /// Two nodes, one of which is stopped and the other killed again and again, three publishers whose
  /// transactions overlap, and six clients that come and go at random, at whatever node.
  ///
  /// Fails without the horizon, without holding what arrives while a client catches up, and when a node that
  /// stops at once forgets where the client said that it stands.
  @Test(arguments: 0..<3)
  func `nothing is missed and nothing doubled`(seed: UInt64) async throws {
    let test = try await TestLog()
    let nodes = Nodes(try await TestNode.start(test), try await NodeProcess.start(test))
    let start = try #require(nodes.first.log.position)
    let total = 240
    let published = Flag()

    let told = try await withThrowingTaskGroup(of: [Int].self) { clients in
      for client in 0..<6 {
        clients.addTask {
          let random = SeededGenerator(seed: seed * 100 + UInt64(client))
          var client = Client(nodes: nodes, position: start, random: random)
          return try await client.collect(until: total)
        }
      }
      async let restarts = Self.restart(nodes, until: published, test)
      try await Self.publish(total, on: test, seed)
      // The last one: whoever has it has all, or has missed some.
      try await test.publish(total, on: test.log())
      published.raise()
      #expect(try await restarts > 1)
      return try await clients.reduce(into: []) { $0.append($1) }
    }

    let order = try await test.db.read(
      "select (payload ->> 'number')::int from realtime.updates order by xid, id"
    ).map { try $0.decode(Int.self, at: 0) }
    #expect(order.count == total + 1)
    for numbers in told { #expect(numbers == order) }
    try await nodes.first.stop()
  }

  /// Publishes numbers in transactions that stay open for a moment, so that they overtake each other.
  private static func publish(_ total: Int, on test: TestLog, _ seed: UInt64) async throws {
    let log = test.log()
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

  /// Replaces the nodes by fresh ones by turns; returns how often.
  private static func restart(
    _ nodes: Nodes,
    until end: Flag,
    _ test: TestLog
  ) async throws -> Int {
    var count = 0
    while !end.isRaised {
      try await nodes.replaceFirst(by: TestNode.start(test)).stop()
      nodes.replaceSecond(by: try await NodeProcess.start(test)).kill()
      count += 2
    }
    return count
  }
}

private final class Flag: Sendable {
  private let value = Atomic(false)

  var isRaised: Bool { value.load(ordering: .relaxed) }
  func raise() { value.store(true, ordering: .relaxed) }
}

/// Where the nodes are now.
private final class Nodes: Sendable {
  private let current: Mutex<(TestNode, NodeProcess)>

  init(_ first: TestNode, _ second: NodeProcess) {
    current = Mutex((first, second))
  }

  var first: TestNode { current.withLock { $0.0 } }

  var ports: [Int] { current.withLock { [$0.0.port, $0.1.port] } }

  func replaceFirst(by next: TestNode) -> TestNode {
    current.withLock { nodes in
      defer { nodes.0 = next }
      return nodes.0
    }
  }

  func replaceSecond(by next: NodeProcess) -> NodeProcess {
    current.withLock { nodes in
      defer { nodes.1 = next }
      return nodes.1
    }
  }
}

/// A client that comes and goes.
private struct Client {
  let nodes: Nodes
  var position: String
  var random: SeededGenerator

  private struct Message: Decodable {
    struct Payload: Decodable { var number: Int }
    var type: String
    var position: String
    var payload: Payload?
  }

  /// What the client is told, up to a last number.
  mutating func collect(until last: Int) async throws -> [Int] {
    var numbers: [Int] = []
    while numbers.last != last {
      try Task.checkCancellation()
      let port = nodes.ports[Int.random(in: 0..<2, using: &random)]
      let socket = try? await TestSocket.open(
        port: port,
        query: "topics=feed&after=\(position)",
        headers: [],
        isStream: Bool.random(using: &random)
      )
      guard let socket else { continue }
      var patience = Int.random(in: 1...40, using: &random)
      events: for await event in socket.events {
        switch event {
        case .answered(101), .answered(200): continue
        case .text(let text):
          let message = try JSONDecoder().decode(Message.self, from: Data(text.utf8))
          #expect(message.type != "snapshot")
          position = message.position
          if let number = message.payload?.number { numbers.append(number) }
          patience -= 1
          if patience == 0 || numbers.last == last { break events }
        // A node that is not ready yet, or full of connections whose end it has not noticed.
        case .answered: break events
        case .ping, .pong, .closed: continue
        }
      }
      socket.drop()
    }
    return numbers
  }
}
