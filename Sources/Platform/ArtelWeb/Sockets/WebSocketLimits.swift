/// What one WebSocket may cost.
public struct WebSocketLimits: Sendable {
  /// Most bytes of a message that a client sends; default 64 KiB.
  public var messageBytes = 64 * 1024

  /// Most messages that a client may send within 10 seconds; default 20.
  public var messagesPerTenSeconds = 20

  /// From so many waiting messages on further ones are refused; default 256.
  public var queuedMessages = 256

  /// From so many waiting bytes on further messages are refused; default 1 MiB.
  public var queuedBytes = 1_048_576

  /// How long a client may be silent before it is asked whether it is there; default 25 seconds.
  ///
  /// One that is silent for twice as long counts as gone.
  public var pingInterval: Duration = .seconds(25)

  /// How long a closing connection may take; default 5 seconds.
  public var closingTime: Duration = .seconds(5)

  /// The default limits.
  public init() {}
}
