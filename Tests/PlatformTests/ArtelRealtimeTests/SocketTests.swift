import ArtelTesting
import ArtelWeb
import Synchronization
import Testing

@testable import ArtelRealtime

@Suite(.timeLimit(.minutes(10))) struct SocketTests {
  @Test(arguments: [false, true])
  func `a client is greeted and told what comes`(_ isStream: Bool) async throws {
    let test = try await TestLog()
    let node = try await TestNode.start(test)
    let socket = try await TestSocket.open(port: node.port, isStream: isStream)
    var events = socket.events.makeAsyncIterator()

    #expect(await events.next() == .answered(isStream ? 200 : 101))
    let hello = try Told(await TestSocket.next(&events))
    try await test.publish(1, on: node.log)
    try await test.publish(2, for: .topic("other"), on: node.log)
    try await test.publish(3, on: node.log)
    let first = try Told(await TestSocket.next(&events))
    let second = try Told(await TestSocket.next(&events))

    #expect(hello.type == "hello")
    #expect(first.kind == "post.created")
    #expect([first.payload?.number, second.payload?.number] == [1, 3])
    socket.drop()
    try await node.stop()
  }

  @Test(arguments: [false, true])
  func `a client that comes back is told exactly what it missed`(_ isStream: Bool) async throws {
    let test = try await TestLog()
    let node = try await TestNode.start(test)
    let before = try await TestSocket.open(port: node.port)
    var events = before.events.makeAsyncIterator()
    _ = try Told(await TestSocket.next(&events))
    try await test.publish(1, on: node.log)
    let position = try #require(try Told(await TestSocket.next(&events)).position)
    before.drop()
    try await test.publish(2...4, on: node.log)

    let after = try await TestSocket.open(
      port: node.port,
      query: "topics=feed&after=\(position)",
      isStream: isStream
    )
    events = after.events.makeAsyncIterator()
    #expect(try Told(await TestSocket.next(&events)).type == "hello")
    try await test.publish(5, on: node.log)
    var numbers: [Int?] = []
    for _ in 2...5 { numbers.append(try Told(await TestSocket.next(&events)).payload?.number) }

    #expect(numbers == [2, 3, 4, 5])
    after.drop()
    try await node.stop()
  }

  @Test func `the header of a reconnecting event source wins over the address`() async throws {
    let test = try await TestLog()
    let node = try await TestNode.start(test)
    let position = try await Self.position(on: node)
    try await test.publish(1...1, on: node.log)

    let socket = try await TestSocket.open(
      port: node.port,
      query: "topics=feed&after=nonsense",
      headers: ["Last-Event-ID: \(position)"],
      isStream: true
    )
    var events = socket.events.makeAsyncIterator()

    #expect(try Told(await TestSocket.next(&events)).type == "hello")
    #expect(try Told(await TestSocket.next(&events)).payload?.number == 1)
    socket.drop()
    try await node.stop()
  }

  @Test(arguments: ["nonsense", "gallery.0.1.1", "other.0.1.1", ""])
  func `a position that says nothing here means to load afresh`(_ position: String) async throws {
    let test = try await TestLog()
    let node = try await TestNode.start(test)
    let socket = try await TestSocket.open(port: node.port, query: "topics=feed&after=\(position)")
    var events = socket.events.makeAsyncIterator()

    #expect(try Told(await TestSocket.next(&events)).type == "snapshot")
    try await test.publish(1, on: node.log)
    #expect(try Told(await TestSocket.next(&events)).payload?.number == 1)
    socket.drop()
    try await node.stop()
  }

  /// Rests on the note of what was removed; otherwise the client is told of 2 alone and never knows.
  @Test func `a client that was away too long is told to load afresh`() async throws {
    let test = try await TestLog()
    let node = try await TestNode.start(test)
    let position = try await Self.position(on: node)
    try await test.publish(1...1, on: node.log)
    try await node.waitUntilRead(test)
    test.clock.advance(by: .seconds(100))
    try await node.log.prune(olderThan: .seconds(50))
    try await test.publish(2...2, on: node.log)
    try await node.waitUntilRead(test)

    let socket = try await TestSocket.open(port: node.port, query: "topics=feed&after=\(position)")
    var events = socket.events.makeAsyncIterator()
    let types = [
      try Told(await TestSocket.next(&events)).type, try Told(await TestSocket.next(&events)).type,
    ]
    try await test.publish(3, on: node.log)

    #expect(types == ["hello", "snapshot"])
    #expect(try Told(await TestSocket.next(&events)).payload?.number == 3)
    socket.drop()
    try await node.stop()
  }

  /// Rests on asking again at delivery; otherwise 1 and 2 are told.
  @Test func `what was hidden since is told neither live nor later`() async throws {
    let test = try await TestLog()
    let node = try await TestNode.start(
      test,
      mayStillBeTold: { updates in
        updates.map { $0.payload.contains("3") }
      }
    )
    let position = try await Self.position(on: node)
    let live = try await TestSocket.open(port: node.port)
    try await node.waitForClients(1)
    try await test.publish(1...3, on: node.log)
    let late = try await TestSocket.open(port: node.port, query: "topics=feed&after=\(position)")

    for socket in [live, late] {
      var events = socket.events.makeAsyncIterator()
      _ = try Told(await TestSocket.next(&events))
      #expect(try Told(await TestSocket.next(&events)).payload?.number == 3)
      socket.drop()
    }
    try await node.stop()
  }

  @Test func `permission is asked once for all sockets`() async throws {
    let test = try await TestLog()
    let asked = Mutex(0)
    let node = try await TestNode.start(
      test,
      mayStillBeTold: { updates in
        asked.withLock { $0 += updates.count }
        return updates.map { _ in true }
      }
    )
    var sockets: [TestSocket] = []
    for _ in 0..<5 { sockets.append(try await TestSocket.open(port: node.port)) }
    try await node.waitForClients(5)
    try await test.publish(1, on: node.log)

    for socket in sockets {
      var events = socket.events.makeAsyncIterator()
      _ = try Told(await TestSocket.next(&events))
      #expect(try Told(await TestSocket.next(&events)).payload?.number == 1)
      socket.drop()
    }
    #expect(asked.withLock { $0 } == 1)
    try await node.stop()
  }

  @Test func `what is for one member is told to no other`() async throws {
    let test = try await TestLog()
    let node = try await TestNode.start(test)
    let ada = try #require(TestNode.members["ada"]).memberID
    let hers = try await TestSocket.open(port: node.port)
    let his = try await TestSocket.open(port: node.port, headers: ["Authorization: Bearer bob"])
    try await node.waitForClients(2)
    try await test.publish(1, for: .member(ada), on: node.log)
    try await test.publish(2, on: node.log)

    var events = hers.events.makeAsyncIterator()
    _ = try Told(await TestSocket.next(&events))
    #expect(try Told(await TestSocket.next(&events)).payload?.number == 1)
    #expect(try Told(await TestSocket.next(&events)).payload?.number == 2)
    events = his.events.makeAsyncIterator()
    _ = try Told(await TestSocket.next(&events))
    #expect(try Told(await TestSocket.next(&events)).payload?.number == 2)
    hers.drop()
    his.drop()
    try await node.stop()
  }

  @Test(
    arguments: [
      ("topics=feed", ["Origin: http://evil.example"], 403),
      ("topics=feed", ["Cookie: artel_session=ada"], 403),
      ("topics=feed", ["Cookie: artel_session=ada", "Origin: http://evil.example"], 403),
      ("topics=feed", ["Cookie: artel_session=ada", "Origin: http://127.0.0.1:PORT"], 101),
      ("topics=feed", [], 101), ("", [], 400), ("", ["Authorization: Bearer ada"], 101),
      ("topics=feed", ["Authorization: Bearer nobody"], 401), ("topics=none", [], 404),
      ("topics=staff", ["Authorization: Bearer ada"], 404),
      ("topics=staff,feed", ["Authorization: Bearer bob"], 101),
      ("topics=feed", ["Sec-WebSocket-Version: 8"], 426),
      ("topics=feed", ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="], 400),
    ] as [(String, [String], Int)]
  )
  func `who may come in`(_ query: String, _ headers: [String], _ status: Int) async throws {
    let test = try await TestLog()
    let node = try await TestNode.start(test)
    let socket = try await TestSocket.open(
      port: node.port,
      query: query,
      headers: headers.map { $0.replacing("PORT", with: "\(node.port)") }
    )
    var events = socket.events.makeAsyncIterator()

    #expect(await events.next() == .answered(status))
    socket.drop()
    try await node.stop()
  }

  /// Rests on the watch over sessions; otherwise the socket stays open.
  @Test func `a session that ends takes its sockets along`() async throws {
    let test = try await TestLog()
    let ended = Atomic(false)
    let node = try await TestNode.start(test, hasEnded: { _ in ended.load(ordering: .relaxed) })
    let socket = try await TestSocket.open(port: node.port)
    try await node.waitForClients(1)

    ended.store(true, ordering: .relaxed)
    let events = await socket.all()

    #expect(try Told(events.dropLast().last).type == "resume")
    #expect(events.last == .closed(code: 1008))
    try await node.stop()
  }

  /// Rests on the watch over their time; otherwise the socket stays open.
  @Test(arguments: [false, true])
  func `a socket that has lived long enough ends and says where to go on`(
    _ isStream: Bool
  ) async throws {
    let test = try await TestLog()
    var settings = RealtimeSettings.quick
    settings.lifetime = .zero
    let node = try await TestNode.start(test, settings: settings)
    let socket = try await TestSocket.open(port: node.port, isStream: isStream)
    var events = socket.events.makeAsyncIterator()

    let hello = try Told(await TestSocket.next(&events))
    let resume = try Told(await TestSocket.next(&events))

    #expect([hello.type, resume.type] == ["hello", "resume"])
    #expect(resume.position?.hasPrefix("gallery.") == true)
    if !isStream { #expect(await TestSocket.next(&events) == .closed(code: 1001)) }
    socket.drop()
    try await node.stop()
  }

  /// Rests on ending those who stand in another epoch; otherwise the socket stays open and its client
  /// goes on from a position that says nothing.
  @Test func `when another PostgreSQL answers, clients come again and load afresh`() async throws {
    let test = try await TestLog()
    let node = try await TestNode.start(test)
    let socket = try await TestSocket.open(port: node.port)
    try await node.waitForClients(1)
    let mark = try #require(node.log.mark)

    node.realtime.switchboard.opened(
      node.log.name,
      at: Position.Mark(epoch: "f00d00000001", point: mark.point)
    )
    let events = await socket.all()
    let resume = try Told(events.dropLast().last)
    let position = try #require(resume.position)
    let again = try await TestSocket.open(port: node.port, query: "topics=feed&after=\(position)")
    var told = again.events.makeAsyncIterator()

    #expect(resume.type == "resume")
    #expect(events.last == .closed(code: 1013))
    #expect(try Told(await TestSocket.next(&told)).type == "snapshot")
    again.drop()
    try await node.stop()
  }

  @Test func `limits for members and for the node`() async throws {
    let test = try await TestLog()
    var settings = RealtimeSettings.quick
    settings.socketsPerOwner = 2
    settings.socketsPerNode = 3
    let node = try await TestNode.start(test, settings: settings)
    var sockets: [TestSocket] = []
    for name in ["ada", "ada", "ada", "bob", "bob"] {
      sockets.append(
        try await TestSocket.open(port: node.port, headers: ["Authorization: Bearer \(name)"])
      )
      var events = sockets[sockets.count - 1].events.makeAsyncIterator()
      let expected = [101, 101, 429, 101, 503][sockets.count - 1]
      #expect(await events.next() == .answered(expected))
    }
    try await node.waitForClients(3)

    for socket in sockets { socket.drop() }
    try await eventually("the places are given back") { node.realtime.socketCount == 0 }
    try await node.stop()
  }

  /// Rests on telling sockets of the stop; otherwise it takes the whole time limit and ends without a word.
  @Test(arguments: [false, true])
  func `a server that stops says where to go on`(_ isStream: Bool) async throws {
    let test = try await TestLog()
    let node = try await TestNode.start(test)
    let socket = try await TestSocket.open(port: node.port, isStream: isStream)
    try await node.waitForClients(1)
    try await test.publish(1, on: node.log)
    var events = socket.events.makeAsyncIterator()
    _ = try Told(await TestSocket.next(&events))
    let update = try Told(await TestSocket.next(&events))

    try await node.stop()
    let resume = try Told(await TestSocket.next(&events))

    #expect(resume.type == "resume")
    #expect(try #require(resume.position) >= (try #require(update.position)))
    if !isStream { #expect(await TestSocket.next(&events) == .closed(code: 1001)) }
    #expect(await TestSocket.next(&events) == nil)
  }

  /// Rests on bounds on what waits; otherwise the client is never dropped.
  @Test(arguments: [false, true])
  func `a slow client is dropped and goes on where it was`(_ isStream: Bool) async throws {
    let test = try await TestLog()
    var settings = RealtimeSettings.quick
    settings.queuedUpdates = 50
    let node = try await TestNode.start(test, settings: settings)
    let slow = try await TestSocket.open(
      port: node.port,
      isStream: isStream,
      receiveBufferBytes: 16_384
    )
    try await node.waitForClients(1)
    try await slow.setReading(false)
    let padding = String(repeating: "x", count: 8000)
    // More than the connection takes without being read.
    let count = 1000
    for first in stride(from: 0, to: count, by: 100) {
      try await test.db.database.transaction { tx in
        for number in first..<first + 100 {
          let update = LiveUpdate(for: .topic("feed"), "post.created") { json in
            json.field("number", number)
            json.field("padding", padding)
          }
          try await node.log.publish(update, in: tx)
        }
      }
    }
    try await node.waitForClients(0)
    try await slow.setReading(true)
    var told: [Int] = []
    var position = ""
    for case .text(let text) in await slow.all() {
      let message = try Told(.text(text))
      if let number = message.payload?.number { told.append(number) }
      position = message.position ?? position
    }
    #expect(told.count < count)

    let again = try await TestSocket.open(port: node.port, query: "topics=feed&after=\(position)")
    var events = again.events.makeAsyncIterator()
    _ = try Told(await TestSocket.next(&events))
    while told.count < count {
      told.append(try #require(try Told(await TestSocket.next(&events)).payload?.number))
    }

    #expect(told == Array(0..<count))
    again.drop()
    try await node.stop()
  }

  @Test(
    arguments: [
      (0x81, Array(#"{"type":"ping"}"#.utf8), true, .text(#"{"type":"pong"}"#)),
      (0x89, [1], true, .pong), (0x88, [3, 0xE8], true, .closed(code: 1000)),
      (0x81, Array("{}".utf8), false, .closed(code: 1002)),
      (0x82, [1], true, .closed(code: 1003)), (0x81, [0xFF], true, .closed(code: 1007)),
      (0x81, Array("hello".utf8), true, .closed(code: 1008)),
      (0x81, .init(repeating: 0x61, count: 65_537), true, .closed(code: 1009)),
      (0x09, [1], true, .closed(code: 1002)),
      (0x89, .init(repeating: 1, count: 126), true, .closed(code: 1002)),
    ] as [(UInt8, [UInt8], Bool, TestSocket.Event)]
  )
  func `what a client sends is answered`(
    _ head: UInt8,
    _ payload: [UInt8],
    _ isMasked: Bool,
    _ answer: TestSocket.Event
  ) async throws {
    let test = try await TestLog()
    let node = try await TestNode.start(test)
    let socket = try await TestSocket.open(port: node.port)
    var events = socket.events.makeAsyncIterator()
    _ = try Told(await TestSocket.next(&events))

    try await socket.send(head: head, payload, isMasked: isMasked)

    #expect(await TestSocket.next(&events) == answer)
    socket.drop()
    try await node.stop()
  }

  @Test func `a client that talks too much is closed`() async throws {
    let test = try await TestLog()
    let node = try await TestNode.start(test)
    let socket = try await TestSocket.open(port: node.port)
    try await node.waitForClients(1)
    for _ in 0..<21 { try await socket.send(#"{"type":"ping"}"#) }

    #expect(await socket.all().last == .closed(code: 1008))
    try await node.stop()
  }

  /// Rests on pings; otherwise a client whose machine has vanished keeps its place for ever.
  @Test func `a client that does not answer is closed, one that does stays`() async throws {
    let test = try await TestLog()
    var settings = RealtimeSettings.quick
    // One that answers has as long for it.
    settings.pingInterval = .seconds(2)
    let node = try await TestNode.start(test, settings: settings)
    let silent = try await TestSocket.open(port: node.port)
    let lively = try await TestSocket.open(port: node.port)
    let answering = Task {
      for await event in lively.events where event == .ping {
        try await lively.send(head: 0x8A, [])
      }
    }

    let events = await silent.all()

    #expect(events.contains(.ping))
    try await node.waitForClients(1)
    answering.cancel()
    lively.drop()
    try await node.stop()
  }

  // Fails for a stream without the watch over hanging up: its place is kept until the second ping.
  @Test(arguments: [false, true])
  func `a client that leaves gives its place back at once`(_ isStream: Bool) async throws {
    let test = try await TestLog()
    var settings = RealtimeSettings.quick
    settings.pingInterval = .seconds(3600)
    let node = try await TestNode.start(test, settings: settings)
    let socket = try await TestSocket.open(port: node.port, isStream: isStream)
    try await node.waitForClients(1)

    socket.drop()

    try await eventually("the place is given back") { node.realtime.socketCount == 0 }
    try await node.stop()
  }

  @Test func `an event stream without news is kept alive`() async throws {
    let test = try await TestLog()
    var settings = RealtimeSettings.quick
    settings.pingInterval = .milliseconds(10)
    let node = try await TestNode.start(test, settings: settings)
    let socket = try await TestSocket.open(port: node.port, isStream: true)

    for await event in socket.events where event == .ping { break }
    socket.drop()
    try await node.stop()
  }

  private static func position(on node: TestNode) async throws -> String {
    let socket = try await TestSocket.open(port: node.port)
    var events = socket.events.makeAsyncIterator()
    let hello = try Told(await TestSocket.next(&events))
    socket.drop()
    try await node.waitForClients(0)
    return try #require(hello.position)
  }
}
