import NIOCore
import NIOWebSocket

/// What a server makes of the frames that a client sends; without I/O.
///
/// Messages in fragments are put together; a fault ends the conversation with the code that names it.
/// Source: RFC 6455, 5 and 7.
struct WebSocketConversation {
  /// What is to be done.
  enum Step: Equatable {
    case nothing
    case message(String)
    case pong(ByteBuffer)
    /// The client closes; it is answered with this code.
    case answerClose(WebSocketCloseCode)
    /// The client broke a rule.
    case fail(WebSocketCloseCode)
  }

  /// Most bytes of a message, in however many fragments.
  private let limitBytes: Int
  private var fragments: ByteBuffer?
  private var isOver = false

  init(limitBytes: Int) {
    self.limitBytes = limitBytes
  }

  mutating func receive(_ frame: WebSocketFrame) -> Step {
    guard !isOver else { return .nothing }
    let step = step(for: frame)
    switch step {
    case .answerClose, .fail: isOver = true
    case .nothing, .message, .pong: break
    }
    return step
  }

  private mutating func step(for frame: WebSocketFrame) -> Step {
    guard frame.reservedBits.isEmpty, frame.maskKey != nil else { return .fail(.protocolError) }
    switch frame.opcode {
    case .text:
      guard fragments == nil else { return .fail(.protocolError) }
      return take(ByteBuffer(), frame)
    case .continuation:
      guard let fragments else { return .fail(.protocolError) }
      return take(fragments, frame)
    case .binary: return .fail(fragments == nil ? .unsupported : .protocolError)
    case .ping: return .pong(frame.unmaskedData)
    case .pong: return .nothing
    case .connectionClose: return close(frame.unmaskedData)
    default: return .fail(.protocolError)
    }
  }

  private mutating func take(_ begun: ByteBuffer, _ frame: WebSocketFrame) -> Step {
    guard begun.readableBytes + frame.length <= limitBytes else { return .fail(.tooLong) }
    var message = begun
    message.writeImmutableBuffer(frame.unmaskedData)
    guard frame.fin else {
      fragments = message
      return .nothing
    }
    fragments = nil
    guard let text = String(validating: message.readableBytesView, as: UTF8.self) else {
      return .fail(.notText)
    }
    return .message(text)
  }

  private func close(_ payload: ByteBuffer) -> Step {
    var payload = payload
    guard payload.readableBytes > 0 else { return .answerClose(.normal) }
    guard let number = payload.readInteger(as: UInt16.self), Self.isAllowed(number) else {
      return .fail(.protocolError)
    }
    guard String(validating: payload.readableBytesView, as: UTF8.self) != nil else {
      return .fail(.notText)
    }
    return .answerClose(WebSocketCloseCode(rawValue: number))
  }

  /// Codes that may stand in a frame: others are reserved, or mean that there was none.
  private static func isAllowed(_ code: UInt16) -> Bool {
    switch code {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }
}
