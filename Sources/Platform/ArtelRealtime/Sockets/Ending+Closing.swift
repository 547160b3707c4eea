import ArtelWeb

extension Ending {
  /// What a WebSocket is closed with.
  var closeCode: WebSocketCloseCode {
    switch self {
    case .slow, .interrupted: .tryAgainLater
    case .stopping, .overdue: .goingAway
    case .signedOut: .policy
    }
  }
}
