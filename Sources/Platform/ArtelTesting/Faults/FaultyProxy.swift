public import ArtelPostgres
import Glibc
import Synchronization

/// Stands between a program and a server on this machine and does to their connections what networks
/// do: delays, stalls, cuts, refuses.
///
/// Without a planted fault it passes every byte on, in order and once. It listens on a port of its
/// own at 127.0.0.1; `peer` authentication behind it sees this process. Works on a thread of its own;
/// no function waits. Gone with the object.
///
/// ```swift
/// let proxy = try FaultyProxy(inFrontOf: test.configuration)
/// let point = proxy.pause(before: "insert into notes", .toServer)
/// let write = Task { try await db.write("insert into notes …") }
/// try await point.reached()
/// point.cut()
/// ```
public final class FaultyProxy: Sendable {
  /// Where bytes go.
  public enum Direction: Hashable, Sendable, CaseIterable {
    /// What the client says.
    case toServer
    /// What the server answers.
    case toClient
  }

  /// Whom it stands in front of.
  public enum Upstream: Hashable, Sendable {
    /// A unix socket, by its path.
    case unix(String)
    /// A port at 127.0.0.1.
    case tcp(UInt16)
  }

  private let loop: ProxyLoop

  /// Begins to listen.
  ///
  /// - Throws: ``FaultError`` when no port is free.
  public init(to upstream: Upstream) throws {
    loop = try ProxyLoop(to: upstream)
  }

  /// Begins to listen in front of the PostgreSQL of a test.
  ///
  /// - Throws: ``FaultError`` when it is neither on a unix socket nor at 127.0.0.1.
  public convenience init(inFrontOf configuration: DatabaseConfiguration) throws {
    let host = configuration.parameters["host"] ?? ""
    let port = configuration.parameters["port"] ?? "5432"
    if host.hasPrefix("/") {
      try self.init(to: .unix("\(host)/.s.PGSQL.\(port)"))
    } else if let port = UInt16(port), ["127.0.0.1", "localhost"].contains(host) {
      try self.init(to: .tcp(port))
    } else {
      throw FaultError("a proxy stands in front of a unix socket or of 127.0.0.1, not of \(host)")
    }
  }

  deinit {
    loop.stop()
  }

  /// The port it listens on.
  public var port: UInt16 { loop.port }

  /// The same database, reached through the proxy.
  public func configuration(_ direct: DatabaseConfiguration) -> DatabaseConfiguration {
    var configuration = direct
    configuration.parameters["host"] = "127.0.0.1"
    configuration.parameters["port"] = String(port)
    return configuration
  }

  /// How many connections it has accepted so far.
  public var acceptedCount: Int { loop.withState { $0.acceptedCount } }

  /// How many connections are open.
  public var openCount: Int { loop.withState { $0.links.count } }

  // MARK: Faults

  /// Lets bytes of one direction arrive later, from now on; zero ends it.
  public func delay(_ direction: Direction, by duration: Duration) {
    loop.withState { $0.faults[direction, default: .init()].delay = duration }
  }

  /// Keeps everything back, on open and on later connections, which are still accepted.
  public func stall(_ directions: Direction...) {
    loop.withState { state in
      for direction in directions.isEmpty ? Direction.allCases : directions {
        state.faults[direction, default: .init()].isStalled = true
      }
    }
  }

  /// Keeps everything back on the connections that are open now; later ones work.
  public func stallOpenConnections() {
    loop.withState { state in
      for id in state.links.keys { state.links[id]?.frozen = Set(Direction.allCases) }
    }
  }

  /// Ends every connection, those to come included, after this many more bytes of one direction.
  public func cut(after bytes: Int, _ direction: Direction) {
    loop.withState { $0.plantCut(after: bytes, direction) }
  }

  /// Ends the connections that are open now, without a word.
  public func dropConnections() {
    loop.withState { $0.dropAll() }
  }

  /// Refuses connections as a machine does on which nothing listens, until ``mend()``.
  public func refuseConnections() {
    loop.withState { $0.refuse() }
  }

  /// Stops the connection on which `marker` comes by, before the marker has passed.
  ///
  /// - `marker`: Bytes on the wire: the text of a statement when it is sent for the first time on a
  ///   connection, or the value of a text parameter; at most 200 bytes.
  public func pause(before marker: String, _ direction: Direction) -> ProxyPoint {
    loop.plantPoint(marker, direction, passes: false)
  }

  /// Stops the connection on which `marker` came by: the marker and what follows it in its direction
  /// pass, whatever the other side says afterwards does not.
  ///
  /// - `marker`: As in ``pause(before:_:)``.
  public func pause(after marker: String, _ direction: Direction) -> ProxyPoint {
    loop.plantPoint(marker, direction, passes: true)
  }

  /// Ends delays, stalls, cuts and refusal; what was kept back goes on, what is lost stays lost.
  public func mend() {
    loop.withState { $0.mend() }
  }
}

/// A place on the wire at which a connection waits; see ``FaultyProxy/pause(before:_:)``.
public final class ProxyPoint: Sendable {
  private let link = Mutex<Int?>(nil)
  private let loop: ProxyLoop
  private let marker: String

  init(_ marker: String, loop: ProxyLoop) {
    self.marker = marker
    self.loop = loop
  }

  /// Whether the marker has come by.
  public var isReached: Bool { link.withLock { $0 != nil } }

  /// Waits until the marker comes by.
  ///
  /// - Throws: ``FaultError`` when it did not within 30 s.
  public func reached() async throws {
    try await eventually("\(marker) comes by") { self.isReached }
  }

  /// Lets the connection go on.
  public func resume() {
    guard let id = link.withLock({ $0 }) else { return }
    loop.withState { $0.thaw(id) }
  }

  /// Ends the connection without a word to either side.
  public func cut() {
    guard let id = link.withLock({ $0 }) else { return }
    loop.withState { $0.drop(id) }
  }

  func reach(_ id: Int) {
    link.withLock { $0 = id }
  }
}
