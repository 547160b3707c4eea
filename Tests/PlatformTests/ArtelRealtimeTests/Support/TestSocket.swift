import NIOCore
import NIOPosix
import Synchronization

/// A client that speaks raw bytes to a server and takes the answers apart: HTTP, WebSocket frames, and
/// server-sent events.
final class TestSocket: Sendable {
  enum Event: Equatable, Sendable {
    /// The status of the answer to the request.
    case answered(Int)
    case text(String)
    case ping
    case pong
    case closed(code: Int)
  }

  struct NotConnected: Error {}

  let channel: any Channel
  /// What the server sent, to its end.
  let events: AsyncStream<Event>

  private init(_ channel: any Channel, _ events: AsyncStream<Event>) {
    self.channel = channel
    self.events = events
  }

  /// Connects and asks for a WebSocket, or for server-sent events.
  static func open(
    port: Int,
    query: String = "topics=feed",
    headers: [String] = ["Authorization: Bearer ada"],
    isStream: Bool = false,
    receiveBufferBytes: Int? = nil
  ) async throws -> TestSocket {
    let (events, continuation) = AsyncStream.makeStream(of: Event.self)
    var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    if let receiveBufferBytes {
      bootstrap = bootstrap.channelOption(
        .socketOption(.so_rcvbuf),
        value: SocketOptionValue(receiveBufferBytes)
      )
    }
    let channel =
      try await bootstrap
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            Reader(continuation, isStream: isStream)
          )
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    let upgrade = [
      "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    let path = isStream ? "/api/realtime/events" : "/api/realtime"
    let lines =
      ["GET \(path)?\(query) HTTP/1.1", "Host: 127.0.0.1:\(port)"]
      + (isStream ? [] : upgrade) + headers
    let request = lines.joined(separator: "\r\n") + "\r\n\r\n"
    try await channel.writeAndFlush(ByteBuffer(string: request))
    return TestSocket(channel, events)
  }

  /// Sends a masked frame whose first byte is `head`.
  func send(head: UInt8, _ payload: [UInt8], isMasked: Bool = true) async throws {
    var bytes = ByteBuffer()
    bytes.writeInteger(head)
    let mask: UInt8 = isMasked ? 0x80 : 0
    if payload.count < 126 {
      bytes.writeInteger(mask | UInt8(payload.count))
    } else {
      bytes.writeInteger(mask | 127)
      bytes.writeInteger(UInt64(payload.count))
    }
    let key: [UInt8] = [1, 2, 3, 4]
    if isMasked { bytes.writeBytes(key) }
    bytes.writeBytes(
      payload.enumerated().map { isMasked ? $1 ^ key[$0 % 4] : $1 }
    )
    try await channel.writeAndFlush(bytes)
  }

  func send(_ text: String) async throws {
    try await send(head: 0x81, Array(text.utf8))
  }

  /// Takes nothing more from the connection, or takes it again.
  func setReading(_ isReading: Bool) async throws {
    try await channel.setOption(.autoRead, value: isReading).get()
    if isReading { channel.read() }
  }

  /// Drops the connection as by pulling the cable.
  func drop() {
    channel.close(promise: nil)
  }

  /// The next event after the answer and those of keeping alive; nil at the end.
  static func next(_ events: inout AsyncStream<Event>.Iterator) async -> Event? {
    while let event = await events.next(isolation: nil) {
      switch event {
      case .answered, .ping: continue
      default: return event
      }
    }
    return nil
  }

  /// All events until the server ends the connection.
  func all() async -> [Event] {
    var all: [Event] = []
    for await event in events { all.append(event) }
    return all
  }
}

/// Takes the server's bytes apart; belongs to its event loop.
private final class Reader: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let continuation: AsyncStream<TestSocket.Event>.Continuation
  private let isStream: Bool
  private var buffer = ByteBuffer()
  private var hasHead = false

  init(_ continuation: AsyncStream<TestSocket.Event>.Continuation, isStream: Bool) {
    self.continuation = continuation
    self.isStream = isStream
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    buffer.writeImmutableBuffer(unwrapInboundIn(data))
    if !hasHead, !readHead() { return }
    if isStream {
      readLines()
    } else {
      while let event = readFrame() { continuation.yield(event) }
    }
    buffer.discardReadBytes()
  }

  func channelInactive(context: ChannelHandlerContext) {
    continuation.finish()
  }

  private func readHead() -> Bool {
    let text = String(buffer: buffer)
    guard let end = text.range(of: "\r\n\r\n") else { return false }
    buffer.moveReaderIndex(forwardBy: text[..<end.upperBound].utf8.count)
    hasHead = true
    continuation.yield(.answered(Int(text.dropFirst(9).prefix(3)) ?? 0))
    return true
  }

  private func readLines() {
    let bytes = buffer.readableBytesView
    guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return }
    let text = String(decoding: bytes[...end], as: UTF8.self)
    buffer.moveReaderIndex(to: end + 1)
    for line in text.split(separator: "\n") where line.hasPrefix("data: ") {
      continuation.yield(.text(String(line.dropFirst(6))))
    }
    if text.hasPrefix(":") || text.contains("\n:\n") { continuation.yield(.ping) }
  }

  private func readFrame() -> TestSocket.Event? {
    var bytes = buffer
    guard let head = bytes.readInteger(as: UInt8.self),
      let short = bytes.readInteger(as: UInt8.self)
    else { return nil }
    var length = Int(short)
    if short == 126 {
      guard let long = bytes.readInteger(as: UInt16.self) else { return nil }
      length = Int(long)
    } else if short == 127 {
      guard let long = bytes.readInteger(as: UInt64.self) else { return nil }
      length = Int(long)
    }
    guard var payload = bytes.readSlice(length: length) else { return nil }
    buffer = bytes
    switch head {
    case 0x81: return .text(String(buffer: payload))
    case 0x88: return .closed(code: Int(payload.readInteger(as: UInt16.self) ?? 0))
    case 0x89: return .ping
    default: return .pong
    }
  }
}
