import NIOCore
import NIOWebSocket
import Testing

@testable import ArtelWeb

@Suite struct WebSocketConversationTests {
  private typealias Step = WebSocketConversation.Step

  private static func frame(
    _ opcode: UInt8,
    _ bytes: [UInt8] = [],
    isLast: Bool = true,
    isMasked: Bool = true,
    reserved: WebSocketFrame.ReservedBits = []
  ) throws -> WebSocketFrame {
    let key: WebSocketMaskingKey? = isMasked ? [1, 2, 3, 4] : nil
    var payload = ByteBuffer(bytes: bytes)
    if let key { payload.webSocketMask(key) }
    var frame = WebSocketFrame(
      fin: isLast,
      opcode: try #require(WebSocketOpcode(encodedWebSocketOpcode: opcode)),
      maskKey: key,
      data: payload
    )
    frame.reservedBits = reserved
    return frame
  }

  private static func steps(_ frames: [WebSocketFrame]) -> [Step] {
    var conversation = WebSocketConversation(limitBytes: 16)
    return frames.map { conversation.receive($0) }
  }

  @Test func `a text is a message`() throws {
    #expect(try Self.steps([Self.frame(1, Array("привет".utf8))]) == [.message("привет")])
  }

  @Test func `fragments are one message, with control frames in between`() throws {
    let euro = Array("€".utf8)
    let steps = try Self.steps([
      Self.frame(1, [euro[0]], isLast: false), Self.frame(9, [7]),
      Self.frame(0, [euro[1]], isLast: false), Self.frame(0, [euro[2]]),
    ])

    #expect(steps == [.nothing, .pong(ByteBuffer(bytes: [7])), .nothing, .message("€")])
  }

  @Test func `a ping is answered with its payload`() throws {
    #expect(try Self.steps([Self.frame(9, [1, 2])]) == [.pong(ByteBuffer(bytes: [1, 2]))])
  }

  @Test(
    arguments: [
      ([UInt8](), WebSocketCloseCode.normal), ([0x03, 0xE8], .normal), ([0x03, 0xE9], .goingAway),
      ([0x0F, 0xA0] + Array("bye".utf8), WebSocketCloseCode(rawValue: 4000)),
    ]
  )
  func `a close is answered with its code`(_ payload: [UInt8], _ code: WebSocketCloseCode) throws {
    #expect(try Self.steps([Self.frame(8, payload)]) == [.answerClose(code)])
  }

  @Test func `nothing counts after a close`() throws {
    #expect(try Self.steps([Self.frame(8), Self.frame(1, [0x61])])[1] == .nothing)
  }

  /// What a client must not send, and the code it is closed with.
  @Test(
    arguments: [
      Fault("a frame without a mask", .protocolError) { try [frame(1, [0x61], isMasked: false)] },
      Fault("a reserved bit", .protocolError) { try [frame(1, [0x61], reserved: .rsv1)] },
      Fault("a binary message", .unsupported) { try [frame(2, [0x61])] },
      Fault("an unknown kind of data", .protocolError) { try [frame(3)] },
      Fault("an unknown control frame", .protocolError) { try [frame(0xB)] },
      Fault("an end without a beginning", .protocolError) { try [frame(0, [0x61])] },
      Fault("a beginning in the middle", .protocolError) {
        try [frame(1, [0x61], isLast: false), frame(1, [0x61])]
      },
      Fault("a binary beginning in the middle", .protocolError) {
        try [frame(1, [0x61], isLast: false), frame(2, [0x61])]
      },
      Fault("a long message", .tooLong) { try [frame(1, .init(repeating: 0x61, count: 17))] },
      Fault("a long message in fragments", .tooLong) {
        try [
          frame(1, .init(repeating: 0x61, count: 10), isLast: false),
          frame(0, .init(repeating: 0x61, count: 7)),
        ]
      },
      Fault("bytes that are no text", .notText) { try [frame(1, [0xFF, 0xFE])] },
      Fault("half a letter", .notText) { try [frame(1, [0xD0])] },
      Fault("a surrogate", .notText) { try [frame(1, [0xED, 0xA0, 0x80])] },
      Fault("half a close code", .protocolError) { try [frame(8, [0x03])] },
      Fault("a reserved close code", .protocolError) { try [frame(8, [0x03, 0xED])] },
      Fault("an unknown close code", .protocolError) { try [frame(8, [0x07, 0xD0])] },
      Fault("a reason that is no text", .notText) { try [frame(8, [0x03, 0xE8, 0xFF])] },
    ]
  )
  func `a fault ends the conversation with its code`(_ fault: Fault) throws {
    #expect(try Self.steps(fault.frames()).last == .fail(fault.code))
  }

  struct Fault: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let code: WebSocketCloseCode
    let frames: @Sendable () throws -> [WebSocketFrame]

    init(
      _ name: String,
      _ code: WebSocketCloseCode,
      _ frames: @escaping @Sendable () throws -> [WebSocketFrame]
    ) {
      testDescription = name
      self.code = code
      self.frames = frames
    }
  }

  @Test(
    arguments: [
      (0, [0x81, 0]), (125, [0x81, 125]), (126, [0x81, 126, 0, 126]),
      (65_535, [0x81, 126, 255, 255]), (65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
    ] as [(Int, [UInt8])]
  )
  func `a server's frame says how long it is`(_ length: Int, _ head: [UInt8]) {
    let frame = WebSocketFrames.text(String(repeating: "a", count: length))

    #expect(Array(frame.readableBytesView.prefix(head.count)) == head)
    #expect(frame.readableBytes == head.count + length)
  }

  /// The example of RFC 6455, 1.3.
  @Test func `the accepted key is that of the standard's example`() {
    #expect(
      WebSocketHandshake.accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    )
  }
}
