public import NIOCore

/// Writes the frames that a server sends: whole, and not masked.
///
/// Source: RFC 6455, 5.2.
public enum WebSocketFrames {
  private enum Opcode {
    static let text: UInt8 = 0x1
    static let close: UInt8 = 0x8
    static let ping: UInt8 = 0x9
    static let pong: UInt8 = 0xA
  }

  /// Appends a text message to `buffer`.
  public static func write(_ text: String, to buffer: inout ByteBuffer) {
    writeHead(Opcode.text, length: text.utf8.count, to: &buffer)
    buffer.writeString(text)
  }

  /// A text message alone.
  public static func text(_ text: String) -> ByteBuffer {
    var buffer = ByteBuffer()
    write(text, to: &buffer)
    return buffer
  }

  static func close(_ code: WebSocketCloseCode) -> ByteBuffer {
    var buffer = ByteBuffer()
    writeHead(Opcode.close, length: 2, to: &buffer)
    buffer.writeInteger(code.rawValue)
    return buffer
  }

  static func ping() -> ByteBuffer {
    var buffer = ByteBuffer()
    writeHead(Opcode.ping, length: 0, to: &buffer)
    return buffer
  }

  static func pong(_ payload: ByteBuffer) -> ByteBuffer {
    var buffer = ByteBuffer()
    writeHead(Opcode.pong, length: payload.readableBytes, to: &buffer)
    buffer.writeImmutableBuffer(payload)
    return buffer
  }

  private static func writeHead(_ opcode: UInt8, length: Int, to buffer: inout ByteBuffer) {
    buffer.writeInteger(0x80 | opcode)
    switch length {
    case ..<126: buffer.writeInteger(UInt8(length))
    case ..<65_536:
      buffer.writeInteger(UInt8(126))
      buffer.writeInteger(UInt16(length))
    default:
      buffer.writeInteger(UInt8(127))
      buffer.writeInteger(UInt64(length))
    }
  }
}

/// Why a WebSocket is closed.
///
/// Source: RFC 6455, 7.4.1, and the registry of IANA.
public struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
  /// The number on the wire.
  public let rawValue: UInt16

  /// Names a code by its number.
  public init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  /// Nothing more is to be said.
  public static let normal = WebSocketCloseCode(rawValue: 1000)
  /// The server stops, or the page is left.
  public static let goingAway = WebSocketCloseCode(rawValue: 1001)
  /// The other side broke the protocol.
  public static let protocolError = WebSocketCloseCode(rawValue: 1002)
  /// A kind of message that is not taken, such as a binary one.
  public static let unsupported = WebSocketCloseCode(rawValue: 1003)
  /// A text that is not UTF-8.
  public static let notText = WebSocketCloseCode(rawValue: 1007)
  /// A message that is not allowed here; also a session that has ended.
  public static let policy = WebSocketCloseCode(rawValue: 1008)
  /// A message that is too long.
  public static let tooLong = WebSocketCloseCode(rawValue: 1009)
  /// Connecting again in a moment makes sense.
  public static let tryAgainLater = WebSocketCloseCode(rawValue: 1013)
}
