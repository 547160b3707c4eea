import NIOCore
import NIOEmbedded
import Testing

@testable import ArtelWeb

@Suite struct WebSocketTests {
  /// A socket that takes as many messages as one likes to send.
  private static func socket(on channel: NIOAsyncTestingChannel) async throws -> WebSocket {
    var limits = WebSocketLimits()
    limits.queuedMessages = .max
    limits.queuedBytes = .max
    let socket = try await channel.testingEventLoop.executeInContext { [limits] in
      try WebSocket(on: channel, limits: limits) { _, _ in }
    }
    try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
    try await socket.open()
    return socket
  }

  @Test func `no message stays behind that is sent at the moment the last one was written`()
    async throws
  {
    let channel = NIOAsyncTestingChannel()
    let socket = try await Self.socket(on: channel)
    let (senders, messages) = (4, 100_000)
    await withTaskGroup { group in
      for _ in 0..<senders {
        group.addTask { for _ in 0..<messages { socket.send(WebSocketFrames.text("a")) } }
      }
    }
    // Behind whatever the messages asked of the event loop.
    try await channel.testingEventLoop.executeInContext {}
    #expect(socket.queue.withLock { $0.count } == 0)
    try await channel.close()
  }
}
