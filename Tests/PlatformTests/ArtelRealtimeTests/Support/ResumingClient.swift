import Testing

/// A client that connects again whenever its connection ends, and goes on where it was.
struct ResumingClient {
  let port: Int
  let isStream: Bool
  /// Where it stands; nil when it wants what comes from now on.
  private(set) var position: String?
  /// The updates that it was told of, in order.
  private(set) var numbers: [Int] = []
  private var socket: TestSocket?
  private var events = AsyncStream<TestSocket.Event> { $0.finish() }.makeAsyncIterator()

  init(port: Int, isStream: Bool, position: String? = nil) {
    self.port = port
    self.isStream = isStream
    self.position = position
  }

  /// Connects and waits for the greeting.
  mutating func connect() async throws {
    drop()
    let socket = try await TestSocket.open(
      port: port,
      query: "topics=feed" + (position.map { "&after=\($0)" } ?? ""),
      isStream: isStream
    )
    self.socket = socket
    events = socket.events.makeAsyncIterator()
    let hello = try Told(await TestSocket.next(&events))
    #expect(hello.type == "hello")
    position = hello.position
  }

  /// Listens until it was told of a last update.
  mutating func collect(until last: Int) async throws {
    while numbers.last != last {
      try Task.checkCancellation()
      guard let event = await TestSocket.next(&events) else {
        try await connect()
        continue
      }
      guard case .text = event else { continue }
      let told = try Told(event)
      #expect(told.type != "snapshot")
      position = told.position ?? position
      if let number = told.payload?.number { numbers.append(number) }
      if told.type == "resume" { try await connect() }
    }
  }

  func drop() {
    socket?.drop()
  }
}
