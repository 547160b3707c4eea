import ArtelWeb

/// The way to a client over a WebSocket.
struct WebSocketOutlet: Outlet {
  let socket: WebSocket

  func send(_ portion: Portion, at position: Position) -> Bool {
    socket.send(portion.frames, count: portion.messages.count)
  }

  func send(_ message: String, at position: Position) {
    socket.send(WebSocketFrames.text(message))
  }

  func keepAlive(at instant: ContinuousClock.Instant) {
    // The socket pings by itself.
  }

  func drained() async {
    await socket.drained()
  }

  func end(_ ending: Ending, message: String, at position: Position) {
    socket.close(ending.closeCode, after: WebSocketFrames.text(message))
  }
}
